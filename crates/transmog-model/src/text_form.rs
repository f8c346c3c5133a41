//! Forms of text: what all texts of a column look like, if they are dates, timestamps, UUIDs or
//! JSON, so that the column has that type and the text can be given back from it.
//!
//! Forms are joined like kinds: the join of two is the form that both have, or
//! [`TextForm::Plain`]. It is associative, commutative and idempotent, so the type never depends
//! on when a text came.

use crate::{
    column_type::ScalarType,
    forms::{LetterCase, TimestampForm, parse_date, parse_uuid},
};
use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};

/// What all texts of a column look like. It is exhaustive: who computes types must handle each.
///
/// # Examples
///
/// ```
/// use transmog_model::{ScalarType, TextForm};
///
/// let date = TextForm::of("2026-01-02");
/// assert_eq!(date.scalar_type(), ScalarType::Date);
/// assert_eq!(date.join(TextForm::of("1999-12-31")), date);
/// assert_eq!(date.join(TextForm::of("soon")), TextForm::Plain);
/// assert_eq!(TextForm::of("2026-02-29"), TextForm::Plain);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum TextForm {
    /// Any text.
    #[default]
    Plain,
    /// `full-date` of RFC 3339, in the years 0001 to 9999.
    Date,
    /// `date-time` of RFC 3339.
    Timestamp(TimestampForm),
    /// UUIDs; the case of their letters if any has letters.
    Uuid(Option<LetterCase>),
    /// JSON text that was an array or an object in the input.
    Json,
}

/// A type that columns of text can be found to have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum DetectType {
    /// Dates: `2026-01-02`.
    Date,
    /// Timestamps: `2026-01-02T03:04:05Z`.
    Timestamp,
    /// UUIDs.
    Uuid,
}

transmog_events::names! {
    DetectType, "type to detect" {
        Date = "date",
        Timestamp = "timestamp",
        Uuid = "uuid",
    }
}

impl TextForm {
    /// The form of one text.
    #[must_use]
    pub fn of(text: &str) -> Self {
        // Most texts are none of these, by their length or first byte.
        let bytes = text.as_bytes();
        match bytes.len() {
            10 if parse_date(text).is_some() => TextForm::Date,
            36 if bytes[8] == b'-' => match parse_uuid(text) {
                Some((_, case)) => TextForm::Uuid(case),
                None => TextForm::Plain,
            },
            19..=35 if bytes[4] == b'-' => {
                TimestampForm::of(text).map_or(TextForm::Plain, TextForm::Timestamp)
            }
            _ => TextForm::Plain,
        }
    }

    /// The form that texts of both have.
    #[must_use]
    pub fn join(self, other: Self) -> Self {
        match (self, other) {
            (a, b) if a == b => a,
            (TextForm::Timestamp(a), TextForm::Timestamp(b)) => {
                a.join(b).map_or(TextForm::Plain, TextForm::Timestamp)
            }
            (TextForm::Uuid(None), uuids @ TextForm::Uuid(_))
            | (uuids @ TextForm::Uuid(_), TextForm::Uuid(None)) => uuids,
            _ => TextForm::Plain,
        }
    }

    /// The type of a column of such texts.
    #[must_use]
    pub fn scalar_type(self) -> ScalarType {
        match self {
            TextForm::Plain => ScalarType::Text,
            TextForm::Date => ScalarType::Date,
            TextForm::Timestamp(form) => ScalarType::Timestamp(form.timestamp_type()),
            TextForm::Uuid(case) => ScalarType::Uuid(case.unwrap_or_default()),
            TextForm::Json => ScalarType::Json,
        }
    }

    /// The type to ask for so that columns of this form have it; `None` where nobody need ask.
    #[must_use]
    pub fn detected(self) -> Option<DetectType> {
        match self {
            TextForm::Plain | TextForm::Json => None,
            TextForm::Date => Some(DetectType::Date),
            TextForm::Timestamp(_) => Some(DetectType::Timestamp),
            TextForm::Uuid(_) => Some(DetectType::Uuid),
        }
    }
}

/// The form of timestamps as a pattern, of UUIDs as the case of their letters; nothing for the others.
impl fmt::Display for TextForm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            TextForm::Plain | TextForm::Date | TextForm::Json => Ok(()),
            TextForm::Timestamp(form) => form.fmt(f),
            TextForm::Uuid(Some(case)) => case.fmt(f),
            TextForm::Uuid(None) => f.write_str(NO_LETTERS),
        }
    }
}

/// The case of UUIDs without letters.
const NO_LETTERS: &str = "digits";

impl FromStr for TextForm {
    type Err = String;

    /// Reads what a timestamp or a UUID displays as.
    fn from_str(text: &str) -> Result<Self, String> {
        if text == NO_LETTERS {
            return Ok(TextForm::Uuid(None));
        }
        match text.parse() {
            Ok(case) => Ok(TextForm::Uuid(Some(case))),
            Err(_) => text.parse().map(TextForm::Timestamp),
        }
    }
}

/// The form of texts from which a type was made.
impl From<ScalarType> for TextForm {
    fn from(scalar: ScalarType) -> Self {
        match scalar {
            ScalarType::Date => TextForm::Date,
            ScalarType::Timestamp(of) => TextForm::Timestamp(of.into()),
            ScalarType::Uuid(case) => TextForm::Uuid(Some(case)),
            ScalarType::Json => TextForm::Json,
            _ => TextForm::Plain,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::forms::{TimestampType, TimestampUnit, write_date, write_instant, write_uuid};

    /// Texts of many forms, and of none.
    fn texts() -> Vec<String> {
        let mut texts: Vec<String> = [
            "",
            "x",
            "2026-01-02",
            "0001-01-01",
            "9999-12-31",
            "2026-02-29",
            "2026-01-02T03:04:05Z",
            "2026-01-02t03:04:05z",
            "2026-01-02 03:04:05",
            "2026-01-02T03:04:05+02:00",
            "2026-01-02T03:04:05-00:00",
            "2026-01-02T03:04:05.1Z",
            "2026-01-02T03:04:05.120Z",
            "2026-01-02T03:04:05.123456789Z",
            "2026-01-02T03:04:05.123456000Z",
            "0001-01-01T00:00:00Z",
            "9999-12-31T23:59:59.999999Z",
            "1677-09-21T00:12:43.145224192Z",
            "1969-12-31T23:59:59.5Z",
            "1970-01-01T00:59:59.999999999+01:00",
            "2262-04-11T23:47:16.854775807Z",
            "0001-01-01T00:00:00+00:01",
            "9999-12-31T23:59:59-00:01",
            "2026-01-02T23:59:60Z",
            "2026-01-02T24:00:00Z",
            "2026-01-02T03:04:05.1234567890Z",
            "2026-01-02T03:04:05.Z",
            "2026-01-02T03:04Z",
            "2026-01-02T03:04:05 Z",
            "2026-01-02T03:04:05+0200",
            "2026-01-02T03:04:05+24:00",
            "00000000-0000-0000-0000-000000000000",
            "0190163d-8694-739b-aea5-966c26f8ad90",
            "0190163D-8694-739B-AEA5-966C26F8AD90",
            "0190163d-8694-739B-aea5-966c26f8ad90",
            "0190163d+8694-739b-aea5-966c26f8ad90",
            "0190163d86940739b0aea50966c26f8ad90x",
        ]
        .map(str::to_owned)
        .into();
        for offset in ["Z", "", "+01:30", "-12:00"] {
            for fraction in ["", ".5", ".50", ".000001", ".000000001", ".100000000"] {
                texts.push(format!("1999-12-31T23:59:59{fraction}{offset}"));
            }
        }
        texts
    }

    #[test]
    fn the_join_of_forms_is_a_join() {
        let mut forms: Vec<TextForm> = texts().iter().map(|text| TextForm::of(text)).collect();
        let pairs: Vec<TextForm> = (forms.iter())
            .flat_map(|a| forms.iter().map(|b| a.join(*b)))
            .collect();
        forms.extend(pairs);
        forms.push(TextForm::Json);
        let mut different: Vec<TextForm> = Vec::new();
        for form in forms {
            if !different.contains(&form) {
                different.push(form);
            }
        }
        assert!(different.len() > 40, "{}", different.len());
        for &a in &different {
            assert_eq!(a.join(a), a);
            assert_eq!(a.join(TextForm::Plain), TextForm::Plain);
            for &b in &different {
                assert_eq!(a.join(b), b.join(a));
                for &c in &different {
                    assert_eq!(a.join(b).join(c), a.join(b.join(c)), "{a:?} {b:?} {c:?}");
                }
            }
        }
    }

    /// The text that a value of this type gives back.
    fn given_back(text: &str, of: ScalarType) -> Option<String> {
        let mut out = Vec::new();
        match of {
            ScalarType::Date => write_date(&mut out, parse_date(text)?.into()),
            ScalarType::Timestamp(of) => of.write(&mut out, of.parse(text)?),
            ScalarType::Uuid(case) => write_uuid(&mut out, &parse_uuid(text)?.0, case),
            _ => return None,
        }
        String::from_utf8(out).ok()
    }

    #[test]
    fn every_text_is_given_back_by_the_type_of_its_column() {
        let texts = texts();
        let mut checked = 0;
        for a in &texts {
            for b in &texts {
                let joined = TextForm::of(a).join(TextForm::of(b)).scalar_type();
                if joined == ScalarType::Text {
                    continue;
                }
                for text in [a, b] {
                    let back = given_back(text, joined);
                    assert_eq!(back.as_ref(), Some(text), "{a} and {b} as {joined}");
                    checked += 1;
                }
            }
        }
        assert!(checked > 400, "{checked}");
    }

    #[test]
    fn instants_agree_with_a_library() {
        for text in texts() {
            let ScalarType::Timestamp(of) = TextForm::of(&text).scalar_type() else {
                continue;
            };
            if !of.zone.is_utc() {
                continue;
            }
            let time = chrono::DateTime::parse_from_rfc3339(&text).expect("a timestamp");
            let expected = match of.unit {
                TimestampUnit::Microsecond => Some(time.timestamp_micros()),
                TimestampUnit::Nanosecond => time.timestamp_nanos_opt(),
            };
            assert_eq!(of.parse(&text), expected, "{text}");
            let mut instant = Vec::new();
            assert!(write_instant(&mut instant, &text));
            let instant = String::from_utf8(instant).expect("ASCII");
            let same = chrono::DateTime::parse_from_rfc3339(&instant).expect("a timestamp");
            assert_eq!(same, time, "{text}");
        }
    }

    #[test]
    fn forms_of_timestamps_are_read_as_they_are_written() {
        for text in texts() {
            if let ScalarType::Timestamp(of) = TextForm::of(&text).scalar_type() {
                assert_eq!(of.to_string().parse(), Ok(of));
                let form = TextForm::of(&text);
                assert_eq!(form.to_string().parse(), Ok(form));
                assert_eq!(
                    TextForm::from(form.scalar_type()).scalar_type(),
                    form.scalar_type()
                );
            }
        }
        for wrong in [
            "",
            "YYYY-MM-DD",
            "YYYY-MM-DDTHH:MM:SS.Z",
            "YYYY-MM-DDTHH:MM:SS.ffffffffffZ",
        ] {
            assert!(wrong.parse::<TimestampType>().is_err(), "{wrong}");
        }
    }
}
