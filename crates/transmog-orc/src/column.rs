//! The streams of one column of a stripe.

use crate::{bytes::Bits, integers::Integers};
use arrow::{
    array::{Array, ArrayRef, AsArray},
    datatypes::{
        DataType, Date32Type, Float64Type, Int64Type, TimeUnit, TimestampMicrosecondType,
        TimestampNanosecondType,
    },
};
use orc_rust::proto::{column_encoding, stream::Kind, r#type};
use transmog_model::{Error, Result};

/// A column of a stripe in progress.
#[derive(Debug)]
pub(crate) struct Column {
    rows: usize,
    /// Which rows have a value, from the first null on.
    present: Option<Bits>,
    values: Values,
}

#[derive(Debug)]
enum Values {
    Booleans(Bits),
    Integers(Integers),
    Floats(Vec<u8>),
    Texts { bytes: Vec<u8>, lengths: Integers },
    Times { seconds: Integers, nanos: Integers },
}

/// How the format says a type, which is one of [`crate::stored_type`].
pub(crate) fn kind(data_type: &DataType) -> Result<r#type::Kind> {
    Ok(match data_type {
        DataType::Boolean => r#type::Kind::Boolean,
        DataType::Int64 => r#type::Kind::Long,
        DataType::Float64 => r#type::Kind::Double,
        DataType::Utf8 => r#type::Kind::String,
        DataType::Date32 => r#type::Kind::Date,
        DataType::Timestamp(TimeUnit::Microsecond | TimeUnit::Nanosecond, None) => {
            r#type::Kind::Timestamp
        }
        other => return Err(Error::unsupported(format!("ORC has no column of {other}"))),
    })
}

impl Column {
    pub(crate) fn new(data_type: &DataType) -> Result<Self> {
        let values = match kind(data_type)? {
            r#type::Kind::Boolean => Values::Booleans(Bits::new()),
            r#type::Kind::Long | r#type::Kind::Date => Values::Integers(Integers::signed()),
            r#type::Kind::Double => Values::Floats(Vec::new()),
            r#type::Kind::String => Values::Texts {
                bytes: Vec::new(),
                lengths: Integers::unsigned(),
            },
            _ => Values::Times {
                seconds: Integers::signed(),
                nanos: Integers::unsigned(),
            },
        };
        Ok(Self {
            rows: 0,
            present: None,
            values,
        })
    }

    /// Appends the cells. After an error the stripe cannot go on.
    pub(crate) fn append(&mut self, array: &ArrayRef) -> Result<()> {
        let nulls = array.nulls().filter(|nulls| nulls.null_count() > 0);
        match (&mut self.present, nulls) {
            (None, None) => {}
            (Some(present), None) => present.extend_true(array.len()),
            (present, Some(nulls)) => {
                let rows = self.rows;
                let all_so_far = || {
                    let mut present = Bits::new();
                    present.extend_true(rows);
                    present
                };
                present.get_or_insert_with(all_so_far).extend(nulls.inner());
            }
        }
        self.rows += array.len();
        match &mut self.values {
            Values::Booleans(bits) => match nulls {
                None => bits.extend(array.as_boolean().values()),
                Some(_) => array
                    .as_boolean()
                    .iter()
                    .flatten()
                    .for_each(|bit| bits.push(bit)),
            },
            Values::Integers(integers) => match array.as_primitive_opt::<Date32Type>() {
                Some(days) => each_valid(array, |row| integers.push(days.value(row).into())),
                None => {
                    let cells = array.as_primitive::<Int64Type>();
                    each_valid(array, |row| integers.push(cells.value(row)));
                }
            },
            Values::Floats(bytes) => {
                let cells = array.as_primitive::<Float64Type>();
                each_valid(array, |row| {
                    bytes.extend_from_slice(&cells.value(row).to_le_bytes())
                });
            }
            Values::Texts { bytes, lengths } => {
                let cells = array.as_string::<i32>();
                let offsets = cells.value_offsets();
                each_valid(array, |row| {
                    lengths.push(i64::from(offsets[row + 1] - offsets[row]));
                });
                match nulls {
                    None => {
                        let range = offsets[0] as usize..offsets[array.len()] as usize;
                        bytes.extend_from_slice(&cells.value_data()[range]);
                    }
                    Some(_) => each_valid(array, |row| {
                        bytes.extend_from_slice(cells.value(row).as_bytes());
                    }),
                }
            }
            Values::Times { seconds, nanos } => {
                let mut push = |time: i64, per_second: i64| -> Result<()> {
                    let whole = time.div_euclid(per_second);
                    let rest = time.rem_euclid(per_second) * (1_000_000_000 / per_second);
                    let (second, nano) = stored_time(whole, rest)?;
                    seconds.push(second);
                    nanos.push(nano);
                    Ok(())
                };
                match array.as_primitive_opt::<TimestampNanosecondType>() {
                    Some(cells) => {
                        let mut cells = cells.iter().flatten();
                        cells.try_for_each(|nanos| push(nanos, 1_000_000_000))?;
                    }
                    None => {
                        let cells = array.as_primitive::<TimestampMicrosecondType>();
                        let mut cells = cells.iter().flatten();
                        cells.try_for_each(|micros| push(micros, 1_000_000))?;
                    }
                }
            }
        }
        Ok(())
    }

    /// Bytes that the streams take so far.
    pub(crate) fn len(&self) -> usize {
        let values = match &self.values {
            Values::Booleans(bits) => bits.len(),
            Values::Integers(integers) => integers.len(),
            Values::Floats(bytes) => bytes.len(),
            Values::Texts { bytes, lengths } => bytes.len() + lengths.len(),
            Values::Times { seconds, nanos } => seconds.len() + nanos.len(),
        };
        values + self.present.as_ref().map_or(0, Bits::len)
    }

    /// How the format says the encoding of the streams.
    pub(crate) fn encoding(&self) -> column_encoding::Kind {
        match self.values {
            Values::Booleans(_) | Values::Floats(_) => column_encoding::Kind::Direct,
            _ => column_encoding::Kind::DirectV2,
        }
    }

    /// The streams; the column begins anew.
    pub(crate) fn finish(&mut self) -> Vec<(Kind, Vec<u8>)> {
        self.rows = 0;
        let present = self
            .present
            .take()
            .map(|mut bits| (Kind::Present, bits.finish()));
        let (data, second) = match &mut self.values {
            Values::Booleans(bits) => (bits.finish(), None),
            Values::Integers(integers) => (integers.finish(), None),
            Values::Floats(bytes) => (std::mem::take(bytes), None),
            Values::Texts { bytes, lengths } => (
                std::mem::take(bytes),
                Some((Kind::Length, lengths.finish())),
            ),
            Values::Times { seconds, nanos } => {
                (seconds.finish(), Some((Kind::Secondary, nanos.finish())))
            }
        };
        let streams = [present, Some((Kind::Data, data)), second];
        streams.into_iter().flatten().collect()
    }
}

fn each_valid(array: &ArrayRef, take: impl FnMut(usize)) {
    match array.nulls() {
        None => (0..array.len()).for_each(take),
        Some(nulls) => nulls.valid_indices().for_each(take),
    }
}

/// From the beginning of 1970 to that of 2015, from which the format counts.
const EPOCH_SECONDS: i64 = 1_420_070_400;

/// Seconds and nanoseconds as the format has them. Readers take a second off a
/// time before 1970 that has more than 999,999 ns (ORC-763), so it gets one.
fn stored_time(mut seconds: i64, mut nanos: i64) -> Result<(i64, i64)> {
    if seconds < 0 && nanos > 999_999 {
        seconds += 1;
        if seconds == 0 {
            return Err(Error::unsupported(
                "ORC has no times in the last second before 1970; choose another format, or leave \
                 timestamps text",
            ));
        }
    }
    // The last three bits say how many zeros were at the end, less one.
    let mut zeros = 0;
    if nanos != 0 && nanos % 100 == 0 {
        nanos /= 100;
        zeros = 1;
        while nanos % 10 == 0 && zeros < 7 {
            nanos /= 10;
            zeros += 1;
        }
    }
    Ok((seconds - EPOCH_SECONDS, nanos << 3 | zeros))
}
