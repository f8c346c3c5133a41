//! The text of dates, timestamps and UUIDs, from their values and the form in a file's metadata.

use chrono::{DateTime, NaiveDate, TimeDelta};

/// The text of a day.
pub(crate) fn date_text(days: i32) -> String {
    let epoch = NaiveDate::default();
    (epoch + TimeDelta::days(days.into()))
        .format("%Y-%m-%d")
        .to_string()
}

/// The text of a time in nanoseconds, in a form such as `YYYY-MM-DDTHH:MM:SS.fffZ`. Without a form it
/// is one of an instant of a run.
pub(crate) fn time_text(nanos: i128, form: &str) -> String {
    let form = if form.is_empty() {
        "YYYY-MM-DD HH:MM:SS.ffffff"
    } else {
        form
    };
    let form = form.trim_end_matches(" ns");
    let (separator, tail) = (&form[10..11], &form[19..]);
    let zone = tail
        .trim_start_matches("[.f]")
        .trim_start_matches(['.', 'f']);
    let pattern = &tail[..tail.len() - zone.len()];
    let minutes = match zone.len() {
        6 => {
            zone[1..3].parse::<i64>().expect("hours") * 60
                + zone[4..].parse::<i64>().expect("minutes")
        }
        _ => 0,
    };
    let east = if zone.starts_with('-') {
        -minutes
    } else {
        minutes
    };
    let seconds = i64::try_from(nanos.div_euclid(1_000_000_000)).expect("seconds");
    let rest = nanos.rem_euclid(1_000_000_000);
    let time = DateTime::from_timestamp(seconds, 0).expect("an instant") + TimeDelta::minutes(east);
    let all = format!(".{rest:09}");
    let fraction = match pattern {
        "[.f]" => all.trim_end_matches('0').trim_end_matches('.'),
        "" => "",
        digits => &all[..digits.len()],
    };
    let time = time
        .format(&format!("%Y-%m-%d{separator}%H:%M:%S"))
        .to_string();
    format!("{time}{fraction}{zone}")
}

/// The text of a UUID, its letters in lower case unless the form is `upper`.
pub(crate) fn uuid_text(bytes: &[u8], form: &str) -> String {
    let uuid = uuid::Uuid::from_slice(bytes).expect("16 bytes");
    match form {
        "upper" => uuid.to_string().to_uppercase(),
        _ => uuid.to_string(),
    }
}
