//! The types of columns in a database, and how values of a file become them.

use super::dialect::Dialect;
use transmog_events::DECIMAL_DIGITS;
use transmog_model::{
    ColumnSummary, ColumnType, ScalarType, Separator, TimestampType, TimestampUnit, Zone,
};

/// The largest offset from UTC that PostgreSQL reads: 15:59.
const POSTGRES_OFFSET_MINUTES: u16 = 16 * 60 - 1;

/// The type that a column of the system has: that of the values if the system has it, whether the
/// file has it or text.
pub(super) fn held(column: &ColumnSummary, dialect: Dialect) -> ColumnType {
    match (column.values(), dialect) {
        (_, Dialect::Sqlite) => column.column_type,
        (values, _) if column.value_type.is_none() => values,
        (ColumnType::Scalar(scalar), _) => ColumnType::Scalar(held_scalar(scalar, dialect)),
        (ColumnType::List(element), _) => ColumnType::List(held_scalar(element, dialect)),
    }
}

fn held_scalar(scalar: ScalarType, dialect: Dialect) -> ScalarType {
    match scalar {
        ScalarType::Timestamp(of) if !has_timestamps(dialect, of) => ScalarType::Text,
        other => other,
    }
}

/// Whether the system keeps such timestamps exactly, and reads their text.
fn has_timestamps(dialect: Dialect, of: TimestampType) -> bool {
    let is_micro = of.unit == TimestampUnit::Microsecond;
    match (dialect, of.zone) {
        (Dialect::Postgres, Zone::Offset { minutes, .. }) => {
            is_micro && minutes <= POSTGRES_OFFSET_MINUTES
        }
        (Dialect::DuckDb, Zone::Local) => true,
        _ => is_micro,
    }
}

/// An error if the values of a file that has their type would lose something in the system.
pub(super) fn check(column: &ColumnSummary, dialect: Dialect) -> Result<(), String> {
    match held(column, dialect).scalar() {
        ScalarType::Timestamp(of) if !has_timestamps(dialect, of) => Err(format!(
            "{dialect} has no type for the timestamps of the column `{}`, which are instants in \
             nanoseconds; write CSV, whose text is loaded as text",
            column.name
        )),
        _ => Ok(()),
    }
}

/// The name of a type.
pub(super) fn type_name(column_type: ColumnType, dialect: Dialect) -> String {
    match column_type {
        ColumnType::Scalar(scalar) => scalar_name(scalar, dialect),
        ColumnType::List(element) => format!("{}[]", scalar_name(element, dialect)),
    }
}

fn scalar_name(scalar: ScalarType, dialect: Dialect) -> String {
    use Dialect::{DuckDb, Postgres, Sqlite};
    use ScalarType::{Boolean, Date, Decimal, Float64, Int64, Json, Null, Text, Timestamp, Uuid};
    let name = match (scalar, dialect) {
        (Boolean | Int64, Sqlite) => "INTEGER",
        (Boolean, _) => "BOOLEAN",
        (Int64, _) => "BIGINT",
        (Float64, Sqlite) => "REAL",
        (Float64, Postgres) => "DOUBLE PRECISION",
        (Float64, DuckDb) => "DOUBLE",
        // Text keeps all digits, and dates in the order of time.
        (_, Sqlite) => "TEXT",
        (Decimal(scale), _) => return format!("NUMERIC({DECIMAL_DIGITS},{scale})"),
        (Text | Null, Postgres) => "TEXT",
        (Text | Null, DuckDb) => "VARCHAR",
        (Json, Postgres) => "JSONB",
        (Json, DuckDb) => "JSON",
        (Date, _) => "DATE",
        (Uuid(_), _) => "UUID",
        (Timestamp(of), _) if of.zone.is_utc() => "TIMESTAMPTZ",
        (Timestamp(of), DuckDb) if of.unit == TimestampUnit::Nanosecond => "TIMESTAMP_NS",
        (Timestamp(_), _) => "TIMESTAMP",
    };
    name.to_owned()
}

/// The expression that makes a value of the column's type from the `text` of the file; `None` where
/// the system loads the text as it is.
pub(super) fn conversion(column: &ColumnSummary, text: &str, dialect: Dialect) -> Option<String> {
    let held = held(column, dialect);
    column.value_type?;
    let to = type_name(held, dialect);
    match (held, dialect) {
        (ColumnType::List(element), Dialect::Postgres) => {
            let element = scalar_name(element, dialect);
            Some(format!(
                "CASE WHEN {text} IS NOT NULL THEN ARRAY(SELECT e::{element} FROM \
                 json_array_elements_text({text}::json) WITH ORDINALITY AS list (e, n) ORDER BY n) END"
            ))
        }
        // JSON would read numbers as floats.
        (ColumnType::List(element), Dialect::DuckDb) if !element.is_string() => {
            Some(format!("CAST({text} AS {to})"))
        }
        (ColumnType::List(element), Dialect::DuckDb) => {
            let text = upper_case(element, text).unwrap_or_else(|| text.to_owned());
            let texts = format!("CAST(CAST({text} AS JSON) AS VARCHAR[])");
            Some(match element {
                ScalarType::Text => texts,
                _ => format!("CAST({texts} AS {to})"),
            })
        }
        (ColumnType::Scalar(scalar), Dialect::DuckDb) => {
            upper_case(scalar, text).map(|text| format!("CAST({text} AS {to})"))
        }
        _ => None,
    }
}

/// Timestamps with the letters that DuckDB reads, if they have others.
fn upper_case(scalar: ScalarType, text: &str) -> Option<String> {
    match scalar {
        ScalarType::Timestamp(of) if of.separator == Separator::Lower || of.zone == Zone::Lower => {
            Some(format!("replace(replace({text}, 't', 'T'), 'z', 'Z')"))
        }
        _ => None,
    }
}
