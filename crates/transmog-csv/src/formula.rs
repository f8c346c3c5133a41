//! Which cells a spreadsheet would run.

/// Whether a spreadsheet could take `cell` for a formula: its first character
/// other than a space is `=`, `+`, `-`, `@`, a tab or CR, and the whole cell is
/// not a number (`[+-]?digits[.digits][e[+-]digits]`).
///
/// # Examples
///
/// ```
/// use transmog_csv::is_formula;
///
/// assert!(is_formula("=1+1"));
/// assert!(is_formula("  @SUM(A1)"));
/// assert!(!is_formula("-1.5e-7"));
/// assert!(!is_formula("a=b"));
/// ```
#[must_use]
pub fn is_formula(cell: &str) -> bool {
    let first = cell.bytes().find(|byte| *byte != b' ');
    matches!(first, Some(b'=' | b'+' | b'-' | b'@' | b'\t' | b'\r')) && !is_number(cell)
}

fn is_number(cell: &str) -> bool {
    digits(unsigned(cell.as_bytes())).is_some_and(|rest| {
        let rest = match rest.strip_prefix(b".") {
            Some(fraction) => match digits(fraction) {
                Some(rest) => rest,
                None => return false,
            },
            None => rest,
        };
        match rest {
            [] => true,
            [b'e' | b'E', exponent @ ..] => {
                digits(unsigned(exponent)).is_some_and(<[u8]>::is_empty)
            }
            _ => false,
        }
    })
}

/// `text` without its sign.
fn unsigned(text: &[u8]) -> &[u8] {
    match text {
        [b'+' | b'-', rest @ ..] => rest,
        _ => text,
    }
}

/// What follows the digits at the start of `text`; none without a digit.
fn digits(text: &[u8]) -> Option<&[u8]> {
    let end = text
        .iter()
        .position(|byte| !byte.is_ascii_digit())
        .unwrap_or(text.len());
    (end > 0).then(|| &text[end..])
}
