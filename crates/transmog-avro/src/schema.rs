//! Table schemas as Avro schemas.

use arrow::datatypes::{Field, Schema};
use arrow_avro::schema::SCHEMA_METADATA_KEY;
use serde_json::{Value, json};
use std::collections::HashMap;
use transmog_events::DECIMAL_DIGITS;
use transmog_model::{ColumnType, ScalarType, TableSchema, TimestampUnit, legal_names};

/// The Arrow schema with legal names, the Avro schema in its metadata.
pub(crate) fn avro_schema(schema: &TableSchema) -> Schema {
    let arrow = schema.arrow_schema();
    let names = stored_names(schema);
    let fields: Vec<Field> = arrow
        .fields()
        .iter()
        .zip(&names)
        .map(|(field, name)| field.as_ref().clone().with_name(name))
        .collect();
    let avro_fields: Vec<Value> = schema
        .columns
        .iter()
        .zip(&fields)
        .map(|(column, field)| {
            let mut avro = json!({ "name": field.name() });
            for (key, value) in column.properties() {
                avro[key] = value.into();
            }
            if *field.name() != column.name {
                avro["doc"] = Value::from(column.name.as_str());
            }
            let plain = avro_type(column.column_type);
            if field.is_nullable() && plain != "null" {
                avro["type"] = json!(["null", plain]);
                avro["default"] = Value::Null;
            } else {
                avro["type"] = plain;
            }
            avro
        })
        .collect();
    let record = legal_name(&schema.name);
    let mut avro = json!({ "type": "record", "name": record });
    if record != schema.name {
        avro["doc"] = Value::from(schema.name.as_str());
    }
    for (key, value) in schema.properties.iter() {
        avro[key] = value.as_str().into();
    }
    avro["fields"] = Value::from(avro_fields);
    let metadata = HashMap::from([(SCHEMA_METADATA_KEY.to_owned(), avro.to_string())]);
    Schema::new_with_metadata(fields, metadata)
}

fn avro_type(column_type: ColumnType) -> Value {
    match column_type {
        ColumnType::Scalar(scalar) => scalar_type(scalar),
        ColumnType::List(ScalarType::Null) => json!({ "type": "array", "items": "null" }),
        ColumnType::List(element) => {
            json!({ "type": "array", "items": ["null", scalar_type(element)] })
        }
    }
}

fn scalar_type(scalar: ScalarType) -> Value {
    match scalar {
        ScalarType::Null => json!("null"),
        ScalarType::Boolean => json!("boolean"),
        ScalarType::Int64 => json!("long"),
        ScalarType::Float64 => json!("double"),
        ScalarType::Decimal(scale) => {
            json!({ "type": "bytes", "logicalType": "decimal", "precision": DECIMAL_DIGITS, "scale": scale })
        }
        ScalarType::Text | ScalarType::Json => json!("string"),
        ScalarType::Date => json!({ "type": "int", "logicalType": "date" }),
        ScalarType::Uuid(_) => json!({ "type": "string", "logicalType": "uuid" }),
        ScalarType::Timestamp(of) => {
            let logical = match (of.zone.is_utc(), of.unit) {
                (true, TimestampUnit::Microsecond) => "timestamp-micros",
                (true, TimestampUnit::Nanosecond) => "timestamp-nanos",
                (false, TimestampUnit::Microsecond) => "local-timestamp-micros",
                (false, TimestampUnit::Nanosecond) => "local-timestamp-nanos",
            };
            json!({ "type": "long", "logicalType": logical })
        }
    }
}

/// A legal name for every column.
pub(crate) fn stored_names(schema: &TableSchema) -> Vec<String> {
    legal_names(schema.columns.iter().map(|c| &*c.name), legal_name)
}

/// `name` with `_` for every character an Avro name cannot have.
fn legal_name(name: &str) -> String {
    let mut legal: String = name
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() { c } else { '_' })
        .collect();
    if legal.is_empty() || legal.starts_with(|c: char| c.is_ascii_digit()) {
        legal.insert(0, '_');
    }
    legal
}
