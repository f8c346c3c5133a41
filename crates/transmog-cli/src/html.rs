//! `transmog report`, and the page of `transmog flatten --html`.

use crate::{
    args::{ReportArgs, ShapeArgs},
    exit, file, report, shape,
};
use std::process::ExitCode;
use transmog::{TransmogConfig, html_report};

pub(crate) fn run(args: &ReportArgs) -> ExitCode {
    if let Some(refused) = file::refuse(&args.output, &shape::input(&args.shape)) {
        return refused;
    }
    let work = |input, config: TransmogConfig| {
        let config = config.with_max_records(args.sample).with_statistics(true);
        let surveyed = shape::survey_with_maps(&args.shape, input, &config)?;
        let mut summary = surveyed.summary;
        summary.maps.splice(..0, surveyed.maps);
        Ok(summary)
    };
    shape::run(&args.shape, work, |summary| {
        if let Some(left_out) = report::left_out(&summary).filter(|_| !args.shape.quiet) {
            exit::say(left_out);
        }
        let page = html_report(
            &summary,
            args.shape.name(),
            &inputs(&args.shape),
            args.sample,
        );
        file::write(&args.output, &page)
    })
}

/// The inputs as the page shows them.
pub(crate) fn inputs(shape: &ShapeArgs) -> Vec<String> {
    let inputs = shape.inputs.iter();
    inputs.map(|input| input.display().to_string()).collect()
}
