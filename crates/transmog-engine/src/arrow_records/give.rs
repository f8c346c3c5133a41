//! Cells as parse events, one row at a time.

use super::{
    cells::{Cells, Column, Member},
    times::{self, Zone},
};
use arrow::datatypes::TimeUnit;
use base64::{Engine, engine::general_purpose::STANDARD};
use transmog_events::{EventSink, JsonPath, JsonText, Rejection, parse_number};

/// Why a row is not a record.
pub(super) enum Fault {
    /// The sink refuses it.
    Rejected(Rejection),
    /// JSON cannot represent a value.
    Value(Box<Wrong>),
}

/// What is wrong with a value, and the path to it from the inside out; `None` is an element.
pub(super) struct Wrong {
    message: String,
    steps: Vec<Option<String>>,
}

pub(super) type Done = Result<(), Fault>;

impl From<Rejection> for Fault {
    fn from(rejection: Rejection) -> Self {
        Fault::Rejected(rejection)
    }
}

#[cold]
fn wrong(message: impl Into<String>) -> Fault {
    Fault::Value(Box::new(Wrong {
        message: message.into(),
        steps: Vec::new(),
    }))
}

impl Fault {
    /// Adds the next outer step to the path.
    #[cold]
    fn inside(mut self, key: Option<&str>) -> Self {
        if let Fault::Value(wrong) = &mut self {
            wrong.steps.push(key.map(str::to_owned));
        }
        self
    }

    /// The rejection of the record.
    #[cold]
    pub(super) fn rejection(self) -> Rejection {
        match self {
            Fault::Rejected(rejection) => rejection,
            Fault::Value(wrong) => {
                let steps = wrong.steps.iter().rev();
                let path = steps.fold(JsonPath::root(), |path, step| match step {
                    Some(key) => path.member(&**key),
                    None => path.elements(),
                });
                Rejection::invalid(Some(path.to_string()), wrong.message)
            }
        }
    }
}

/// What cells are given to.
pub(super) struct Giver<'s, S> {
    pub(super) events: &'s mut S,
    /// Text in the making; used again.
    pub(super) text: &'s mut String,
    pub(super) nan_as_null: bool,
}

impl<S: EventSink> Giver<'_, S> {
    /// Gives a row as an object.
    pub(super) fn object(&mut self, members: &[Member<'_>], row: usize) -> Done {
        self.events.begin_object()?;
        for member in members {
            member.key(self.events)?;
            self.cell(&member.column, row)
                .map_err(|fault| fault.inside(Some(member.name)))?;
        }
        Ok(self.events.end_object()?)
    }

    fn cell(&mut self, column: &Column<'_>, row: usize) -> Done {
        if row >= column.length {
            return Err(broken());
        }
        if column.nulls.is_some_and(|nulls| nulls.is_null(row)) {
            return Ok(self.events.null()?);
        }
        let events = &mut *self.events;
        Ok(match &column.cells {
            Cells::Null => events.null(),
            Cells::Boolean(cells) => events.boolean(cells.value(row)),
            Cells::Int8(cells) => events.integer(cells[row].into()),
            Cells::Int16(cells) => events.integer(cells[row].into()),
            Cells::Int32(cells) => events.integer(cells[row].into()),
            Cells::Int64(cells) => events.integer(cells[row]),
            Cells::UInt8(cells) => events.integer(cells[row].into()),
            Cells::UInt16(cells) => events.integer(cells[row].into()),
            Cells::UInt32(cells) => events.integer(cells[row].into()),
            Cells::UInt64(cells) => match i64::try_from(cells[row]) {
                Ok(value) => events.integer(value),
                Err(_) => events.decimal(cells[row].into()),
            },
            Cells::Float16(cells) => return self.float(cells[row].to_f64()),
            Cells::Float32(cells) => return self.float(cells[row].into()),
            Cells::Float64(cells) => return self.float(cells[row]),
            Cells::Decimal32(cells, scale) => return self.decimal(cells[row].into(), *scale),
            Cells::Decimal64(cells, scale) => return self.decimal(cells[row].into(), *scale),
            Cells::Decimal128(cells, scale) => return self.decimal(cells[row], *scale),
            Cells::Decimal256(cells, scale) => return self.digits(&cells[row], *scale),
            Cells::Text(cells) => {
                let text = cells.get(row).map(std::str::from_utf8);
                match text {
                    Some(Ok(text)) => events.string(text),
                    Some(Err(_)) => return Err(wrong("expected text in UTF-8")),
                    None => return Err(broken()),
                }
            }
            Cells::Binary(cells) => {
                self.text.clear();
                STANDARD.encode_string(cells.get(row).ok_or_else(broken)?, self.text);
                events.string(self.text)
            }
            Cells::List(spans, elements) => return self.list(spans.get(row), elements),
            Cells::Struct(members) => return self.object(members, row),
            Cells::Map(spans, entries) => return self.map(spans.get(row), entries),
            Cells::Indirect(index, cells) => return self.cell(cells, index.get(row)),
            Cells::Union(types, rows, columns) => {
                let at = rows.map_or(row, |rows| rows[row] as usize);
                let column = columns.iter().find(|(id, _)| *id == types[row]);
                return self.cell(&column.ok_or_else(broken)?.1, at);
            }
            other => return self.spelled(other, row),
        }?)
    }

    /// A value whose text is made: a date or a time, for example.
    fn spelled(&mut self, cells: &Cells<'_>, row: usize) -> Done {
        self.text.clear();
        let out = &mut *self.text;
        let is_valid = match cells {
            Cells::Uuid(cells) => uuid(out, cells.get(row).ok_or_else(broken)?),
            Cells::Date32(cells) => {
                times::date(out, cells[row].into());
                true
            }
            Cells::Date64(cells) => date64(out, cells[row]),
            Cells::Time32(cells, unit) => times::time(out, cells[row].into(), *unit),
            Cells::Time64(cells, unit) => times::time(out, cells[row], *unit),
            Cells::Timestamp(cells, unit, zone) => times::timestamp(out, cells[row], *unit, *zone),
            Cells::Duration(cells, unit) => {
                times::duration(out, cells[row], *unit);
                true
            }
            Cells::Months(cells) => {
                times::interval(out, cells[row].into(), 0, 0);
                true
            }
            Cells::DayTime(cells) => {
                let nanos = i128::from(cells[row].milliseconds) * 1_000_000;
                times::interval(out, 0, cells[row].days.into(), nanos);
                true
            }
            Cells::MonthDayNano(cells) => {
                let cell = &cells[row];
                times::interval(
                    out,
                    cell.months.into(),
                    cell.days.into(),
                    cell.nanoseconds.into(),
                );
                true
            }
            _ => false,
        };
        match is_valid {
            true => Ok(self.events.string(self.text)?),
            false => Err(wrong("expected a time that a clock or the zone has")),
        }
    }

    fn float(&mut self, value: f64) -> Done {
        if value.is_finite() {
            return Ok(self.events.float(value)?);
        }
        if value.is_nan() && self.nan_as_null {
            return Ok(self.events.null()?);
        }
        Err(wrong("expected a finite number, found NaN or an infinity"))
    }

    fn decimal(&mut self, units: i128, scale: i8) -> Done {
        match i64::try_from(units) {
            Ok(units) if scale == 0 => Ok(self.events.integer(units)?),
            _ => self.digits(&units, scale),
        }
    }

    /// A number of these units, each ten to the power of minus the scale.
    fn digits(&mut self, units: &dyn std::fmt::Display, scale: i8) -> Done {
        use std::fmt::Write;
        self.text.clear();
        // Writing to a `String` does not fail.
        let _ = write!(self.text, "{units}");
        let first = usize::from(self.text.starts_with('-'));
        let digits = self.text.len() - first;
        let Ok(scale) = usize::try_from(scale) else {
            if &self.text[first..] != "0" {
                self.text.extend((0..scale.unsigned_abs()).map(|_| '0'));
            }
            return Ok(parse_number(self.text).give(self.events)?);
        };
        if scale == 0 {
            return Ok(parse_number(self.text).give(self.events)?);
        }
        if digits <= scale {
            let zeros: String = (digits..=scale).map(|_| '0').collect();
            self.text.insert_str(first, &zeros);
        }
        self.text.insert(self.text.len() - scale, '.');
        Ok(self.events.exact_number(self.text)?)
    }

    fn list(&mut self, span: std::ops::Range<usize>, elements: &Column<'_>) -> Done {
        self.events.begin_array()?;
        for row in span {
            self.cell(elements, row)
                .map_err(|fault| fault.inside(None))?;
        }
        Ok(self.events.end_array()?)
    }

    fn map(&mut self, span: std::ops::Range<usize>, entries: &(Column<'_>, Column<'_>)) -> Done {
        let (keys, values) = entries;
        self.events.begin_object()?;
        for row in span {
            let key = self.key(keys, row)?;
            self.events.key(&key)?;
            self.cell(values, row)
                .map_err(|fault| fault.inside(Some(&key)))?;
        }
        Ok(self.events.end_object()?)
    }

    /// The key of a member: a string is itself, any other value its JSON text.
    fn key<'k>(
        &mut self,
        keys: &Column<'k>,
        row: usize,
    ) -> Result<std::borrow::Cow<'k, str>, Fault> {
        if row >= keys.length {
            return Err(broken());
        }
        if keys.nulls.is_some_and(|nulls| nulls.is_null(row)) {
            return Err(wrong("expected a key, found null"));
        }
        if let Cells::Text(cells) = &keys.cells {
            let text = std::str::from_utf8(cells.get(row).ok_or_else(broken)?);
            return text
                .map(Into::into)
                .map_err(|_| wrong("expected a key in UTF-8"));
        }
        let mut json = JsonText::default();
        let mut giver = Giver {
            events: &mut json,
            text: self.text,
            nan_as_null: self.nan_as_null,
        };
        giver.cell(keys, row)?;
        let text = json.as_str();
        let inner = text
            .strip_prefix('"')
            .and_then(|text| text.strip_suffix('"'));
        Ok(inner.unwrap_or(text).to_owned().into())
    }
}

#[cold]
fn broken() -> Fault {
    wrong("the column is broken: it points to where there is nothing")
}

fn date64(out: &mut String, millis: i64) -> bool {
    const DAY: i64 = 86_400_000;
    match millis.rem_euclid(DAY) {
        0 => times::date(out, millis / DAY),
        _ => return times::timestamp(out, millis, TimeUnit::Millisecond, Zone::Local),
    }
    true
}

/// Appends the text of a UUID; false if it has not 16 bytes.
fn uuid(out: &mut String, bytes: &[u8]) -> bool {
    for (at, byte) in bytes.iter().enumerate() {
        if matches!(at, 4 | 6 | 8 | 10) {
            out.push('-');
        }
        for digit in [byte >> 4, byte & 15] {
            out.push(char::from_digit(digit.into(), 16).unwrap_or_default());
        }
    }
    bytes.len() == 16
}
