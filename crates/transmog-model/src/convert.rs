//! Carrying columns from the type they were collected in to their final type,
//! exactly.

use crate::{
    column_type::{ColumnType, ScalarType},
    forms::{
        Fraction, LetterCase, Separator, TimestampType, TimestampUnit, Zone, parse_date,
        parse_uuid, write_date, write_uuid,
    },
    observed::Observed,
};
use arrow::{
    array::{
        Array, ArrayRef, AsArray, Date32Array, Decimal128Array, FixedSizeBinaryBuilder,
        Float64Array, ListArray, ListBuilder, PrimitiveArray, StringArray, StringBuilder,
        new_null_array,
    },
    datatypes::{
        ArrowPrimitiveType, DataType, Date32Type, Decimal128Type, Float64Type, Int64Type, TimeUnit,
        TimestampMicrosecondType, TimestampNanosecondType,
    },
};
use std::sync::Arc;
use transmog_events::{Decimal, write_float, write_integer, write_json_string};

/// Converts a column collected as `seen` to `target`, which must be the type
/// of `seen` or one wider, or [`Observed::segment_type`] of it.
///
/// # Panics
/// When `target` does not hold what was seen: types come from
/// [`Observed::join`], which only widens.
///
/// # Examples
///
/// ```
/// use arrow::array::{ArrayRef, Int64Array, StringArray};
/// use std::sync::Arc;
/// use transmog_model::{ColumnType, Kind, Observed, convert};
///
/// let mut seen = Observed::default();
/// seen.add(Kind::Integer);
/// let column: ArrayRef = Arc::new(Int64Array::from(vec![Some(7), None]));
/// let expected: ArrayRef = Arc::new(StringArray::from(vec![Some("7"), None]));
/// assert_eq!(&convert(&column, &seen, ColumnType::TEXT), &expected);
/// ```
#[must_use]
pub fn convert(array: &ArrayRef, seen: &Observed, target: ColumnType) -> ArrayRef {
    if !seen.carries_lists_as_json() {
        return convert_typed(array, seen.column_type().scalar(), target);
    }
    match target {
        ColumnType::List(ScalarType::Text) => Arc::new(lists_from_json(array.as_string())),
        ColumnType::TEXT => Arc::clone(array),
        other => panic!("a list of mixed elements does not fit {other}"),
    }
}

/// Carries the cells of a file from the type they were written with to a wider
/// one, or from JSON text to lists of text. `stored` may hold text where the
/// format lacks the type, and so may the result.
///
/// # Panics
/// As [`convert`], and when text that becomes lists is not compact JSON arrays of primitives.
///
/// # Examples
///
/// ```
/// use arrow::array::{Array, ArrayRef, Int64Array, StringArray};
/// use std::sync::Arc;
/// use transmog_model::{ColumnType, ScalarType, text_array, widen};
///
/// let (int64, float64) = (ScalarType::Int64, ScalarType::Float64);
/// let column: ArrayRef = Arc::new(Int64Array::from(vec![7]));
/// let wider = widen(&column, ColumnType::Scalar(int64), ColumnType::Scalar(float64));
/// assert_eq!(wider.data_type(), &float64.arrow_type());
///
/// let column: ArrayRef = Arc::new(StringArray::from(vec![r#"[1,"1",null]"#]));
/// let lists = widen(&column, ColumnType::TEXT, ColumnType::List(ScalarType::Text));
/// assert_eq!(text_array(&lists).value(0), r#"["1","1",null]"#);
/// ```
#[must_use]
pub fn widen(stored: &ArrayRef, from: ColumnType, to: ColumnType) -> ArrayRef {
    const TEXTS: ColumnType = ColumnType::List(ScalarType::Text);
    if from == to {
        return Arc::clone(stored);
    }
    let is_text = *stored.data_type() == DataType::Utf8;
    match (from, to) {
        // A column of nulls was written as text.
        _ if stored.null_count() == stored.len() => new_null_array(&to.arrow_type(), stored.len()),
        (ColumnType::TEXT, TEXTS) => Arc::new(lists_from_json(stored.as_string())),
        (ColumnType::List(element), TEXTS) if is_text && !element.is_string() => {
            Arc::new(map_texts(stored.as_string(), quote_elements))
        }
        (TEXTS, ColumnType::List(_)) if !is_text => {
            let lists = stored.as_list::<i32>();
            let nulls = new_null_array(&DataType::Null, lists.values().len());
            Arc::new(with_elements(lists, from.scalar(), &nulls, to))
        }
        _ if is_text => Arc::clone(stored),
        _ => convert_typed(stored, from.scalar(), to),
    }
}

/// Converts cells, or elements of lists, that are of type `from`.
fn convert_typed(array: &ArrayRef, from: ScalarType, target: ColumnType) -> ArrayRef {
    let arrow_type = target.arrow_type();
    match (array.data_type(), target) {
        (from, _) if *from == arrow_type => Arc::clone(array),
        (DataType::Null, _) => new_null_array(&arrow_type, array.len()),
        (DataType::Int64, ColumnType::Scalar(ScalarType::Float64)) => {
            let values = array.as_primitive::<Int64Type>();
            Arc::new(values.unary::<_, Float64Type>(|v| v as f64)) as Arc<Float64Array>
        }
        (_, ColumnType::Scalar(ScalarType::Decimal(scale))) => {
            let numbers: Decimal128Array = decimals(array)
                .map(|number| number.map(|number| number.units(scale)))
                .collect();
            Arc::new(numbers.with_data_type(arrow_type))
        }
        (_, ColumnType::TEXT) => Arc::new(text_of(array, from)),
        (DataType::List(_), ColumnType::List(element)) => {
            let lists = array.as_list::<i32>();
            let values = convert_typed(lists.values(), from, ColumnType::Scalar(element));
            Arc::new(with_elements(lists, element, &values, target))
        }
        (DataType::Utf8, ColumnType::Scalar(scalar)) => from_texts(array.as_string(), scalar),
        (DataType::Timestamp(TimeUnit::Microsecond, _), _) => {
            let micros = array.as_primitive::<TimestampMicrosecondType>();
            let nanos: PrimitiveArray<TimestampNanosecondType> = micros.unary(|v| v * 1000);
            Arc::new(nanos.with_data_type(arrow_type))
        }
        (from, to) => panic!("{from} does not widen to {to}"),
    }
}

/// The values of texts that all have a form of the type.
fn from_texts(texts: &StringArray, scalar: ScalarType) -> ArrayRef {
    const FORM: &str = "the type was made of the forms of all texts";
    match scalar {
        ScalarType::Date => {
            let days = texts
                .iter()
                .map(|text| text.map(|text| parse_date(text).expect(FORM)));
            Arc::new(days.collect::<Date32Array>())
        }
        ScalarType::Timestamp(of) => match of.unit {
            TimestampUnit::Microsecond => times::<TimestampMicrosecondType>(texts, of),
            TimestampUnit::Nanosecond => times::<TimestampNanosecondType>(texts, of),
        },
        ScalarType::Uuid(_) => {
            let mut uuids = FixedSizeBinaryBuilder::with_capacity(texts.len(), 16);
            for text in texts {
                match text {
                    None => uuids.append_null(),
                    Some(text) => {
                        let (bytes, _) = parse_uuid(text).expect(FORM);
                        uuids.append_value(bytes).expect("16 bytes");
                    }
                }
            }
            Arc::new(uuids.finish())
        }
        other => panic!("text does not widen to {other}"),
    }
}

fn times<T: ArrowPrimitiveType<Native = i64>>(texts: &StringArray, of: TimestampType) -> ArrayRef {
    let times = texts.iter().map(|text| {
        text.map(|text| (of.parse(text)).expect("the type was made of the forms of all texts"))
    });
    let times: PrimitiveArray<T> = times.collect();
    Arc::new(times.with_data_type(ScalarType::Timestamp(of).arrow_type()))
}

/// The numbers of a column of numbers that decimals hold, null where there is none.
///
/// # Panics
/// When a number is none that decimals hold, or the column has no numbers.
///
/// # Examples
///
/// ```
/// use arrow::array::Float64Array;
/// use transmog_model::decimals;
///
/// let column = Float64Array::from(vec![Some(0.25), None]);
/// let units: Vec<_> = decimals(&column).map(|number| Some(number?.units(2))).collect();
/// assert_eq!(units, [Some(25), None]);
/// ```
pub fn decimals(array: &dyn Array) -> Box<dyn Iterator<Item = Option<Decimal>> + '_> {
    match array.data_type() {
        DataType::Int64 => {
            let numbers = array.as_primitive::<Int64Type>().iter();
            Box::new(numbers.map(|number| number.map(Decimal::from)))
        }
        DataType::Float64 => {
            let of_float = |float| Decimal::of_float(float).expect("a float of few digits");
            let numbers = array.as_primitive::<Float64Type>().iter();
            Box::new(numbers.map(move |number| number.map(of_float)))
        }
        DataType::Decimal128(_, scale) => {
            let scale = scale.unsigned_abs();
            let numbers = array.as_primitive::<Decimal128Type>().iter();
            Box::new(numbers.map(move |units| units.map(|units| Decimal::new(units, scale))))
        }
        other => panic!("{other} holds no decimals"),
    }
}

/// Every cell as text: strings verbatim, all else as JSON text; null stays
/// null. Timestamps become `YYYY-MM-DD HH:MM:SS.ffffff`, or nine `f`; see [`text_of`] for other forms.
///
/// # Panics
/// When the array's type is none that columns have.
///
/// # Examples
///
/// ```
/// use arrow::array::{Float64Array, StringArray};
/// use transmog_model::text_array;
///
/// let column = Float64Array::from(vec![Some(1e21), Some(2.0), None]);
/// assert_eq!(text_array(&column), StringArray::from(vec![Some("1e+21"), Some("2"), None]));
/// ```
#[must_use]
pub fn text_array(array: &dyn Array) -> StringArray {
    texts(array, None)
}

/// The same for values, or lists of values, of this type: each date, timestamp or UUID is the text that
/// it was made of.
///
/// # Panics
/// When the array's type is none that columns have.
///
/// # Examples
///
/// ```
/// use arrow::array::{StringArray, TimestampMicrosecondArray};
/// use transmog_model::{ScalarType, TimestampType, text_of};
///
/// let times = TimestampMicrosecondArray::from(vec![500_000]).with_timezone("UTC");
/// let texts = text_of(&times, ScalarType::Timestamp(TimestampType::INSTANT));
/// assert_eq!(texts, StringArray::from(vec!["1970-01-01T00:00:00.5Z"]));
/// ```
#[must_use]
pub fn text_of(array: &dyn Array, of: ScalarType) -> StringArray {
    texts(array, Some(of))
}

fn texts(array: &dyn Array, of: Option<ScalarType>) -> StringArray {
    if let Some(strings) = array.as_string_opt::<i32>() {
        return strings.clone();
    }
    let mut builder = StringBuilder::with_capacity(array.len(), array.len() * 8);
    let mut cell = Vec::new();
    for row in 0..array.len() {
        if array.is_null(row) || matches!(array.data_type(), DataType::Null) {
            builder.append_null();
        } else {
            cell.clear();
            write_at(&mut cell, array, row, of);
            // `write_at` appends UTF-8 only.
            builder.append_value(std::str::from_utf8(&cell).expect("cells are UTF-8"));
        }
    }
    builder.finish()
}

/// The column's strings, when it holds text.
///
/// # Examples
///
/// ```
/// use arrow::array::{BooleanArray, StringArray};
/// use transmog_model::strings;
///
/// assert_eq!(strings(&StringArray::from(vec!["a"])).map(|texts| texts.value(0)), Some("a"));
/// assert!(strings(&BooleanArray::from(vec![true])).is_none());
/// ```
#[must_use]
pub fn strings(array: &dyn Array) -> Option<&StringArray> {
    array.as_string_opt::<i32>()
}

/// Appends the text of one cell that is not null, as [`text_array`] has it. Rows count from 0.
///
/// # Panics
/// When the array's type is none that columns have, or it has no such row.
///
/// # Examples
///
/// ```
/// use arrow::array::BooleanArray;
/// use transmog_model::text_at;
///
/// let mut text = b"is ".to_vec();
/// text_at(&mut text, &BooleanArray::from(vec![true]), 0);
/// assert_eq!(text, b"is true");
/// ```
pub fn text_at(out: &mut Vec<u8>, array: &dyn Array, row: usize) {
    write_at(out, array, row, None);
}

/// Appends the text of a cell of this type, if that is known.
fn write_at(out: &mut Vec<u8>, array: &dyn Array, row: usize, of: Option<ScalarType>) {
    match array.data_type() {
        DataType::Utf8 => out.extend_from_slice(array.as_string::<i32>().value(row).as_bytes()),
        DataType::Int64 => write_integer(out, array.as_primitive::<Int64Type>().value(row)),
        DataType::Float64 => write_float(out, array.as_primitive::<Float64Type>().value(row)),
        DataType::Boolean => {
            let text: &[u8] = if array.as_boolean().value(row) {
                b"true"
            } else {
                b"false"
            };
            out.extend_from_slice(text);
        }
        DataType::Decimal128(_, scale) => {
            let units = array.as_primitive::<Decimal128Type>().value(row);
            Decimal::new(units, scale.unsigned_abs()).write(out);
        }
        DataType::Date32 => {
            write_date(out, array.as_primitive::<Date32Type>().value(row).into());
        }
        DataType::Timestamp(unit, zone) => {
            let value = match unit {
                TimeUnit::Nanosecond => array.as_primitive::<TimestampNanosecondType>().value(row),
                _ => array.as_primitive::<TimestampMicrosecondType>().value(row),
            };
            let form = match of {
                Some(ScalarType::Timestamp(form)) => form,
                _ => timestamp_type(unit, zone.is_some()),
            };
            form.write(out, value);
        }
        DataType::FixedSizeBinary(16) => {
            let case = match of {
                Some(ScalarType::Uuid(case)) => case,
                _ => LetterCase::Lower,
            };
            let bytes = array.as_fixed_size_binary().value(row);
            write_uuid(out, bytes.try_into().expect("16 bytes"), case);
        }
        DataType::List(_) => write_list(out, array.as_list(), row, of),
        other => panic!("no column has type {other}"),
    }
}

/// The type of timestamps of which nothing but their Arrow type is known.
fn timestamp_type(unit: &TimeUnit, is_utc: bool) -> TimestampType {
    let (unit, digits) = match unit {
        TimeUnit::Nanosecond => (TimestampUnit::Nanosecond, 9),
        _ => (TimestampUnit::Microsecond, 6),
    };
    TimestampType {
        unit,
        separator: Separator::Space,
        fraction: Fraction::Digits(digits),
        zone: if is_utc { Zone::Implied } else { Zone::Local },
    }
}

/// Appends the list of a row as compact JSON text. Rows count from 0; the list must not be
/// null.
///
/// # Panics
/// When the type of the elements is none that lists have, or there is no such row.
///
/// # Examples
///
/// ```
/// use arrow::{array::ListArray, datatypes::Int64Type};
/// use transmog_model::write_list_at;
///
/// let lists = ListArray::from_iter_primitive::<Int64Type, _, _>([Some([Some(1), None])]);
/// let mut text = Vec::new();
/// write_list_at(&mut text, &lists, 0);
/// assert_eq!(text, b"[1,null]");
/// ```
pub fn write_list_at(out: &mut Vec<u8>, lists: &ListArray, row: usize) {
    write_list(out, lists, row, None);
}

fn write_list(out: &mut Vec<u8>, lists: &ListArray, row: usize, of: Option<ScalarType>) {
    let elements = lists.values();
    let offsets = lists.value_offsets();
    let is_null = matches!(elements.data_type(), DataType::Null);
    let strings = elements.as_string_opt::<i32>();
    use DataType::{Date32, FixedSizeBinary, Timestamp};
    let are_texts = matches!(
        elements.data_type(),
        Date32 | FixedSizeBinary(_) | Timestamp(..)
    );
    out.push(b'[');
    for at in offsets[row] as usize..offsets[row + 1] as usize {
        if at > offsets[row] as usize {
            out.push(b',');
        }
        match strings {
            _ if is_null || elements.is_null(at) => out.extend_from_slice(b"null"),
            Some(strings) => write_json_string(out, strings.value(at)),
            None if are_texts => {
                // Nothing in them is escaped.
                out.push(b'"');
                write_at(out, elements, at, of);
                out.push(b'"');
            }
            None => write_at(out, elements, at, of),
        }
    }
    out.push(b']');
}

/// The lists with other elements of the type `from`, which widen to those of `target`.
fn with_elements(
    lists: &ListArray,
    from: ScalarType,
    values: &ArrayRef,
    target: ColumnType,
) -> ListArray {
    let ColumnType::List(element) = target else {
        panic!("{target} has no elements");
    };
    let values = convert_typed(values, from, ColumnType::Scalar(element));
    ListArray::new(
        element.element_field(),
        lists.offsets().clone(),
        values,
        lists.nulls().cloned(),
    )
}

/// Lists of text from compact JSON arrays of primitives, as `JsonText` writes them.
fn lists_from_json(cells: &StringArray) -> ListArray {
    let mut lists = ListBuilder::new(StringBuilder::new());
    for cell in cells {
        for element in cell.into_iter().flat_map(Elements::of) {
            if element == "null" {
                lists.values().append_null();
            } else if element.starts_with('"') {
                let text: String =
                    serde_json::from_str(element).expect("the text was written as JSON");
                lists.values().append_value(text);
            } else {
                lists.values().append_value(element);
            }
        }
        lists.append(cell.is_some());
    }
    lists.finish()
}

/// Appends a compact JSON array of primitives with each element a string, but
/// for the nulls.
///
/// # Panics
/// When `array` is not such an array: `[`, elements with a comma between two, and `]`.
///
/// # Examples
///
/// ```
/// use transmog_model::quote_elements;
///
/// let mut text = Vec::new();
/// quote_elements(&mut text, r#"[1,"a",null]"#);
/// assert_eq!(text, br#"["1","a",null]"#);
/// ```
pub fn quote_elements(out: &mut Vec<u8>, array: &str) {
    out.push(b'[');
    for (at, element) in Elements::of(array).enumerate() {
        if at > 0 {
            out.push(b',');
        }
        // Numbers and booleans need no escapes.
        let quote: &[u8] = match element == "null" || element.starts_with('"') {
            true => b"",
            false => b"\"",
        };
        out.extend_from_slice(quote);
        out.extend_from_slice(element.as_bytes());
        out.extend_from_slice(quote);
    }
    out.push(b']');
}

fn map_texts(cells: &StringArray, mut map: impl FnMut(&mut Vec<u8>, &str)) -> StringArray {
    let mut builder = StringBuilder::with_capacity(cells.len(), cells.value_data().len());
    let mut text = Vec::new();
    for cell in cells {
        text.clear();
        match cell {
            None => builder.append_null(),
            Some(cell) => {
                map(&mut text, cell);
                builder.append_value(std::str::from_utf8(&text).expect("JSON text is UTF-8"));
            }
        }
    }
    builder.finish()
}

/// The elements of a compact JSON array of primitives.
struct Elements<'a>(&'a str);

impl<'a> Elements<'a> {
    fn of(array: &'a str) -> Self {
        Self(&array[1..array.len() - 1])
    }
}

impl<'a> Iterator for Elements<'a> {
    type Item = &'a str;

    fn next(&mut self) -> Option<&'a str> {
        if self.0.is_empty() {
            return None;
        }
        let (element, rest) = self.0.split_at(element_end(self.0));
        self.0 = rest.strip_prefix(',').unwrap_or_default();
        Some(element)
    }
}

/// Length of the primitive at the start of `text`.
fn element_end(text: &str) -> usize {
    let bytes = text.as_bytes();
    if bytes[0] != b'"' {
        return bytes.iter().position(|b| *b == b',').unwrap_or(bytes.len());
    }
    let mut at = 1;
    while bytes[at] != b'"' {
        at += if bytes[at] == b'\\' { 2 } else { 1 };
    }
    at + 1
}
