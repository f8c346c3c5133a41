//! Dates, timestamps and UUIDs in text, each found in the simplest way from the text itself.

use super::text::Plain;
use chrono::{NaiveDate, NaiveDateTime, TimeDelta};

/// A timestamp as it is written.
struct Written<'t> {
    separator: &'t str,
    fraction: &'t str,
    zone: &'t str,
    /// In UTC, or as it stands if it has no zone.
    time: NaiveDateTime,
}

/// The text with `0` for each digit.
fn shape(text: &str) -> String {
    text.replace(|c: char| c.is_ascii_digit(), "0")
}

fn date(text: &str) -> Option<NaiveDate> {
    let is_shaped = shape(text) == "0000-00-00";
    let date = is_shaped.then(|| NaiveDate::parse_from_str(text, "%Y-%m-%d").ok())??;
    (date >= NaiveDate::from_ymd_opt(1, 1, 1)?).then_some(date)
}

fn written(text: &str) -> Option<Written<'_>> {
    let (day, separator, clock) = (text.get(..10)?, text.get(10..11)?, text.get(11..19)?);
    let rest = text.get(19..)?;
    let fraction_end = match rest.strip_prefix('.') {
        Some(digits) => {
            1 + digits.len()
                - digits
                    .trim_start_matches(|c: char| c.is_ascii_digit())
                    .len()
        }
        None => 0,
    };
    let (fraction, zone) = rest.split_at(fraction_end);
    let numbers: Vec<u32> = clock
        .split(':')
        .filter_map(|part| part.parse().ok())
        .collect();
    let is_time =
        shape(clock) == "00:00:00" && numbers[0] < 24 && numbers[1] < 60 && numbers[2] < 60;
    let is_zone = match zone {
        "" | "Z" | "z" => true,
        _ => {
            ["+00:00", "-00:00"].contains(&shape(zone).as_str())
                && &zone[1..3] < "24"
                && &zone[4..] < "60"
        }
    };
    let has_digits = fraction != "." && fraction.len() <= 10;
    if !is_time || !is_zone || !has_digits || !["T", "t", " "].contains(&separator) {
        return None;
    }
    let nanos = format!("{:0<9}", fraction.trim_start_matches('.'))
        .parse()
        .ok()?;
    let local = date(day)?.and_hms_nano_opt(numbers[0], numbers[1], numbers[2], nanos)?;
    let minutes = match zone.len() {
        6 => zone[1..3].parse::<i64>().ok()? * 60 + zone[4..].parse::<i64>().ok()?,
        _ => 0,
    };
    let east = if zone.starts_with('-') {
        -minutes
    } else {
        minutes
    };
    let time = local - TimeDelta::minutes(east);
    is_in_years(time).then_some(Written {
        separator,
        fraction,
        zone,
        time,
    })
}

fn is_in_years(time: NaiveDateTime) -> bool {
    use chrono::Datelike;
    (1..=9999).contains(&time.year())
}

/// The type of a column of timestamps, if all have one form.
fn timestamps(texts: &[&str]) -> Option<String> {
    let all: Vec<Written<'_>> = texts
        .iter()
        .map(|text| written(text))
        .collect::<Option<_>>()?;
    let first = all.first()?;
    let is_alike = all
        .iter()
        .all(|it| it.separator == first.separator && it.zone == first.zone);
    let is_of_one_length = all
        .iter()
        .all(|it| it.fraction.len() == first.fraction.len());
    let is_shortest = all.iter().all(|it| !it.fraction.ends_with('0'));
    let needs_nanos = all
        .iter()
        .any(|it| it.fraction.len() > 7 && it.fraction[7..].contains(|c| c != '0'));
    let has_nanos = all
        .iter()
        .all(|it| it.time.and_utc().timestamp_nanos_opt().is_some());
    if !is_alike || !(is_of_one_length || is_shortest) || needs_nanos && !has_nanos {
        return None;
    }
    let local = if first.zone.is_empty() { "local_" } else { "" };
    let unit = if needs_nanos { "(ns)" } else { "" };
    Some(format!("{local}timestamp{unit}"))
}

fn is_uuid(text: &str) -> bool {
    let digits = text.replace(|c: char| c.is_ascii_hexdigit(), "0");
    digits == "00000000-0000-0000-0000-000000000000"
}

/// The type that a column of these texts is found to have, of those that are asked for.
pub(crate) fn detected(texts: &[&str], asked: &[&str]) -> Option<String> {
    let all = |is: fn(&str) -> bool| texts.iter().all(|text| is(text));
    let has = |name: &str| asked.contains(&name);
    let is_lower = all(|text| text == text.to_ascii_lowercase());
    let is_upper = all(|text| text == text.to_ascii_uppercase());
    if texts.is_empty() {
        None
    } else if has("date") && all(|text| date(text).is_some()) {
        Some("date".into())
    } else if has("uuid") && all(is_uuid) && (is_lower || is_upper) {
        Some("uuid".into())
    } else if has("timestamp") {
        timestamps(texts)
    } else {
        None
    }
}

/// The text of a value under a rule `type PATH=date`, `=uuid` or `=timestamp`.
pub(crate) fn text_in(text: &str, to: &str) -> Option<String> {
    match to {
        "date" => date(text).map(|_| text.to_owned()),
        "uuid" => is_uuid(text).then(|| text.to_ascii_lowercase()),
        "timestamp" => written(text).map(|written| instant(written.time)),
        _ => None,
    }
}

fn instant(time: NaiveDateTime) -> String {
    let text = time.format("%Y-%m-%dT%H:%M:%S.%9f").to_string();
    format!("{}Z", text.trim_end_matches('0').trim_end_matches('.'))
}

/// The text of a number of these units since 1970.
pub(crate) fn instant_of(number: &str, unit: &str) -> Option<String> {
    let digits: u8 = match unit {
        "timestamp(s)" => 9,
        "timestamp(ms)" => 6,
        "timestamp(us)" => 3,
        _ => 0,
    };
    let plain = Plain::of(number)?;
    if plain.whole.len() > 21 || plain.fraction.len() > usize::from(digits) {
        return None;
    }
    let nanos = plain.units(digits);
    let seconds = i64::try_from(nanos.div_euclid(1_000_000_000)).ok()?;
    let rest = u32::try_from(nanos.rem_euclid(1_000_000_000)).ok()?;
    let time = chrono::DateTime::from_timestamp(seconds, rest)?.naive_utc();
    is_in_years(time).then(|| instant(time))
}
