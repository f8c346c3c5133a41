//! The merge: tables of chunks, in input order, become the tables of the run. This module decides
//! everything that must not depend on threads or chunk sizes: row order, column order, types and
//! names (`catalog`), and the ledger (`losses`). Memory use determines when rows go to their sinks
//! (`flow`).

mod catalog;
mod flow;
mod forms;
mod losses;

pub(crate) use catalog::FinishedTable;
pub(crate) use forms::StoredForms;

use crate::{
    destination::{Destination, Rows},
    error::Result,
    maps::FoundMap,
    options::Options,
    schema::Schema,
    tables::Tables,
};
use catalog::Catalog;
use flow::Flow;
use losses::Losses;
use std::{collections::BTreeSet, sync::Arc};
use transmog_flatten::{ChunkTable, TableSet};
use transmog_model::{LedgerEntry, Place};

/// The tables of a run, growing chunk by chunk.
pub(crate) struct Merge {
    rows: Rows,
    catalog: Catalog,
    flow: Flow,
    losses: Losses,
    /// Numbers of the rules that did something.
    rules: BTreeSet<u32>,
}

/// The result of the merge.
pub(crate) struct Merged {
    pub(crate) tables: Vec<FinishedTable>,
    pub(crate) ledger: Vec<LedgerEntry>,
    pub(crate) schema: Schema,
    /// The objects that look like maps.
    pub(crate) maps: Vec<FoundMap>,
    /// The rules that did nothing.
    pub(crate) without_effect: Vec<String>,
}

impl Merge {
    /// Starts a merge whose rows go to their sinks in this way; `out` does the jobs of the sinks.
    /// `refusal` is why a cell that the destination alters ends the run, if it does.
    pub(crate) fn new(
        options: &Arc<Options>,
        out: Box<dyn Tables>,
        rows: Rows,
        refusal: Option<&'static str>,
        forms: StoredForms,
    ) -> Self {
        let mut losses = Losses::new(options, refusal);
        Self {
            rows,
            catalog: Catalog::new(options, forms, &mut losses),
            flow: Flow::new(options, out, rows),
            losses,
            rules: BTreeSet::new(),
        }
    }

    /// Rows of the main table so far.
    pub(crate) fn accepted(&self) -> u64 {
        self.catalog.records()
    }

    /// Adds the tables of the next chunk. `place` returns the place of a record of the chunk.
    pub(crate) fn add(
        &mut self,
        set: TableSet,
        place: &dyn Fn(u32) -> Place,
        destination: &mut dyn Destination,
    ) -> Result<()> {
        for (kind, path, count, record) in &set.losses {
            self.losses.count(*kind, path, *count, place(*record))?;
        }
        self.rules.extend(&set.rules);
        let first = set.tables.first().map(|chunk| place(chunk.records[0]));
        self.catalog.add_opened(set.opened);
        // Rows before this set, of each of its tables.
        let mut before: Vec<u64> = Vec::with_capacity(set.tables.len());
        for mut chunk in set.tables {
            let first = place(chunk.records[0]);
            let at = (self.catalog).table(&chunk.path, first, &mut self.losses)?;
            before.push(self.catalog.rows(at));
            if let Some(numbering) = &mut chunk.numbering {
                // Parents are before their children, and the main table is the first.
                let parent = chunk.parent.map_or(0, |parent| before[parent]);
                numbering.follow(self.catalog.rows(at), parent, before[0]);
            }
            self.add_table(at, chunk, place)?;
        }
        self.catalog.check_names(&self.losses, first)?;
        match self.rows {
            Rows::AtEnd | Rows::Dropped => Ok(()),
            _ => self.flow.relieve(&self.catalog, destination),
        }
    }

    fn add_table(
        &mut self,
        at: usize,
        mut chunk: ChunkTable,
        place: &dyn Fn(u32) -> Place,
    ) -> Result<()> {
        let columns = self.catalog.take(at, &chunk, place)?;
        if self.rows != Rows::Dropped {
            chunk.records = Vec::new();
            self.flow.add(at, chunk, columns);
        }
        Ok(())
    }

    /// Completes every table and the ledger.
    pub(crate) fn finish(mut self, destination: &mut dyn Destination) -> Result<Merged> {
        let mut tables = Vec::new();
        for at in 0..self.catalog.len() {
            let (schema, named) = self.catalog.schema(at);
            self.catalog.count_renamed(at, &named, &mut self.losses);
            self.flow.finish(at, &schema, named, destination)?;
            let format = destination.format();
            tables.push(self.catalog.finish(at, schema, format, &mut self.losses));
        }
        self.flow.wait()?;
        Ok(Merged {
            tables,
            ledger: self.losses.finish()?,
            schema: self.catalog.observed(),
            maps: self.catalog.maps(),
            without_effect: self.catalog.without_effect(&self.rules),
        })
    }
}
