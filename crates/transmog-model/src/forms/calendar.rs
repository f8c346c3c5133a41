//! Days and the calendar: proleptic Gregorian, years 0001 to 9999, as RFC 3339 has them.

use chrono::NaiveDate;

/// Days from the beginning of 0001 to that of 1970.
const FIRST_DAY: i32 = -719_162;
/// Days from the beginning of 1970 to the end of 9999.
const LAST_DAY: i32 = 2_932_896;

/// Whether the day, counted from 1970-01-01, has a year of four digits that is not 0000.
pub(super) fn is_in_range(days: i64) -> bool {
    (i64::from(FIRST_DAY)..=i64::from(LAST_DAY)).contains(&days)
}

/// The day of a `full-date` (RFC 3339) from 1970-01-01 on; `None` if the text is none.
pub(super) fn parse_date(text: &[u8]) -> Option<i32> {
    let [y1, y2, y3, y4, b'-', m1, m2, b'-', d1, d2] = *text else {
        return None;
    };
    let year = two(y1, y2)? * 100 + two(y3, y4)?;
    let (month, day) = (two(m1, m2)?.unsigned_abs(), two(d1, d2)?.unsigned_abs());
    let date = NaiveDate::from_ymd_opt(year, month, day).filter(|_| year > 0);
    date.map(|date| date.to_epoch_days())
}

/// The number that two digits make.
pub(super) fn two(tens: u8, ones: u8) -> Option<i32> {
    (tens.is_ascii_digit() && ones.is_ascii_digit())
        .then(|| i32::from(tens - b'0') * 10 + i32::from(ones - b'0'))
}

/// Year, month and day of a day, counted from 1970-01-01, in the proleptic Gregorian calendar of any
/// year.
///
/// # Examples
///
/// ```
/// assert_eq!(transmog_model::civil_date(11_016), (2000, 2, 29));
/// assert_eq!(transmog_model::civil_date(-719_163), (0, 12, 31));
/// ```
#[must_use]
pub fn civil_date(days: i64) -> (i64, u8, u8) {
    // By Howard Hinnant's `civil_from_days`: eras of 400 years that begin on March 1. That of 1970 is
    // the fourth, and 135,080 days old then.
    let day = days.rem_euclid(146_097) + 135_080;
    let era = days.div_euclid(146_097) + 4 + day / 146_097;
    let day = day % 146_097;
    let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let of_month = day - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    let year = year + era * 400 + i64::from(month <= 2);
    (year, month as u8, of_month as u8)
}

/// Appends a day as `YYYY-MM-DD`; the inverse of [`parse_date`]. A year beyond four digits, as a
/// file of another writer may have, has a sign.
pub(crate) fn write_date(out: &mut Vec<u8>, days: i64) {
    let (year, month, day) = civil_date(days);
    match u64::try_from(year) {
        Ok(year @ 0..=9_999) => write_digits(out, year, 4),
        _ => out.extend_from_slice(format!("{year:+05}").as_bytes()),
    }
    for part in [month, day] {
        out.push(b'-');
        write_digits(out, part.into(), 2);
    }
}

/// Appends the last `count` decimal digits of a number.
pub(super) fn write_digits(out: &mut Vec<u8>, number: u64, count: usize) {
    let start = out.len();
    out.resize(start + count, b'0');
    let mut rest = number;
    for digit in out[start..].iter_mut().rev() {
        *digit += (rest % 10) as u8;
        rest /= 10;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_day_of_the_calendar_is_given_back() {
        let mut text = Vec::new();
        let mut count = 0;
        for days in FIRST_DAY..=LAST_DAY {
            text.clear();
            write_date(&mut text, days.into());
            assert_eq!(parse_date(&text), Some(days), "{}", text.escape_ascii());
            count += 1;
        }
        assert_eq!(count, 3_652_059);
    }

    #[test]
    fn the_ends_are_where_the_library_has_them() {
        for (days, expected) in [
            (FIRST_DAY, "0001-01-01"),
            (LAST_DAY, "9999-12-31"),
            (0, "1970-01-01"),
            (-1, "1969-12-31"),
            (11_016, "2000-02-29"),
        ] {
            let mut text = Vec::new();
            write_date(&mut text, days.into());
            assert_eq!(text, expected.as_bytes());
            let date = NaiveDate::parse_from_str(expected, "%Y-%m-%d").expect("a date");
            assert_eq!(date.to_epoch_days(), days);
        }
    }

    #[test]
    fn what_is_no_date_is_none() {
        for text in [
            "",
            "2026-01-0",
            "2026-01-001",
            "2026-1-01",
            "2026-00-01",
            "2026-13-01",
            "2026-01-00",
            "2026-01-32",
            "2026-02-29",
            "1900-02-29",
            "0000-01-01",
            "2026/01/01",
            "+026-01-01",
            "2026-0a-01",
            "２026-01-01",
        ] {
            assert_eq!(parse_date(text.as_bytes()), None, "{text}");
        }
        assert!(parse_date(b"2000-02-29").is_some());
    }
}
