//! The options of a run, resolved once into the options of each part.

use crate::{
    config::{
        Cancel, DEFAULT_BATCH_SIZE, DEFAULT_STREAM_BATCH_SIZE, ProgressCallback, TransmogConfig,
    },
    destination::Rows,
    error::{Category, Error, Result},
    limits::Limits,
    policy::{MaxErrors, OnDrift, OnError},
    schema::{Drift, Schema},
};
use std::{
    sync::Arc,
    thread,
    time::{SystemTime, UNIX_EPOCH},
};
use transmog_events::{JsonPath, RecordErrorKind};
use transmog_flatten::{Contract, Naming, OnUnknown, Seed};
use transmog_model::LossKind;
use transmog_reader::ReadOptions;

/// The resolved options of each part of a run.
pub(crate) struct Options {
    pub(crate) read: ReadOptions,
    pub(crate) flatten: transmog_flatten::Options,
    pub(crate) naming: Naming,
    pub(crate) policy: Policy,
    pub(crate) limits: Limits,
    /// The schema that the tables start with.
    pub(crate) schema: Option<Arc<Schema>>,
    /// Approximate size of a chunk.
    pub(crate) chunk_bytes: usize,
    /// The start of the run in microseconds since the epoch.
    pub(crate) start_micros: i64,
    pub(crate) threads: usize,
    pub(crate) max_records: Option<u64>,
    pub(crate) has_statistics: bool,
    pub(crate) progress: Option<ProgressCallback>,
    /// Records between two calls of the progress callback.
    pub(crate) progress_interval: u64,
    pub(crate) cancel: Option<Arc<Cancel>>,
}

/// The policy for bad records and for losses.
pub(crate) struct Policy {
    on_error: OnError,
    on_drift: OnDrift,
    /// What happens at some paths instead; the longest counts.
    drift: Vec<Drift>,
    pub(crate) max_errors: Option<MaxErrors>,
    /// Kinds of loss that end the run.
    pub(crate) strict: Vec<LossKind>,
}

impl Policy {
    /// What happens to a record with such an error, of a value at this path.
    pub(crate) fn action(&self, kind: RecordErrorKind, path: Option<&str>) -> OnError {
        let on_drift = match kind {
            RecordErrorKind::Drift => self.on_drift_at(path),
            _ => self.on_drift,
        };
        match (kind, on_drift) {
            (RecordErrorKind::Limit, _) | (RecordErrorKind::Drift, OnDrift::Error) => OnError::Fail,
            (RecordErrorKind::Drift, OnDrift::Quarantine) => OnError::Quarantine,
            _ => self.on_error,
        }
    }

    fn on_drift_at(&self, path: Option<&str>) -> OnDrift {
        let path: Option<JsonPath> = path.and_then(|path| path.parse().ok());
        let path = path.unwrap_or_default();
        let around = self
            .drift
            .iter()
            .filter(|drift| drift.path.is_around(&path));
        let nearest = around.max_by_key(|drift| drift.path.steps().len());
        nearest.map_or(self.on_drift, |drift| drift.action)
    }
}

impl Options {
    /// The options of a run that gives rows to its sinks in this way.
    pub(crate) fn resolve(config: &TransmogConfig, rows: Rows) -> Result<Self> {
        config.validate()?;
        let limits = Limits::of(config.memory_limit);
        let chunk_bytes = config.chunk_bytes.min(limits.chunk);
        let read = ReadOptions::default()
            .with_chunk_bytes(chunk_bytes)
            .with_max_record_bytes(config.max_record_bytes)
            .with_record_memory(limits.record)
            .with_max_raw_bytes(limits.raw)
            .with_records_path(config.path_to_records()?)
            .with_lenient(&config.lenient)
            .with_encoding(config.encoding)
            .with_decompressor_memory(limits.decompressor)
            .with_resume(config.on_error != OnError::Fail);
        let machine = || thread::available_parallelism().map_or(1, usize::from);
        let batch_size = config.batch_size.unwrap_or(match rows {
            Rows::AtEnd => DEFAULT_BATCH_SIZE,
            _ => DEFAULT_STREAM_BATCH_SIZE,
        });
        Ok(Self {
            read,
            flatten: flatten_options(config, &limits)?,
            naming: config.naming(),
            policy: Policy {
                on_error: config.on_error,
                on_drift: config.effective_on_drift(),
                drift: config
                    .schema
                    .as_ref()
                    .map_or_else(Vec::new, |schema| schema.drift.clone()),
                max_errors: config.max_errors,
                strict: config.strict.clone(),
            },
            limits,
            schema: config.schema.clone(),
            chunk_bytes,
            start_micros: now_micros(),
            threads: config.threads.unwrap_or_else(machine),
            max_records: config.max_records,
            has_statistics: config.statistics,
            progress: config.progress.clone(),
            progress_interval: batch_size as u64,
            cancel: config.cancel.clone(),
        })
    }

    /// An error if the caller stopped the run.
    pub(crate) fn check_cancelled(&self) -> Result<()> {
        if self.cancel.as_ref().is_some_and(|cancel| cancel()) {
            let message = "the run was stopped; nothing was written";
            return Err(Error::new(Category::Cancelled, message));
        }
        Ok(())
    }
}

fn flatten_options(config: &TransmogConfig, limits: &Limits) -> Result<transmog_flatten::Options> {
    Ok(transmog_flatten::Options {
        array_mode: config.array_mode,
        id_generation: config.id_generation.clone(),
        // One for all threads.
        seed: Some(config.seed.map_or_else(Seed::random, Seed::from)),
        id_field: config.id_field.clone(),
        key_field: config.key_field.as_str().into(),
        include_nulls: config.include_nulls,
        stringify_values: config.stringify_values,
        numbers: config.numbers,
        detect: config.detect_types.clone(),
        root_ids: config.root_field.is_some(),
        indexes: config.index_field.is_some(),
        rules: Arc::new(config.checked_rules()?),
        contract: contract(config),
        max_columns: config.max_columns,
        max_tables: config.max_tables,
        max_depth: config.max_depth,
        record_memory: limits.record,
        names_memory: limits.names,
    })
}

/// What records may hold under a given schema.
fn contract(config: &TransmogConfig) -> Option<Arc<Contract>> {
    let schema = config.schema.as_ref()?;
    let otherwise = on_unknown(config.effective_on_drift());
    let tables = schema.tables.iter();
    let mut columns = tables.flat_map(|table| table.columns.iter().chain(&table.ids));
    // Texts are held to forms by the schema.
    let has_forms = columns.any(|column| column.seen.with_forms(|_| false) != column.seen);
    if otherwise == OnUnknown::Take && schema.drift.is_empty() && !has_forms {
        return None;
    }
    let unknown = schema.drift.iter();
    let unknown = unknown.map(|drift| (drift.path.clone(), on_unknown(drift.action)));
    let tables = schema.tables.iter();
    let columns = tables.clone();
    let columns = columns.flat_map(|table| table.columns.iter().chain(&table.ids));
    Some(Arc::new(Contract {
        tables: tables.map(|table| table.path.clone()).collect(),
        columns: columns
            .map(|column| (column.path.clone(), column.seen))
            .collect(),
        otherwise,
        unknown: unknown.collect(),
    }))
}

fn on_unknown(on_drift: OnDrift) -> OnUnknown {
    match on_drift {
        OnDrift::Evolve => OnUnknown::Take,
        OnDrift::Error | OnDrift::Quarantine => OnUnknown::Reject,
        OnDrift::Ignore => OnUnknown::LeaveOut,
    }
}

/// Now, in microseconds since the epoch.
fn now_micros() -> i64 {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    i64::try_from(since.as_micros()).unwrap_or(i64::MAX)
}
