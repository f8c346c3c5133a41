//! `cargo xtask report`: checks the report page in a browser.

use crate::command::{python, run};

const TEMPLATE: &str = "crates/transmog-describe/src/report.html";
/// The inputs of the reports to check, with their flags.
const INPUTS: [(&str, &[&str]); 3] = [
    ("orders", &[]),
    ("hostile", &[]),
    ("broken", &["--on-error", "skip", "--sample", "100"]),
];

/// Installs Chromium if it is missing, makes reports and runs the check.
pub(crate) fn check(transmog: &str) -> Result<(), String> {
    run("bash", &["xtask/report/install_chromium.sh"])?;
    let python = &python("target/report/venv", "xtask/report/requirements.txt")?;
    let mut reports = Vec::new();
    for (input, flags) in INPUTS {
        let report = format!("target/report/{input}.html");
        let source = format!("fixtures/{input}.jsonl");
        let call = ["report", &source, "-n", input, "-o", &report];
        run(transmog, &[&call[..], flags].concat())?;
        reports.push(report);
    }
    let check = ["xtask/report/check.py", "--template", TEMPLATE];
    let reports = reports.iter().map(String::as_str);
    run(
        python,
        &check.into_iter().chain(reports).collect::<Vec<_>>(),
    )
}
