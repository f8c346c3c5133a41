//! Which cells a spreadsheet would run.

use arrow::array::{Array, StringArray};

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

/// Whether the first byte is one that formulas begin with, or a blank before it.
#[inline]
pub(crate) fn may_be_formula(cell: &[u8]) -> bool {
    matches!(
        cell.first(),
        Some(b' ' | b'=' | b'+' | b'-' | b'@' | b'\t' | b'\r')
    )
}

/// How many of the cells are formulas, and the first; none when none is.
///
/// # Examples
///
/// ```
/// use arrow::array::StringArray;
/// use transmog_csv::count_formulas;
///
/// let cells = StringArray::from(vec![Some("a"), None, Some("=b"), Some("-1"), Some("@c")]);
/// assert_eq!(count_formulas(&cells), Some((2, 2)));
/// ```
#[must_use]
pub fn count_formulas(cells: &StringArray) -> Option<(u64, usize)> {
    let bytes = cells.value_data();
    let mut found = None;
    for (row, ends) in cells.value_offsets().windows(2).enumerate() {
        let cell = &bytes[ends[0] as usize..ends[1] as usize];
        if may_be_formula(cell) && cells.is_valid(row) && is_formula(cells.value(row)) {
            let (count, _) = found.get_or_insert((0, row));
            *count += 1;
        }
    }
    found
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
