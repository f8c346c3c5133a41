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
        match &options.records_path {
            Some(path) => match records_at(&value, &steps(path), &options.key_field) {
                Ok(found) => records.extend(found),
                Err(_) if lenient => {}
                Err(error) => return Err(error),
            },
            None => match value {
                Value::Array(items) => records.extend(items),
                other => records.push(other),
            },
        }
    }
    if lenient {
        records.retain(Value::is_object);
    } else if let Some(at) = records.iter().position(|record| !record.is_object()) {
        return Err(format!("record {} is not an object", at + 1));
    }
    Ok(records)
}

/// The steps of a path of plain names, `[*]` and `.*`, or of a JSON Pointer.
fn steps(path: &str) -> Vec<String> {
    if path.starts_with('/') {
        let tokens = path.split('/').skip(1);
        return tokens
            .map(|it| it.replace("~1", "/").replace("~0", "~"))
            .collect();
    }
    let path = path.replace("[*]", ".[]");
    path.split('.').skip(1).map(str::to_owned).collect()
}

/// The records to which the steps lead, with the keys of those that are members.
fn records_at(value: &Value, steps: &[String], key_field: &str) -> Result<Vec<Value>, String> {
    let Some((step, rest)) = steps.split_first() else {
        return match value {
            Value::Array(items) => Ok(items.clone()),
            Value::Object(_) => Ok(vec![value.clone()]),
            other => Err(format!("{other} is no record")),
        };
    };
    let mut found = Vec::new();
    match (step.as_str(), value) {
        ("[]", Value::Array(items)) => {
            for item in items {
                found.extend(records_at(item, rest, key_field)?);
            }
        }
        ("*", Value::Object(members)) => {
            for (key, member) in members {
                let records = records_at(member, rest, key_field)?;
                let is_innermost = !rest.iter().any(|step| step == "*");
                for record in records {
                    found.push(match is_innermost {
                        true => with_key(record, key_field, key)?,
                        false => record,
                    });
                }
            }
        }
        (name, value) => {
            let member = match value {
                Value::Array(items) => name.parse().ok().and_then(|at: usize| items.get(at)),
                value => value.get(name),
            };
            let member = member.ok_or_else(|| format!("there is no {name}"))?;
            found = records_at(member, rest, key_field)?;
        }
    }
    Ok(found)
}

/// The record with its key as the first member.
fn with_key(record: Value, key_field: &str, key: &str) -> Result<Value, String> {
    let Value::Object(members) = record else {
        return Ok(record);
    };
    if members.contains_key(key_field) {
        return Err(format!("two members {key_field}"));
    }
    let first = std::iter::once((key_field.to_owned(), Value::from(key)));
    Ok(Value::Object(first.chain(members).collect()))
}
