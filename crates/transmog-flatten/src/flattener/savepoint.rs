//! A record is kept whole, or forgotten without a trace.
//!
//! **Be advised:** there is no undo log for cells. A record only appends rows, so to forget it is
//! to cut every table and column back to the number of rows that belong to the main rows before
//! it. What appending cannot undo is kept aside: a column that the record widens is copied before
//! (`widened`), and the copies are put back, the last first. Losses, notes, drift and what the
//! cursor is in are kept apart until the record ends.
//!
//! *The invariant:* after [`abandon_record`](RecordSink::abandon_record), tables, columns, their
//! kinds and the ledger are as before [`begin_record`](RecordSink::begin_record). Known paths may
//! be more, which no result shows.
//!
//! *Proved* by `a_rolled_back_record_leaves_no_trace` in `tests/it`, and by every property of the
//! facade with broken records.

use super::state::{Flattener, MAIN, MAX_ID_BYTES};
use crate::{
    choices::IdGeneration,
    table::{UUID_BYTES, long_ids, sum},
};
use std::ops::ControlFlow;
use transmog_events::{JsonPath, RecordError, RecordSink, RecordStart, Rejection, Remark};
use transmog_model::LossKind;

/// A record is large if its long ids take more than this.
const LARGE_ID_BYTES: usize = 1 << 16;

impl RecordSink for Flattener {
    type Events = Self;

    fn begin_record(&mut self, at: RecordStart) -> &mut Self {
        self.record = at.index;
        self.has_key = std::mem::take(&mut self.is_key_next);
        self.notes.is_in_record = true;
        self.notes.current.clear();
        self.growth.begin();
        if let Some(content) = &mut self.content {
            content.clear();
        }
        self.main_records.push(at.index);
        self
    }

    fn record_key(&mut self, key: &str) {
        self.record_key.clear();
        self.record_key.push_str(key);
        self.is_key_next = true;
    }

    fn remark(&mut self, remark: Remark, path: &JsonPath, count: u64) {
        let (kind, path) = (LossKind::of(remark), path.clone());
        match self.notes.is_in_record {
            true => self.notes.current.push((kind, path, count)),
            false => self.notes.keep(kind, path, count, self.record),
        }
    }

    fn end_record(&mut self) -> Result<(), Rejection> {
        if self.growth.has_long_ids {
            self.count_long_ids();
        }
        if self.growth.was_checked {
            self.check_growth();
        }
        if !self.carried.is_empty() {
            self.count_carried();
        }
        self.growth.allowed()?;
        if let Some(content) = &mut self.content {
            let id = content.id().ok_or_else(no_id_field)?;
            self.content_ids.push(id);
        }
        if let Some(drift) = self.drift.take() {
            return Err(drift);
        }
        if self.options.id_generation == IdGeneration::Natural {
            self.check_natural_id()?;
        }
        if self.options.id_generation == IdGeneration::Natural
            && has_too_many_ids(self.most_rows)
            && let Some(table) = (self.tables.iter()).find(|table| has_too_many_ids(table.rows))
        {
            return Err(too_many_ids(&self.infos[table.element].path));
        }
        self.id_bytes += std::mem::take(&mut self.growth.id_bytes);
        self.id_bytes += std::mem::take(&mut self.growth.carried_bytes);
        for (kind, path, count) in std::mem::take(&mut self.notes.current) {
            self.notes.keep(kind, path, count, self.record);
        }
        self.notes.is_in_record = false;
        self.widened.clear();
        self.newly_applied.clear();
        for node in self.opened.drain(..) {
            self.infos[node as usize].objects += 1;
        }
        for (node, kind, count) in self.losses.drain(..) {
            let entry = &mut self.infos[node as usize].losses[usize::from(kind)];
            if entry.0 == 0 {
                entry.1 = self.record;
            }
            entry.0 += count;
        }
        Ok(())
    }

    fn refusal(&mut self) -> Option<Rejection> {
        self.growth.allowed().err()
    }

    /// Forgets the record: its rows, columns, kinds and losses.
    fn abandon_record(&mut self) {
        self.notes.is_in_record = false;
        self.growth.begin();
        self.cursor.reset();
        self.is_parsed = false;
        if let Some(content) = self.set_aside.take() {
            self.content = Some(content);
        }
        self.drift = None;
        self.losses.clear();
        self.opened.clear();
        for rule in self.newly_applied.drain(..) {
            self.applied[rule as usize] = false;
        }
        for (column, builder) in self.widened.drain(..).rev() {
            self.columns[column] = builder;
        }
        while self.main_records.last() == Some(&self.record) {
            self.main_records.pop();
        }
        let kept = self.main_records.len();
        self.content_ids.truncate(kept);
        for table in &mut self.tables {
            let rows = table
                .main_rows
                .partition_point(|row| (*row as usize) < kept);
            table.truncate(rows, &mut self.columns);
        }
        while self
            .table_order
            .last()
            .is_some_and(|table| self.tables[*table].rows == 0)
        {
            self.table_order.pop();
        }
    }

    fn reject_record(&mut self, error: RecordError) -> ControlFlow<()> {
        self.rejected.push(error);
        ControlFlow::Continue(())
    }
}

impl Flattener {
    /// An error if the record has no natural id.
    fn check_natural_id(&self) -> Result<(), Rejection> {
        let main = &self.tables[MAIN];
        let ids = main.natural_ids.map(|ids| &self.columns[ids]);
        if ids.is_some_and(|ids| ids.scalar(main.rows - 1).is_some()) {
            return Ok(());
        }
        let field = &self.options.id_field;
        let message = format!(
            "expected a text that is not empty, a number or a boolean at `{field}` for the natural id; \
             choose another id field or another id generation"
        );
        Err(Rejection::invalid(None, message))
    }

    /// Counts the bytes that the ids of the record take beyond generated ones, with the copies in
    /// the rows below, and refuses the record if a column of them outgrows its bound.
    #[cold]
    fn count_long_ids(&mut self) {
        let (main_row, root_ids) = (self.main_records.len() - 1, self.options.root_ids);
        let (mut bytes, mut refusal) = (0usize, None);
        for table in &self.table_order {
            let table = &self.tables[*table];
            let columns = long_ids((&self.tables, &self.columns), table, main_row, root_ids);
            if columns.iter().any(|column| *column > MAX_ID_BYTES) {
                refusal.get_or_insert_with(|| too_many_ids(&self.infos[table.element].path));
            }
            bytes = bytes.saturating_add(sum(columns));
        }
        match refusal {
            Some(refusal) => self.growth.refuse(refusal),
            None => self.growth.id_bytes = bytes,
        }
        self.growth.was_checked |= bytes > LARGE_ID_BYTES;
    }
}

/// Whether the ids of this many rows of a table outgrow the bound of a column.
fn has_too_many_ids(rows: usize) -> bool {
    rows.saturating_mul(UUID_BYTES) > MAX_ID_BYTES
}

/// The error of a record without any of the id fields.
#[cold]
fn no_id_field() -> Rejection {
    let message = "expected at least one of the id fields; choose other fields or another id \
                   generation";
    Rejection::invalid(None, message)
}

/// The error of a record with more ids than a column holds.
#[cold]
fn too_many_ids(rows: &JsonPath) -> Rejection {
    Rejection::invalid(
        Some(rows.to_string()),
        "expected fewer rows from one record: their ids take over 1 GiB; read the array as records \
         (records_path), or keep it in the row (array mode inline)",
    )
}
