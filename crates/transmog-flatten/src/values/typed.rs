//! Cells in one physical type. Text is text until all of it is known, whatever form it has.

use super::{
    scalar::Scalar,
    texts::{Room, Texts},
};
use arrow::{
    array::{ArrayRef, BooleanArray, Decimal128Array, Float64Array, Int64Array, NullArray},
    buffer::{BooleanBuffer, NullBuffer},
    datatypes::DataType,
};
use std::sync::Arc;
use transmog_events::DECIMAL_DIGITS;
use transmog_model::ScalarType;

/// The cells of a column in one physical type, zeroes under nulls.
#[derive(Clone, Debug, Default)]
pub(super) enum Values {
    /// Nulls only.
    #[default]
    Null,
    Boolean(Vec<bool>),
    Integer(Vec<i64>),
    Float(Vec<f64>),
    /// Units, and the scale.
    Decimal(Vec<i128>, u8),
    Text(Texts),
}

impl Values {
    pub(super) fn of(scalar: ScalarType, room: Room) -> Self {
        match scalar {
            ScalarType::Null => Values::Null,
            ScalarType::Boolean => Values::Boolean(Vec::with_capacity(room.cells)),
            ScalarType::Int64 => Values::Integer(Vec::with_capacity(room.cells)),
            ScalarType::Float64 => Values::Float(Vec::with_capacity(room.cells)),
            ScalarType::Decimal(scale) => Values::Decimal(Vec::with_capacity(room.cells), scale),
            ScalarType::Text
            | ScalarType::Date
            | ScalarType::Timestamp(_)
            | ScalarType::Uuid(_)
            | ScalarType::Json => Values::Text(Texts::with_room(room)),
        }
    }

    /// Appends `count` zeroes, the cells under nulls.
    #[inline]
    pub(super) fn pad(&mut self, count: usize) {
        match self {
            Values::Null => {}
            Values::Boolean(values) => values.resize(values.len() + count, false),
            Values::Integer(values) => values.resize(values.len() + count, 0),
            Values::Float(values) => values.resize(values.len() + count, 0.0),
            Values::Decimal(values, _) => values.resize(values.len() + count, 0),
            Values::Text(texts) => {
                let end = texts.offsets[texts.len()];
                texts.offsets.resize(texts.offsets.len() + count, end);
            }
        }
    }

    #[inline]
    pub(super) fn get(&self, at: usize) -> Scalar<'_> {
        match self {
            Values::Null => Scalar::Null,
            Values::Boolean(values) => Scalar::Boolean(values[at]),
            Values::Integer(values) => Scalar::Integer(values[at]),
            Values::Float(values) => Scalar::Float(values[at]),
            Values::Decimal(values, scale) => Scalar::Decimal(values[at], *scale),
            Values::Text(texts) => Scalar::Text(texts.get(at)),
        }
    }

    /// Appends a value of one of the kinds that this type was made for.
    #[inline]
    pub(super) fn push(&mut self, scalar: Scalar<'_>) {
        match (self, scalar) {
            (_, Scalar::Null) => unreachable!("nulls are padded"),
            (Values::Boolean(values), Scalar::Boolean(value)) => values.push(value),
            (Values::Integer(values), Scalar::Integer(value)) => values.push(value),
            (Values::Float(values), Scalar::Float(value) | Scalar::ShortFloat(value)) => {
                values.push(value);
            }
            // Only integers up to 2^53 are ever in a float column.
            (Values::Float(values), Scalar::Integer(value)) => values.push(value as f64),
            (Values::Text(texts), scalar) => texts.push_scalar(scalar),
            (Values::Decimal(values, scale), scalar) => values.push(scalar.units(*scale)),
            (values, scalar) => unreachable!("{scalar:?} does not fit {values:?}"),
        }
    }

    pub(super) fn truncate(&mut self, len: usize) {
        match self {
            Values::Null => {}
            Values::Boolean(values) => values.truncate(len),
            Values::Integer(values) => values.truncate(len),
            Values::Float(values) => values.truncate(len),
            Values::Decimal(values, _) => values.truncate(len),
            Values::Text(texts) => texts.truncate(len),
        }
    }

    pub(super) fn finish(self, len: usize, nulls: Option<NullBuffer>) -> ArrayRef {
        match self {
            Values::Null => Arc::new(NullArray::new(len)),
            Values::Boolean(values) => {
                Arc::new(BooleanArray::new(BooleanBuffer::from(values), nulls))
            }
            Values::Integer(values) => Arc::new(Int64Array::new(values.into(), nulls)),
            Values::Float(values) => Arc::new(Float64Array::new(values.into(), nulls)),
            Values::Decimal(values, scale) => {
                let array = Decimal128Array::new(values.into(), nulls);
                let scale = scale.cast_signed();
                Arc::new(array.with_data_type(DataType::Decimal128(DECIMAL_DIGITS, scale)))
            }
            Values::Text(texts) => Arc::new(texts.finish(nulls)),
        }
    }
}
