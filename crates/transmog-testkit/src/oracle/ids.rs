//! Ids of rows.

use super::{
    text::{column_text, is_rounded, number_text, value_json},
    types::Leaf,
};
use crate::options::{CaseOptions, IdMode};
use serde_json::{Map, Value};
use transmog_events::JsonPath;
use uuid::Uuid;

const NAMESPACE: Uuid = Uuid::from_u128(0xa9b8_c7d6_e5f4_1234_abcd_0123_4567_89ab);

/// An id.
pub(crate) struct NewId {
    /// The id, and its text; `None` if it is made from the number of the row.
    pub(crate) value: Option<(Leaf, String)>,
    /// The path, from the row's object, of the value that became the id.
    pub(crate) taken: Option<Vec<String>>,
}

impl NewId {
    fn generated(text: &str) -> Self {
        let id = Uuid::new_v5(&NAMESPACE, text.as_bytes()).to_string();
        Self {
            value: Some((Leaf::Text(id.clone()), id)),
            taken: None,
        }
    }
}

/// The id of a record; `None` if the record must be rejected.
pub(crate) fn record_id(record: &Value, options: &CaseOptions) -> Option<NewId> {
    match &options.id {
        IdMode::Random | IdMode::Sequence => Some(NewId {
            value: None,
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
            value: None,
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
    let leaf = match value {
        Value::String(text) if !text.is_empty() => Leaf::Text(text.clone()),
        Value::Number(number) => {
            let number = number.to_string();
            match options.exact_numbers || is_rounded(&number) {
                true => Leaf::Exact(number),
                false => Leaf::Number(number),
            }
        }
        Value::Bool(flag) => Leaf::Bool(*flag),
        _ => return None,
    };
    let text = match &leaf {
        Leaf::Exact(number) if options.stringify => number_text(number, options.exact_numbers),
        Leaf::Exact(number) => column_text(number, true),
        Leaf::Number(number) => column_text(number, false),
        Leaf::Text(text) => text.clone(),
        other => other.text(options.exact_numbers),
    };
    let leaf = match options.stringify {
        true => Leaf::Text(text.clone()),
        false => leaf,
    };
    Some(NewId {
        value: Some((leaf, text)),
        taken: Some(path),
    })
}

/// The random id of a row, from 1, under a seed.
pub(crate) fn seeded_id(seed: u64, table: &JsonPath, row: usize) -> String {
    let seed = Uuid::new_v5(&NAMESPACE, seed.to_string().as_bytes());
    let (high, low) = Uuid::new_v5(&seed, table.to_string().as_bytes()).as_u64_pair();
    // The outputs of two generators, SplitMix64 with other increments.
    let output = |start: u64, increment: u64| {
        let state = (0..row).fold(start, |state, _| state.wrapping_add(increment));
        let bits = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        bits ^ (bits >> 31)
    };
    let (high, low) = (
        output(high, 0x9e37_79b9_7f4a_7c15),
        output(low, 0xd1b5_4a32_d192_ed03),
    );
    let (high, low) = (high & !(0xf << 12) | 4 << 12, low & !(3 << 62) | 2 << 62);
    Uuid::from_u64_pair(high, low).to_string()
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
