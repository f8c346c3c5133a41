//! The operations: a run on the caller's thread, which releases the GIL while the engine works.

use crate::{
    error::Raised,
    exit::{self, Call},
    input::input,
    options, rules,
    schema::Schema,
    tables::{Batches, Result as Tables},
};
use pyo3::{prelude::*, types::PyDict};
use std::{
    path::PathBuf,
    sync::Mutex,
    time::{Duration, Instant},
};
use transmog::{Input, TransmogConfig, find_maps, survey};

/// How often signals are checked.
const SIGNAL_INTERVAL: Duration = Duration::from_millis(50);

/// The input and the configuration.
pub(crate) struct Job {
    pub(crate) input: Input,
    pub(crate) config: TransmogConfig,
    /// Whether maps are found, if the caller says so.
    pub(crate) finds_maps: Option<bool>,
    pub(crate) raised: Raised,
}

impl Job {
    fn new(
        data: &Bound<'_, PyAny>,
        name: &str,
        keywords: &Bound<'_, PyDict>,
        progress: Option<Py<PyAny>>,
    ) -> PyResult<Self> {
        let raised = Raised::default();
        let signals = Mutex::new(Instant::now());
        let stop = raised.clone();
        let is_stopped = move || {
            if stop.is_set() {
                return true;
            }
            if exit::is_ending() {
                stop.set(exit::exit());
                return true;
            }
            let mut last = signals
                .lock()
                .unwrap_or_else(|poisoned| poisoned.into_inner());
            if last.elapsed() < SIGNAL_INTERVAL {
                return false;
            }
            *last = Instant::now();
            drop(last);
            match Python::attach(|py| py.check_signals()) {
                Ok(()) => false,
                Err(error) => {
                    stop.set(error);
                    true
                }
            }
        };
        let mut config = options::config(name, keywords)?
            .with_rules(rules::rules(keywords)?)
            .with_cancel(is_stopped);
        if let Some(callback) = progress {
            let stop = raised.clone();
            config = config.with_progress_callback(move |progress| {
                if stop.is_set() {
                    return;
                }
                let at = (progress.records, progress.bytes, progress.total_bytes);
                if let Err(error) = Python::attach(|py| callback.call1(py, at)) {
                    stop.set(error);
                }
            });
        }
        let finds_maps = rules::finds_maps(keywords)?;
        let has_encoding = config.encoding().is_some();
        Ok(Self {
            input: input(data, has_encoding, &raised)?
                .with_recursive(options::recursive(keywords)?)
                .with_stores(options::stores(keywords)?),
            config,
            finds_maps,
            raised,
        })
    }

    /// Runs `work` without the GIL.
    fn run<T: Send>(
        self,
        py: Python<'_>,
        work: impl FnOnce(Input, &TransmogConfig) -> transmog::Result<T> + Send,
    ) -> PyResult<T> {
        let Self {
            input,
            config,
            finds_maps,
            raised,
        } = self;
        let _call = Call::begin()?;
        let result = py.detach(|| {
            let (input, config) = with_maps(input, config, finds_maps)?;
            work(input, &config)
        });
        result.map_err(|error| raised.exception(py, &error))
    }
}

/// The input and the configuration, with rules for the maps in the input if they are found.
fn with_maps(
    input: Input,
    config: TransmogConfig,
    finds_maps: Option<bool>,
) -> transmog::Result<(Input, TransmogConfig)> {
    if finds_maps != Some(true) {
        return Ok((input, config));
    }
    // Progress is that of the run.
    let search = find_maps(input, &config.clone().with_progress_callback(|_| {}))?;
    let config = search.config(&config);
    Ok((search.into_input(), config))
}

/// Flattens to tables in memory.
#[pyfunction]
pub(crate) fn flatten(
    py: Python<'_>,
    data: &Bound<'_, PyAny>,
    name: &str,
    options: &Bound<'_, PyDict>,
    progress: Option<Py<PyAny>>,
) -> PyResult<Tables> {
    let job = Job::new(data, name, options, progress)?;
    options::refuse(options)?;
    let keeps_nulls = job.config.include_nulls();
    let result = job.run(py, transmog::flatten)?;
    Ok(Tables::new(result, keeps_nulls))
}

/// Flattens to files; returns the report as JSON.
#[pyfunction]
pub(crate) fn flatten_stream(
    py: Python<'_>,
    data: &Bound<'_, PyAny>,
    directory: PathBuf,
    name: &str,
    output_format: &str,
    options: &Bound<'_, PyDict>,
    progress: Option<Py<PyAny>>,
) -> PyResult<String> {
    let job = Job::new(data, name, options, progress)?;
    let output = options::output(output_format, options)?;
    let summary = job.run(py, |input, config| {
        transmog::flatten_stream(input, &directory, &output, config)
    })?;
    Ok(summary.to_json())
}

/// Flattens to record batches, one after another.
#[pyfunction]
pub(crate) fn flatten_batches(
    py: Python<'_>,
    data: &Bound<'_, PyAny>,
    name: &str,
    options: &Bound<'_, PyDict>,
    progress: Option<Py<PyAny>>,
) -> PyResult<Batches> {
    let job = Job::new(data, name, options, progress)?;
    options::refuse(options)?;
    let keeps_nulls = job.config.include_nulls();
    let _call = Call::begin()?;
    let batches = py.detach(|| {
        let (input, config) = with_maps(job.input, job.config, job.finds_maps)?;
        transmog::flatten_batches(input, &config)
    });
    let batches = batches.map_err(|error| job.raised.exception(py, &error))?;
    Ok(Batches::new(batches, job.raised, keeps_nulls))
}

/// Finds the schema of the tables.
#[pyfunction]
pub(crate) fn discover(
    py: Python<'_>,
    data: &Bound<'_, PyAny>,
    name: &str,
    options: &Bound<'_, PyDict>,
) -> PyResult<Schema> {
    let mut job = Job::new(data, name, options, None)?;
    options::refuse(options)?;
    // Records that can be read only once have the maps that rules make.
    let finds_maps = job.finds_maps.take().unwrap_or(job.input.opens_again());
    let schema = job.run(py, |input, config| match finds_maps {
        true => find_maps(input, config).map(|search| search.schema),
        false => survey(input, config).map(|(schema, _)| schema),
    });
    schema.map(Schema::new)
}
