//! Keys that are data by their form: nobody names a field so.

/// Digits of a hexadecimal number that is no word.
const HEX_DIGITS: usize = 16;
/// Length of the keys that Firebase makes.
const PUSH_ID: usize = 20;

/// Whether a key has the form of a number, a version, a date, a UUID or another id, an email address,
/// or a path.
pub(super) fn is_data(key: &str) -> bool {
    is_number(key) || is_uuid(key) || is_id(key) || is_date(key) || is_address(key)
}

/// Digits, also with signs and points between: `4711`, `-3`, `1.0.2`, `1.0.0-beta.1`, `10:30`.
fn is_number(key: &str) -> bool {
    let digits = key.strip_prefix(['-', '+', 'v']).unwrap_or(key);
    let begins = digits.starts_with(|c: char| c.is_ascii_digit());
    let end = digits.find(|c: char| !(c.is_ascii_digit() || matches!(c, '.' | ':' | ',')));
    match end {
        None => begins,
        // The part of a version behind its numbers.
        Some(end) => begins && digits[..end].contains('.') && digits[end..].starts_with(['-', '+']),
    }
}

/// 8-4-4-4-12 hexadecimal digits.
fn is_uuid(key: &str) -> bool {
    let lengths = key.split('-').map(str::len);
    is_hex(&key.replace('-', "")) && lengths.eq([8, 4, 4, 4, 12])
}

fn is_hex(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// A long hexadecimal number, as hashes and object ids are, or an id that Firebase makes.
fn is_id(key: &str) -> bool {
    let has_digit = key.bytes().any(|byte| byte.is_ascii_digit());
    let is_of_push = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    (key.len() >= HEX_DIGITS && has_digit && is_hex(key))
        || (key.len() == PUSH_ID && key.starts_with('-') && key.bytes().all(is_of_push))
}

/// `2026-01-31`, also with a time, `2026-01`, `2026/01/31`.
fn is_date(key: &str) -> bool {
    let shape = |pattern: &str| {
        let fits = |(byte, part): (u8, u8)| match part {
            b'0' => byte.is_ascii_digit(),
            part => byte == part,
        };
        key.len() >= pattern.len() && key.bytes().zip(pattern.bytes()).all(fits)
    };
    (shape("0000-00") && (key.len() == 7 || shape("0000-00-00"))) || shape("0000/00/00")
}

/// An email address, a URL, a path, or a name with a scope, as in `@scope/name`.
fn is_address(key: &str) -> bool {
    let at = key
        .find('@')
        .is_some_and(|at| at > 0 && key[at..].contains('.'));
    at || key.contains('/')
}

#[cfg(test)]
mod tests {
    use super::is_data;

    #[test]
    fn forms_of_data_are_told_from_names() {
        for key in [
            "1",
            "4711",
            "-3",
            "2026",
            "1.0",
            "1.0.2",
            "v2.1.0",
            "1.0.0-beta.1",
            "10:30",
            "192.168.0.1",
            "2026-01-31",
            "2026-01-31T10:30:00Z",
            "2026-01",
            "2026/01/31",
            "507f1f77bcf86cd799439011",
            "0190163d-8694-739b-aea5-966c26f8ad90",
            "-NxYz0123456789abcde",
            "ada@example.com",
            "https://example.com",
            "@types/node",
            "a/b",
        ] {
            assert!(is_data(key), "{key}");
        }
        for key in [
            "",
            "name",
            "id",
            "_id",
            "$oid",
            "@id",
            "@type",
            "#text",
            "xml:lang",
            "First Name",
            "v",
            "v2a",
            "a1",
            "1st",
            "x-y-z",
            "deadbeef",
            "addressLine1",
            "2fa",
            "3d_model",
            "beta.1",
            "user.name",
            "1password-vault",
        ] {
            assert!(!is_data(key), "{key}");
        }
    }
}
