//! What PostgreSQL's `jsonb` does not hold, of JSON text.

/// The most bytes of a number, and the most digits of its exponent, with which it surely is a
/// `numeric`: 131072 digits before the point and 16383 behind it.
const NUMBER_BYTES: usize = 4000;
const EXPONENT_DIGITS: usize = 4;

/// Whether the JSON text can be `jsonb`: no string has the character NUL, and all numbers can be
/// `numeric`.
pub(super) fn holds(json: &str) -> bool {
    !has_nul(json) && outside_strings(json).all(|part| part.split(is_between).all(is_numeric))
}

/// Whether a string of the JSON text has the character NUL.
pub(super) fn has_nul(json: &str) -> bool {
    let escapes = memchr::memmem::find_iter(json.as_bytes(), b"\\u0000");
    // A backslash before it is one itself, if it is not escaped in turn.
    let slashes = |at: usize| json[..at].bytes().rev().take_while(|b| *b == b'\\').count();
    let mut escapes = escapes.map(slashes);
    escapes.any(|slashes| slashes % 2 == 0)
}

/// The parts of the text that are not in strings.
fn outside_strings(json: &str) -> impl Iterator<Item = &str> {
    let mut rest = Some(json);
    std::iter::from_fn(move || {
        let text = rest?;
        let Some(start) = memchr::memchr(b'"', text.as_bytes()) else {
            rest = None;
            return Some(text);
        };
        rest = behind_string(&text[start + 1..]);
        Some(&text[..start])
    })
}

/// What is behind the string that the text begins in.
fn behind_string(text: &str) -> Option<&str> {
    let mut at = 0;
    loop {
        at += memchr::memchr2(b'"', b'\\', text.as_bytes().get(at..)?)?;
        if text.as_bytes()[at] == b'"' {
            return Some(&text[at + 1..]);
        }
        at += 2;
    }
}

fn is_between(c: char) -> bool {
    matches!(c, ',' | ':' | '[' | ']' | '{' | '}')
}

/// Whether a value that is not a string can be `numeric`, if it is a number.
fn is_numeric(value: &str) -> bool {
    let exponent = value
        .rsplit_once(['e', 'E'])
        .map_or("", |(_, digits)| digits);
    value.len() <= NUMBER_BYTES
        && exponent.trim_start_matches(['+', '-', '0']).len() <= EXPONENT_DIGITS
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_that_postgres_refuses_is_found() {
        for json in [
            "[]",
            r#"{"a\\u0000":"e99999"}"#,
            r#"["\\\"",1e9999,true,false,null]"#,
            r#"["\u0001",-1E-0009999]"#,
            r#""\\\\u0000""#,
        ] {
            assert!(holds(json), "{json}");
        }
        for json in [
            r#"["\u0000"]"#,
            r#"{"\\\u0000":1}"#,
            r#"{"a\"":1e99999}"#,
            "[1E-131072]",
            "1e+20000",
        ] {
            assert!(!holds(json), "{json}");
        }
        assert!(holds(&"9".repeat(4000)) && !holds(&"9".repeat(4001)));
    }
}
