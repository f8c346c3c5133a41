//! Ids of rows.

use super::text::{number_text, value_json};
use crate::options::{CaseOptions, IdMode};
use serde_json::{Map, Value};
use transmog_events::JsonPath;
use uuid::Uuid;

const NAMESPACE: Uuid = Uuid::from_u128(0xa9b8_c7d6_e5f4_1234_abcd_0123_4567_89ab);

/// An id; `None` stands for a random one.
pub(crate) struct NewId {
    /// The id's text, unless it is random.
    pub(crate) text: Option<String>,
    /// The path, from the row's object, of the value that became the id.
    pub(crate) taken: Option<Vec<String>>,
}

impl NewId {
    fn generated(text: &str) -> Self {
        Self {
            text: Some(Uuid::new_v5(&NAMESPACE, text.as_bytes()).to_string()),
            taken: None,
        }
    }
}

/// The id of a record; `None` if the record must be rejected.
pub(crate) fn record_id(record: &Value, options: &CaseOptions) -> Option<NewId> {
    match &options.id {
        IdMode::Random => Some(NewId {
            text: None,
            taken: None,
        }),
        IdMode::Hash => Some(NewId::generated(&value_json(
            record,
            true,
            options.exact_numbers,
        ))),
        IdMode::Natural => natural(record, options),
        IdMode::Fields(fields) => {
            let values = fields.iter().map(|field| find(record, field));
            if values.clone().all(|value| value.is_none()) {
                return None;
            }
            let members = fields.iter().zip(values).map(|(field, value)| {
                let value = value.map_or(Value::Null, |(value, _)| value.clone());
                (field.clone(), value)
            });
            let object = Value::Object(members.collect::<Map<_, _>>());
            Some(NewId::generated(&value_json(
                &object,
                true,
                options.exact_numbers,
            )))
        }
    }
}

/// What tells a row from the others of its parent.
pub(crate) enum RowKey<'a> {
    /// Its position in the array.
    Index(usize),
    /// Its key in the object.
    Name(&'a str),
}

/// The id of an element of an extracted array, or of a member whose key is data.
pub(crate) fn element_id(
    element: &Value,
    parent: Option<&str>,
    array: &JsonPath,
    key: &RowKey<'_>,
    options: &CaseOptions,
) -> NewId {
    let Some(parent) = parent else {
        return NewId {
            text: None,
            taken: None,
        };
    };
    let own = (options.id == IdMode::Natural).then(|| natural(element, options));
    let key = match key {
        RowKey::Index(index) => index.to_string(),
        RowKey::Name(name) => (*name).to_owned(),
    };
    own.flatten()
        .unwrap_or_else(|| NewId::generated(&format!("{parent}\n{array}\n{key}")))
}

fn natural(object: &Value, options: &CaseOptions) -> Option<NewId> {
    let (value, path) = find(object, &options.id_field)?;
    let text = match value {
        Value::String(text) if !text.is_empty() => text.clone(),
        Value::Number(number) => number_text(&number.to_string(), options.exact_numbers),
        Value::Bool(flag) => flag.to_string(),
        _ => return None,
    };
    Some(NewId {
        text: Some(text),
        taken: Some(path),
    })
}

/// The value at a key, or at a path of keys joined by dots.
fn find<'a>(object: &'a Value, field: &str) -> Option<(&'a Value, Vec<String>)> {
    if let Some(value) = object.as_object()?.get(field) {
        return Some((value, vec![field.to_owned()]));
    }
    let keys: Vec<String> = field.split('.').map(str::to_owned).collect();
    let mut value = object;
    for key in &keys {
        value = value.as_object()?.get(key)?;
    }
    Some((value, keys))
}
