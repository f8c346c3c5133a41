//! Dates, times and durations in the text of ISO 8601.

use arrow::{array::timezone::Tz, datatypes::TimeUnit};
use chrono::{DateTime, Offset, TimeZone};
use transmog_model::civil_date;

const NANOS: i128 = 1_000_000_000;
const DAY: i64 = 86_400;

/// How many of the unit a second has.
pub(super) fn per_second(unit: TimeUnit) -> i64 {
    match unit {
        TimeUnit::Second => 1,
        TimeUnit::Millisecond => 1_000,
        TimeUnit::Microsecond => 1_000_000,
        TimeUnit::Nanosecond => 1_000_000_000,
    }
}

/// The zone of a column of timestamps.
#[derive(Clone, Copy, Debug)]
pub(super) enum Zone {
    /// None: local times.
    Local,
    /// Seconds east of UTC.
    Fixed(i32),
    /// A zone whose offset depends on the time.
    Named(Tz),
}

impl Zone {
    /// The zone of this name; `None` if it is not known.
    pub(super) fn of(name: Option<&str>) -> Option<Self> {
        let Some(name) = name.filter(|name| !name.is_empty()) else {
            return Some(Zone::Local);
        };
        if matches!(name, "UTC" | "utc" | "Z" | "Etc/UTC" | "GMT") {
            return Some(Zone::Fixed(0));
        }
        let zone: Tz = name.parse().ok()?;
        Some(match name.as_bytes()[0] {
            b'+' | b'-' => Zone::Fixed(offset(zone, 0)?),
            _ => Zone::Named(zone),
        })
    }

    /// Seconds east of UTC at this time; `None` if the zone does not know it.
    fn offset(self, seconds: i64) -> Option<i32> {
        match self {
            Zone::Local => Some(0),
            Zone::Fixed(offset) => Some(offset),
            Zone::Named(zone) => offset(zone, seconds),
        }
    }
}

fn offset(zone: Tz, seconds: i64) -> Option<i32> {
    let time = DateTime::from_timestamp(seconds, 0)?.naive_utc();
    Some(zone.offset_from_utc_datetime(&time).fix().local_minus_utc())
}

/// Appends the digits of a number below 100.
fn two(out: &mut String, number: i64) {
    out.push(char::from(b'0' + (number / 10 % 10) as u8));
    out.push(char::from(b'0' + (number % 10) as u8));
}

/// Appends a fraction of a second, with no more digits than it needs.
fn fraction(out: &mut String, nanos: u32) {
    if nanos > 0 {
        out.push('.');
        let mut rest = nanos;
        let mut unit = 100_000_000;
        while rest > 0 {
            out.push(char::from(b'0' + (rest / unit) as u8));
            rest %= unit;
            unit /= 10;
        }
    }
}

/// Appends a date: `2026-01-02`; a year beyond four digits has a sign.
pub(super) fn date(out: &mut String, days: i64) {
    let (year, month, day) = civil_date(days);
    match u16::try_from(year) {
        Ok(year) if year <= 9_999 => {
            two(out, i64::from(year / 100));
            two(out, i64::from(year % 100));
        }
        _ => out.push_str(&format!("{year:+05}")),
    }
    out.push('-');
    two(out, month.into());
    out.push('-');
    two(out, day.into());
}

/// Appends a time of day: `03:04:05.5`; false, and nothing appended, if it is not within a day.
pub(super) fn time(out: &mut String, value: i64, unit: TimeUnit) -> bool {
    let (seconds, nanos) = seconds(value, unit);
    if !(0..DAY).contains(&seconds) {
        return false;
    }
    time_of_day(out, seconds, nanos);
    true
}

fn time_of_day(out: &mut String, seconds: i64, nanos: u32) {
    two(out, seconds / 3_600);
    out.push(':');
    two(out, seconds / 60 % 60);
    out.push(':');
    two(out, seconds % 60);
    fraction(out, nanos);
}

/// Whole seconds, rounded down, and the nanoseconds behind them.
fn seconds(value: i64, unit: TimeUnit) -> (i64, u32) {
    let per_second = per_second(unit);
    let rest = value.rem_euclid(per_second) * (1_000_000_000 / per_second);
    (value.div_euclid(per_second), rest as u32)
}

/// Appends a timestamp: `2026-01-02T03:04:05.5`, with its offset if it has a zone; false, and
/// nothing appended, if the zone does not know the time.
pub(super) fn timestamp(out: &mut String, value: i64, unit: TimeUnit, zone: Zone) -> bool {
    let (seconds, nanos) = seconds(value, unit);
    let Some(offset) = zone.offset(seconds) else {
        return false;
    };
    let local = i128::from(seconds) + i128::from(offset);
    let of_day = local.rem_euclid(i128::from(DAY)) as i64;
    date(out, local.div_euclid(i128::from(DAY)) as i64);
    out.push('T');
    time_of_day(out, of_day, nanos);
    if !matches!(zone, Zone::Local) {
        out.push(if offset < 0 { '-' } else { '+' });
        let offset = i64::from(offset).abs();
        two(out, offset / 3_600);
        out.push(':');
        two(out, offset / 60 % 60);
        if offset % 60 > 0 {
            out.push(':');
            two(out, offset % 60);
        }
    }
    true
}

/// Appends a duration in seconds: `PT93784.5S`.
pub(super) fn duration(out: &mut String, value: i64, unit: TimeUnit) {
    let nanos = i128::from(value) * (NANOS / i128::from(per_second(unit)));
    interval(out, 0, 0, nanos);
}

/// Appends months, days and a duration: `P1M2DT0.5S`. A negative number has its sign; if all are
/// negative or zero, the sign is before the `P`.
pub(super) fn interval(out: &mut String, months: i64, days: i64, nanos: i128) {
    let is_negative = months.max(days) <= 0 && nanos <= 0 && (months < 0 || days < 0 || nanos < 0);
    let sign = if is_negative { -1 } else { 1 };
    out.push_str(if is_negative { "-P" } else { "P" });
    for (number, unit) in [(months, 'M'), (days, 'D')] {
        if number != 0 {
            out.push_str(&(number * sign).to_string());
            out.push(unit);
        }
    }
    let nanos = nanos * i128::from(sign);
    if nanos != 0 || (months, days) == (0, 0) {
        out.push_str(if nanos < 0 { "T-" } else { "T" });
        out.push_str(&(nanos.unsigned_abs() / NANOS.unsigned_abs()).to_string());
        fraction(out, (nanos.unsigned_abs() % NANOS.unsigned_abs()) as u32);
        out.push('S');
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use TimeUnit::{Microsecond, Millisecond, Nanosecond, Second};

    fn text(write: impl FnOnce(&mut String)) -> String {
        let mut out = String::new();
        write(&mut out);
        out
    }

    #[test]
    fn dates_have_the_calendar() {
        for (days, expected) in [
            (0, "1970-01-01"),
            (-1, "1969-12-31"),
            (11_016, "2000-02-29"),
            (-719_162, "0001-01-01"),
            (-719_529, "-0001-12-31"),
            (2_932_896, "9999-12-31"),
            (2_932_897, "+10000-01-01"),
        ] {
            assert_eq!(text(|out| date(out, days)), expected, "{days}");
        }
        for days in [i64::MIN, i64::MAX] {
            assert!(text(|out| date(out, days)).len() > 15);
        }
    }

    #[test]
    fn timestamps_have_the_digits_that_they_need() {
        let of = |value, unit, zone| {
            text(|out| assert!(timestamp(out, value, unit, Zone::of(zone).expect("known"))))
        };
        assert_eq!(of(0, Second, None), "1970-01-01T00:00:00");
        assert_eq!(of(-1, Nanosecond, None), "1969-12-31T23:59:59.999999999");
        assert_eq!(
            of(1_500, Millisecond, Some("UTC")),
            "1970-01-01T00:00:01.5+00:00"
        );
        assert_eq!(
            of(0, Microsecond, Some("+05:30")),
            "1970-01-01T05:30:00+05:30"
        );
        assert_eq!(
            of(0, Microsecond, Some("-0800")),
            "1969-12-31T16:00:00-08:00"
        );
        for value in [i64::MIN, i64::MAX] {
            assert!(of(value, Second, Some("+23:59")).len() > 20);
        }
        assert!(Zone::of(Some("Nowhere/Land")).is_none());
    }

    #[test]
    fn times_are_within_a_day() {
        assert_eq!(
            text(|out| assert!(time(out, 3_723_040, Millisecond))),
            "01:02:03.04"
        );
        for value in [-1, 86_400, i64::MAX] {
            assert_eq!(text(|out| assert!(!time(out, value, Second))), "");
        }
    }

    #[test]
    fn durations_are_seconds() {
        assert_eq!(
            text(|out| duration(out, 93_784_500, Millisecond)),
            "PT93784.5S"
        );
        assert_eq!(text(|out| duration(out, 0, Second)), "PT0S");
        assert_eq!(text(|out| duration(out, -1, Nanosecond)), "-PT0.000000001S");
        assert_eq!(
            text(|out| duration(out, i64::MIN, Second)),
            "-PT9223372036854775808S"
        );
        assert_eq!(text(|out| interval(out, 1, 2, 500_000_000)), "P1M2DT0.5S");
        assert_eq!(text(|out| interval(out, -1, 0, 0)), "-P1M");
        assert_eq!(text(|out| interval(out, 1, -2, -NANOS)), "P1M-2DT-1S");
    }
}
