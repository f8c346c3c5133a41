//! Reads whole inputs with `serde_json`.

use crate::options::CaseOptions;
use serde_json::Value;

/// The records of an input in plain JSON. If `on_error` is not `fail`, an input that does not parse
/// is read line by line, without bad lines and the brackets and commas of an array.
///
/// # Errors
/// When transmog must not accept the input.
pub fn read(input: &[u8], options: &CaseOptions) -> Result<Vec<Value>, String> {
    let input = input.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(input);
    let lenient = options.on_error != "fail";
    let values: Result<Vec<Value>, _> = serde_json::Deserializer::from_slice(input)
        .into_iter()
        .collect();
    let values = match values {
        Ok(values) => values,
        Err(_) if lenient => input
            .split(|byte| *byte == b'\n')
            .filter_map(|line| {
                let line = line.trim_ascii();
                let line = line.strip_suffix(b",").unwrap_or(line);
                let element = line.strip_prefix(b"[").unwrap_or(line);
                let value = serde_json::from_slice(line);
                value.or_else(|_| serde_json::from_slice(element)).ok()
            })
            .collect(),
        Err(error) => return Err(error.to_string()),
    };
    let mut records = Vec::new();
    for value in values {
        let value = match &options.records_path {
            Some(pointer) => match value.pointer(pointer) {
                Some(found @ Value::Array(_)) => found.clone(),
                _ => return Err(format!("no array at {pointer}")),
            },
            None => value,
        };
        match value {
            Value::Array(items) => records.extend(items),
            other => records.push(other),
        }
    }
    if lenient {
        records.retain(Value::is_object);
    } else if let Some(at) = records.iter().position(|record| !record.is_object()) {
        return Err(format!("record {} is not an object", at + 1));
    }
    Ok(records)
}
