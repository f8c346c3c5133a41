//! `transmog report`, and the page of `transmog flatten --html`.

use crate::{
    args::{ReportArgs, ShapeArgs},
    file, shape,
};
use std::{path::Path, process::ExitCode};
use transmog::{Summary, TransmogConfig, survey};

pub(crate) fn run(args: &ReportArgs) -> ExitCode {
    if let Some(refused) = file::refuse(&args.output, &shape::input(&args.shape)) {
        return refused;
    }
    let work = |input, config: TransmogConfig| {
        let config = config.with_max_records(args.sample).with_statistics(true);
        survey(input, &config).map(|(_, summary)| summary)
    };
    shape::run(&args.shape, work, |summary| {
        write(&args.output, &summary, &args.shape, args.sample)
    })
}

/// Writes the page to a file.
pub(crate) fn write(
    to: &Path,
    summary: &Summary,
    shape: &ShapeArgs,
    sample: Option<u64>,
) -> ExitCode {
    file::write(to, &summary.to_html(&shape.name, &inputs(shape), sample))
}

/// The inputs as the page shows them.
pub(crate) fn inputs(shape: &ShapeArgs) -> Vec<String> {
    let inputs = shape.inputs.iter();
    inputs.map(|input| input.display().to_string()).collect()
}
