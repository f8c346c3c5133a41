//! What a run to files would write, found without writing.

use crate::{input::Input, output::Output, paths::check_output};
use std::path::Path;
use transmog_engine::{DirectoryPlan, Plan, Result, Run, TransmogConfig};

/// Reads the input as [`flatten_stream`](crate::flatten_stream) would, and returns what it would
/// write. It writes nothing and creates no directory.
/// It does not check whether the disk has room or the files can be written.
///
/// # Errors
/// As [`flatten_stream`](crate::flatten_stream), except for write errors.
///
/// # Examples
/// ```
/// # #[cfg(feature = "csv")] {
/// use transmog::{Output, OutputFormat, TransmogConfig, dry_run};
/// let output = Output::of(OutputFormat::Csv)?;
/// let plan = dry_run(r#"{"a":[{"b":1}]}"#, "no-such-directory", &output, &TransmogConfig::default())?;
/// let names: Vec<_> = plan.files.iter().map(|file| file.name.as_str()).collect();
/// assert_eq!(names, ["data.csv", "data_a.csv", "_transmog.json"]);
/// assert!(!std::path::Path::new("no-such-directory").exists());
/// # }
/// # Ok::<(), transmog::Error>(())
/// ```
pub fn dry_run(
    input: impl Into<Input>,
    directory: impl AsRef<Path>,
    output: &Output,
    config: &TransmogConfig,
) -> Result<Plan> {
    let output = output.resolve(config)?;
    let directory = directory.as_ref();
    check_output(directory)?;
    let (feed, inputs) = input.into().open(config);
    let feed = feed?;
    let mut plan = DirectoryPlan::open(directory, output, config, &inputs)?;
    drop(inputs);
    let summary = Run::start(feed, &mut plan, config)?.complete()?;
    let files = plan.into_files();
    Ok(Plan { summary, files })
}
