//! Timestamps in the text of RFC 3339, and the form that all timestamps of a column have.

use super::calendar::{is_in_range, parse_date, two, write_date, write_digits};
use serde::{Deserialize, Serialize};
use std::fmt;

/// Between the date and the time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Separator {
    /// `T`.
    Upper,
    /// `t`.
    Lower,
    /// A space.
    Space,
}

/// What stands behind the time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Zone {
    /// Nothing: a local time.
    Local,
    /// `Z`: UTC.
    Upper,
    /// `z`: UTC.
    Lower,
    /// An offset such as `+02:00`.
    Offset {
        /// Whether the sign is `-`, which `-00:00` may have too.
        is_west: bool,
        /// Minutes of the offset.
        minutes: u16,
    },
    /// Nothing, but the time is in UTC: that of the start of the run.
    Implied,
}

impl Zone {
    /// Whether times are instants.
    #[must_use]
    pub fn is_utc(self) -> bool {
        self != Zone::Local
    }

    fn seconds(self) -> i64 {
        match self {
            Zone::Offset { is_west, minutes } => {
                let seconds = i64::from(minutes) * 60;
                if is_west { -seconds } else { seconds }
            }
            _ => 0,
        }
    }
}

/// The digits of the seconds' fraction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Fraction {
    /// Always so many, at most 9; with 0 there is no point.
    Digits(u8),
    /// No zeros at the end, and no point without a digit.
    Shortest,
}

/// The unit of a column of timestamps. It is exhaustive, as [`ScalarType`](crate::ScalarType) is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum TimestampUnit {
    /// 10^-6 s.
    Microsecond,
    /// 10^-9 s.
    Nanosecond,
}

/// The type of a column of timestamps: the unit of its values, and the form of their text, which
/// can be given back from it.
///
/// # Examples
///
/// ```
/// use transmog_model::{Fraction, Separator, TimestampType, TimestampUnit, Zone};
///
/// let form: TimestampType = "YYYY-MM-DDTHH:MM:SS.fffZ".parse()?;
/// assert_eq!(form.fraction, Fraction::Digits(3));
/// assert!(form.zone.is_utc());
/// assert_eq!(form.to_string(), "YYYY-MM-DDTHH:MM:SS.fffZ");
/// # Ok::<(), String>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct TimestampType {
    /// The unit.
    pub unit: TimestampUnit,
    /// Between the date and the time.
    pub separator: Separator,
    /// The digits of the fraction.
    pub fraction: Fraction,
    /// What stands behind the time.
    pub zone: Zone,
}

impl TimestampType {
    /// The start of a run: UTC in microseconds, written `YYYY-MM-DD HH:MM:SS.ffffff`.
    pub const RUN: Self = Self {
        unit: TimestampUnit::Microsecond,
        separator: Separator::Space,
        fraction: Fraction::Digits(6),
        zone: Zone::Implied,
    };

    /// Instants in microseconds, written as in `2026-01-02T03:04:05.6Z`.
    pub const INSTANT: Self = Self {
        unit: TimestampUnit::Microsecond,
        separator: Separator::Upper,
        fraction: Fraction::Shortest,
        zone: Zone::Upper,
    };

    /// Appends the text of a value, in units since 1970.
    pub(crate) fn write(self, out: &mut Vec<u8>, value: i64) {
        let per_second = self.per_second();
        let seconds = value.div_euclid(per_second) + self.zone.seconds();
        let nanos = value.rem_euclid(per_second) * (1_000_000_000 / per_second);
        write_date(out, seconds.div_euclid(86_400));
        out.push(match self.separator {
            Separator::Upper => b'T',
            Separator::Lower => b't',
            Separator::Space => b' ',
        });
        let second = seconds.rem_euclid(86_400).unsigned_abs();
        write_digits(out, second / 3600, 2);
        out.push(b':');
        write_digits(out, second / 60 % 60, 2);
        out.push(b':');
        write_digits(out, second % 60, 2);
        write_fraction(out, nanos.unsigned_abs(), self.fraction);
        write_zone(out, self.zone);
    }

    fn per_second(self) -> i64 {
        match self.unit {
            TimestampUnit::Microsecond => 1_000_000,
            TimestampUnit::Nanosecond => 1_000_000_000,
        }
    }

    /// The value of the text in units since 1970; `None` if the text is no timestamp, or needs
    /// another unit.
    pub(crate) fn parse(self, text: &str) -> Option<i64> {
        let parsed = parse(text.as_bytes())?;
        let per_second = self.per_second();
        let step = 1_000_000_000 / per_second;
        let nanos = i64::from(parsed.nanos);
        if nanos % step != 0 {
            return None;
        }
        let units = i128::from(parsed.seconds) * i128::from(per_second) + i128::from(nanos / step);
        i64::try_from(units).ok()
    }
}

/// The seconds since 1970, in UTC where the text has a zone, and the nanoseconds of a timestamp that
/// a column can hold; `None` if the text is none.
///
/// # Examples
///
/// ```
/// use transmog_model::time_of;
///
/// assert_eq!(time_of("1970-01-01T01:00:00.5+01:00"), Some((0, 500_000_000)));
/// assert!(time_of("2026-01-02T03:04:05.1Z") > time_of("2026-01-02T03:04:05Z"));
/// assert_eq!(time_of("soon"), None);
/// ```
#[must_use]
pub fn time_of(text: &str) -> Option<(i64, u32)> {
    let parsed = parse(text.as_bytes())?;
    Some((parsed.seconds, parsed.nanos))
}

fn write_fraction(out: &mut Vec<u8>, nanos: u64, fraction: Fraction) {
    let (mut digits, mut rest) = match fraction {
        Fraction::Digits(count) => (usize::from(count.min(9)), nanos),
        Fraction::Shortest => (9, nanos),
    };
    rest /= 10u64.pow(9 - digits as u32);
    if fraction == Fraction::Shortest {
        while digits > 0 && rest % 10 == 0 {
            (digits, rest) = (digits - 1, rest / 10);
        }
    }
    if digits > 0 {
        out.push(b'.');
        write_digits(out, rest, digits);
    }
}

fn write_zone(out: &mut Vec<u8>, zone: Zone) {
    match zone {
        Zone::Local | Zone::Implied => {}
        Zone::Upper => out.push(b'Z'),
        Zone::Lower => out.push(b'z'),
        Zone::Offset { is_west, minutes } => {
            out.push(if is_west { b'-' } else { b'+' });
            write_digits(out, u64::from(minutes / 60), 2);
            out.push(b':');
            write_digits(out, u64::from(minutes % 60), 2);
        }
    }
}

/// A pattern: the date, the separator and the time; `.` and an `f` for each digit of the fraction, or
/// `[.f]` for the shortest one; the zone as it is; ` ns` if the unit is the nanosecond.
impl fmt::Display for TimestampType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("YYYY-MM-DD")?;
        f.write_str(match self.separator {
            Separator::Upper => "T",
            Separator::Lower => "t",
            Separator::Space => " ",
        })?;
        f.write_str("HH:MM:SS")?;
        match self.fraction {
            Fraction::Shortest => f.write_str("[.f]")?,
            Fraction::Digits(0) => {}
            Fraction::Digits(count) => write!(f, ".{}", "f".repeat(usize::from(count)))?,
        }
        let mut zone = Vec::new();
        write_zone(&mut zone, self.zone);
        f.write_str(std::str::from_utf8(&zone).map_err(|_| fmt::Error)?)?;
        match self.unit {
            TimestampUnit::Microsecond => Ok(()),
            TimestampUnit::Nanosecond => f.write_str(" ns"),
        }
    }
}

impl std::str::FromStr for TimestampType {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let parsed = || {
            let (rest, unit) = match text.strip_suffix(" ns") {
                Some(rest) => (rest, TimestampUnit::Nanosecond),
                None => (text, TimestampUnit::Microsecond),
            };
            let rest = rest.strip_prefix("YYYY-MM-DD")?;
            let separator = match rest.as_bytes().first()? {
                b'T' => Separator::Upper,
                b't' => Separator::Lower,
                b' ' => Separator::Space,
                _ => return None,
            };
            let rest = rest[1..].strip_prefix("HH:MM:SS")?;
            let (fraction, rest) = match (rest.strip_prefix("[.f]"), rest.strip_prefix('.')) {
                (Some(rest), _) => (Fraction::Shortest, rest),
                (None, Some(digits)) => {
                    let rest = digits.trim_start_matches('f');
                    let count = u8::try_from(digits.len() - rest.len()).ok()?;
                    ((1..=9).contains(&count)).then_some((Fraction::Digits(count), rest))?
                }
                (None, None) => (Fraction::Digits(0), rest),
            };
            let zone = parse_zone(rest.as_bytes())?;
            Some(Self {
                unit,
                separator,
                fraction,
                zone,
            })
        };
        parsed().ok_or_else(|| {
            format!(
                "expected the form of timestamps, such as `{}`, found `{text}`",
                Self::INSTANT
            )
        })
    }
}

/// What all timestamps of a column have in common. Joining two forms gives the form that both
/// have, if there is one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct TimestampForm {
    separator: Separator,
    zone: Zone,
    fraction: SeenFraction,
    /// Whether a value has more than six digits that count.
    needs_nanos: bool,
    /// Whether a value lies beyond what 64 bits of nanoseconds hold.
    is_beyond_nanos: bool,
    /// Whether a value lies in the last second before 1970, which ORC lacks.
    is_just_before_1970: bool,
}

/// Fractions that were seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
enum SeenFraction {
    /// Of so many digits each. If they are trimmed, none ends with a zero.
    Digits { count: u8, are_trimmed: bool },
    /// Of different numbers of digits, none of which ends with a zero.
    Shortest,
}

impl TimestampForm {
    /// The form of one timestamp; `None` if the text is none that a column can hold.
    pub(crate) fn of(text: &str) -> Option<Self> {
        let parsed = parse(text.as_bytes())?;
        let nanos = i128::from(parsed.seconds) * 1_000_000_000 + i128::from(parsed.nanos);
        let form = Self {
            separator: parsed.separator,
            zone: parsed.zone,
            fraction: SeenFraction::Digits {
                count: parsed.digits,
                are_trimmed: parsed.is_trimmed,
            },
            needs_nanos: !parsed.nanos.is_multiple_of(1000),
            is_beyond_nanos: i64::try_from(nanos).is_err(),
            is_just_before_1970: (-999_999_999..0).contains(&nanos),
        };
        form.possible()
    }

    fn possible(self) -> Option<Self> {
        (!(self.needs_nanos && self.is_beyond_nanos)).then_some(self)
    }

    pub(crate) fn join(self, other: Self) -> Option<Self> {
        let is_alike = self.separator == other.separator && self.zone == other.zone;
        let fraction = is_alike.then(|| self.fraction.join(other.fraction))??;
        Self {
            fraction,
            needs_nanos: self.needs_nanos | other.needs_nanos,
            is_beyond_nanos: self.is_beyond_nanos | other.is_beyond_nanos,
            is_just_before_1970: self.is_just_before_1970 | other.is_just_before_1970,
            ..self
        }
        .possible()
    }

    /// Whether a value lies in the last second before 1970, which ORC lacks.
    ///
    /// # Examples
    ///
    /// ```
    /// use transmog_model::TextForm;
    ///
    /// let is_just_before_1970 = |text: &str| match TextForm::of(text) {
    ///     TextForm::Timestamp(form) => form.is_just_before_1970(),
    ///     _ => unreachable!("a timestamp"),
    /// };
    /// assert!(is_just_before_1970("1969-12-31T23:59:59.5Z"));
    /// assert!(!is_just_before_1970("1969-12-31T23:59:59Z"));
    /// ```
    #[must_use]
    pub fn is_just_before_1970(self) -> bool {
        self.is_just_before_1970
    }

    /// The type of a column of such values.
    #[must_use]
    pub fn timestamp_type(self) -> TimestampType {
        TimestampType {
            unit: match self.needs_nanos {
                true => TimestampUnit::Nanosecond,
                false => TimestampUnit::Microsecond,
            },
            separator: self.separator,
            fraction: match self.fraction {
                SeenFraction::Digits { count, .. } => Fraction::Digits(count),
                SeenFraction::Shortest => Fraction::Shortest,
            },
            zone: self.zone,
        }
    }
}

/// The pattern of the [type](TimestampType), then ` trimmed` if no fraction ends with a zero although
/// all have the same number of digits, ` within ns` if nanoseconds could hold the values, and
/// ` just before 1970` if one is in the last second of 1969.
impl fmt::Display for TimestampForm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.timestamp_type().fmt(f)?;
        if let SeenFraction::Digits {
            count: 1..,
            are_trimmed: true,
        } = self.fraction
        {
            f.write_str(TRIMMED)?;
        }
        if !self.needs_nanos && !self.is_beyond_nanos {
            f.write_str(WITHIN_NANOS)?;
        }
        if self.is_just_before_1970 {
            f.write_str(JUST_BEFORE_1970)?;
        }
        Ok(())
    }
}

const TRIMMED: &str = " trimmed";
const WITHIN_NANOS: &str = " within ns";
const JUST_BEFORE_1970: &str = " just before 1970";

impl std::str::FromStr for TimestampForm {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let of_any = text.strip_suffix(JUST_BEFORE_1970).unwrap_or(text);
        let rest = of_any.strip_suffix(WITHIN_NANOS).unwrap_or(of_any);
        let pattern = rest.strip_suffix(TRIMMED).unwrap_or(rest);
        let mut form = Self::from(pattern.parse::<TimestampType>()?);
        form.is_just_before_1970 = of_any.len() < text.len();
        if let SeenFraction::Digits { are_trimmed, .. } = &mut form.fraction {
            *are_trimmed |= pattern.len() < rest.len();
        }
        form.is_beyond_nanos &= rest.len() == of_any.len();
        Ok(form)
    }
}

/// The values that a type allows.
impl From<TimestampType> for TimestampForm {
    fn from(of: TimestampType) -> Self {
        let needs_nanos = of.unit == TimestampUnit::Nanosecond;
        Self {
            separator: of.separator,
            zone: of.zone,
            fraction: match of.fraction {
                Fraction::Digits(count) => SeenFraction::Digits {
                    count,
                    are_trimmed: count == 0,
                },
                Fraction::Shortest => SeenFraction::Shortest,
            },
            needs_nanos,
            is_beyond_nanos: !needs_nanos,
            is_just_before_1970: false,
        }
    }
}

impl SeenFraction {
    fn join(self, other: Self) -> Option<Self> {
        use SeenFraction::{Digits, Shortest};
        match (self, other) {
            (
                Digits { count, are_trimmed },
                Digits {
                    count: others,
                    are_trimmed: too,
                },
            ) if count == others => Some(Digits {
                count,
                are_trimmed: are_trimmed && too,
            }),
            _ => (self.is_trimmed() && other.is_trimmed()).then_some(Shortest),
        }
    }

    fn is_trimmed(self) -> bool {
        match self {
            SeenFraction::Digits { are_trimmed, .. } => are_trimmed,
            SeenFraction::Shortest => true,
        }
    }
}

/// A timestamp.
struct Parsed {
    separator: Separator,
    zone: Zone,
    /// Digits of the fraction.
    digits: u8,
    /// Whether the fraction does not end with a zero.
    is_trimmed: bool,
    /// Seconds since 1970 in UTC, or in local time.
    seconds: i64,
    nanos: u32,
}

/// A `date-time` of RFC 3339, whose separator may be a space and whose zone may be missing. There
/// are no leap seconds in a column, and no 24:00.
fn parse(text: &[u8]) -> Option<Parsed> {
    let (date, rest) = text.split_at_checked(10)?;
    let days = parse_date(date)?;
    let [separator, h1, h2, b':', m1, m2, b':', s1, s2, rest @ ..] = rest else {
        return None;
    };
    let separator = match separator {
        b'T' => Separator::Upper,
        b't' => Separator::Lower,
        b' ' => Separator::Space,
        _ => return None,
    };
    let (hour, minute, second) = (two(*h1, *h2)?, two(*m1, *m2)?, two(*s1, *s2)?);
    if hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    let (mut nanos, mut digits, mut last) = (0u32, 0u8, b'1');
    let mut rest = rest;
    if let [b'.', fraction @ ..] = rest {
        let count = fraction.iter().take_while(|b| b.is_ascii_digit()).count();
        if !(1..=9).contains(&count) {
            return None;
        }
        for digit in &fraction[..count] {
            nanos = nanos * 10 + u32::from(digit - b'0');
        }
        (digits, last) = (count as u8, fraction[count - 1]);
        nanos *= 10u32.pow(9 - count as u32);
        rest = &fraction[count..];
    }
    let zone = parse_zone(rest)?;
    let of_day = i64::from(hour) * 3600 + i64::from(minute) * 60 + i64::from(second);
    let seconds = i64::from(days) * 86_400 + of_day - zone.seconds();
    is_in_range(seconds.div_euclid(86_400)).then_some(Parsed {
        separator,
        zone,
        digits,
        is_trimmed: last != b'0',
        seconds,
        nanos,
    })
}

fn parse_zone(text: &[u8]) -> Option<Zone> {
    Some(match text {
        [] => Zone::Local,
        b"Z" => Zone::Upper,
        b"z" => Zone::Lower,
        [sign @ (b'+' | b'-'), h1, h2, b':', m1, m2] => {
            let (hours, minutes) = (two(*h1, *h2)?, two(*m1, *m2)?);
            if hours > 23 || minutes > 59 {
                return None;
            }
            Zone::Offset {
                is_west: *sign == b'-',
                minutes: u16::try_from(hours * 60 + minutes).ok()?,
            }
        }
        _ => return None,
    })
}

/// The instant of a text of RFC 3339 as text in the form of [`TimestampType::INSTANT`]; a text
/// without a zone is in UTC. `None` if the text is no timestamp.
///
/// # Examples
///
/// ```
/// use transmog_model::write_instant;
///
/// let mut out = Vec::new();
/// assert!(write_instant(&mut out, "2026-01-02 03:04:05.60+02:00"));
/// assert_eq!(out, b"2026-01-02T01:04:05.6Z");
/// assert!(!write_instant(&mut out, "yesterday"));
/// ```
pub fn write_instant(out: &mut Vec<u8>, text: &str) -> bool {
    match parse(text.as_bytes()) {
        Some(parsed) => {
            write_seconds(out, parsed.seconds, parsed.nanos);
            true
        }
        None => false,
    }
}

/// The instant so many nanoseconds after the beginning of 1970 as [`write_instant`] has it; `false`
/// if it is not in the years 0001 to 9999.
///
/// # Examples
///
/// ```
/// use transmog_model::write_instant_of;
///
/// let mut out = Vec::new();
/// assert!(write_instant_of(&mut out, 1_700_000_000_500_000_000));
/// assert_eq!(out, b"2023-11-14T22:13:20.5Z");
/// ```
pub fn write_instant_of(out: &mut Vec<u8>, nanos: i128) -> bool {
    let seconds = i64::try_from(nanos.div_euclid(1_000_000_000));
    match seconds {
        Ok(seconds) if is_in_range(seconds.div_euclid(86_400)) => {
            write_seconds(out, seconds, nanos.rem_euclid(1_000_000_000) as u32);
            true
        }
        _ => false,
    }
}

fn write_seconds(out: &mut Vec<u8>, seconds: i64, nanos: u32) {
    let whole = TimestampType {
        fraction: Fraction::Digits(0),
        zone: Zone::Local,
        ..TimestampType::INSTANT
    };
    whole.write(out, seconds * 1_000_000);
    write_fraction(out, nanos.into(), Fraction::Shortest);
    write_zone(out, Zone::Upper);
}
