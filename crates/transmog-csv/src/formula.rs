//! Which cells a spreadsheet would run.

use arrow::array::{Array, StringArray};

/// Whether a spreadsheet could take `cell` for a formula: its first character that is
/// not blank is `=`, `+`, `-`, `@`, a form of one of these (in full width, small, raised, lowered;
/// the minus sign of mathematics), a tab or CR, and the whole cell is not a number (`[+-]?digits[.digits][e[+-]digits]`). Blank is all that shows
/// nothing: white space of any kind, control characters, and characters that only say
/// how others are shown, such as a byte-order mark or a zero-width space.
///
/// # Examples
///
/// ```
/// use transmog_csv::is_formula;
///
/// assert!(is_formula("=1+1"));
/// assert!(is_formula("\n\u{a0} @SUM(A1)"));
/// assert!(!is_formula("-1.5e-7"));
/// assert!(!is_formula("a=b"));
/// ```
#[must_use]
pub fn is_formula(cell: &str) -> bool {
    let begins = |c: &char| matches!(c, '\t' | '\r') || !is_blank(*c);
    let first = cell.chars().find(begins);
    first.is_some_and(begins_formula) && !is_number(cell)
}

/// Whether formulas begin with the character: one of ASCII, the minus sign, or one whose
/// compatibility decomposition (NFKC of Unicode) begins with one of these.
fn begins_formula(c: char) -> bool {
    matches!(c, '=' | '+' | '-' | '@' | '\t' | '\r') || FORMS.contains(&c)
}

const FORMS: [char; 18] = [
    '\u{207a}', '\u{207b}', '\u{207c}', '\u{208a}', '\u{208b}', '\u{208c}', '\u{2212}', '\u{2a75}',
    '\u{2a76}', '\u{fb29}', '\u{fe62}', '\u{fe63}', '\u{fe66}', '\u{fe6b}', '＋', '－', '＝', '＠',
];

/// Whether the character shows nothing. Beside white space and control characters these
/// are the code points with the property `Default_Ignorable_Code_Point` of Unicode, and the
/// marks of interlinear annotation.
fn is_blank(c: char) -> bool {
    c.is_whitespace()
        || c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
            | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}'
            | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{1bca0}'..='\u{1bca3}'
            | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
}

/// Whether the first byte is one that formulas begin with, or characters that are blank.
/// Few texts have such a byte, so that few are looked at any further.
#[inline]
pub(crate) fn may_be_formula(cell: &[u8]) -> bool {
    const MAY_BE: [bool; 256] = {
        let mut may_be = [false; 256];
        let mut byte = 0;
        while byte < 256 {
            may_be[byte] = matches!(byte as u8,
                0..=b' ' | 0x7f | b'=' | b'+' | b'-' | b'@'
                | 0xc2 | 0xcd | 0xd8 | 0xe1..=0xe3 | 0xef | 0xf0 | 0xf3);
            byte += 1;
        }
        may_be
    };
    cell.first().is_some_and(|byte| MAY_BE[usize::from(*byte)])
}

/// Cells that are formulas: how many, and the row of the first; none when there are none.
pub(crate) fn count_formulas(cells: &StringArray) -> Option<(u64, usize)> {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_shows_nothing_hides_no_formula() {
        let blanks = (0..=0x10_ffff)
            .filter_map(char::from_u32)
            .filter(|c| is_blank(*c));
        let mut count = 0;
        for blank in blanks {
            for first in [
                '=', '+', '-', '@', '\t', '\r', '＝', '＋', '－', '＠', '−', '⁼',
            ] {
                let cell = format!("{blank} {first}1");
                assert!(
                    is_formula(&cell) && may_be_formula(cell.as_bytes()),
                    "{cell:?}"
                );
                count += 1;
            }
        }
        assert!(count > 40_000, "{count}");
        for cell in [
            "\n=1",
            "\u{a0}=1",
            "＝1",
            "\u{3000}＠a",
            "\u{feff}\u{200b}-a",
            "－5",
            "\0=1",
            "−5",
            "﹦1",
            "﹢1",
            "﹣1",
            "﹫a",
            "⁼1",
            "₌1",
            "⩵1",
            "﬩1",
        ] {
            assert!(
                is_formula(cell) && may_be_formula(cell.as_bytes()),
                "{cell:?}"
            );
        }
    }

    #[test]
    fn other_texts_stay() {
        for cell in [
            "",
            "\n",
            "\na",
            "\u{a0}a=1",
            "é=1",
            "ー",
            "「=」",
            "\u{feff}",
            "-1.5e-7",
            "+0",
            "–5",
            "—5",
            "‐5",
            "±5",
            "≡",
            "🙂=",
        ] {
            assert!(!is_formula(cell), "{cell:?}");
        }
    }
}
