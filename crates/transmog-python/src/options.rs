//! Keyword arguments to a configuration.

use crate::{
    arguments::{flag, get, named, optional_text, text, whole},
    error::{UnsupportedFormatError, wrong},
    schema::Schema,
};
use pyo3::{
    prelude::*,
    types::{PyBool, PyDict, PyFloat, PyString},
};
use std::sync::Arc;
use transmog::{
    DetectType, FormatOptions, IdGeneration, IfExists, Layout, LossKind, MaxErrors, Output,
    OutputFormat, StoreOptions, Stores, TransmogConfig,
};

/// One ASCII character.
fn character(name: &str, value: &Bound<'_, PyAny>) -> PyResult<u8> {
    match text(name, value)?.as_bytes() {
        [byte] => Ok(*byte),
        _ => Err(wrong(format!("{name}: expected one ASCII character"))),
    }
}

fn id_generation(value: &Bound<'_, PyAny>) -> PyResult<IdGeneration> {
    if value.is_instance_of::<PyString>() {
        return match &*text("id_generation", value)? {
            "random" => Ok(IdGeneration::Random),
            "hash" => Ok(IdGeneration::Hash),
            "natural" => Ok(IdGeneration::Natural),
            "sequence" => Ok(IdGeneration::Sequence),
            other => Err(wrong(format!(
                "id_generation: expected random, sequence, natural, hash or a list of fields, found {other:?}"
            ))),
        };
    }
    get("id_generation", "a string or a list of strings", value).map(IdGeneration::Fields)
}

/// A number from 0 to 2^64 - 1, or `None`.
fn seed(value: &Bound<'_, PyAny>) -> PyResult<Option<u64>> {
    get("seed", "an integer from 0 to 2**64 - 1, or None", value)
}

fn max_errors(value: &Bound<'_, PyAny>) -> PyResult<Option<MaxErrors>> {
    const NAME: &str = "max_errors";
    if value.is_none() {
        return Ok(None);
    }
    if value.is_instance_of::<PyString>() {
        return named(NAME, value).map(Some);
    }
    if value.is_instance_of::<PyFloat>() {
        let share: f64 = get(NAME, "a share", value)?;
        return match (0.0..=1.0).contains(&share) {
            true => Ok(Some(MaxErrors::Share(share))),
            false => Err(wrong("max_errors: expected a share between 0.0 and 1.0")),
        };
    }
    let count = whole(NAME, value)?;
    Ok(Some(MaxErrors::Count(count as u64)))
}

fn strict(value: &Bound<'_, PyAny>) -> PyResult<Vec<LossKind>> {
    if value.is_instance_of::<PyBool>() {
        return Ok(match flag("strict", value)? {
            true => LossKind::all_strict(),
            false => Vec::new(),
        });
    }
    let kinds: Vec<String> = get("strict", "True, False or a list of kinds", value)?;
    let kinds = kinds.iter().map(|kind| kind.parse());
    let kinds: Result<_, _> = kinds.collect();
    kinds.map_err(|e| wrong(format!("strict: {e}")))
}

fn detect_types(value: &Bound<'_, PyAny>) -> PyResult<Vec<DetectType>> {
    const NAME: &str = "detect_types";
    if value.is_none() {
        return Ok(Vec::new());
    }
    if value.is_instance_of::<PyBool>() {
        return Ok(match flag(NAME, value)? {
            true => DetectType::ALL.to_vec(),
            false => Vec::new(),
        });
    }
    let types: Vec<String> = get(NAME, "True, False or a list of types", value)?;
    let types: Result<_, _> = types.iter().map(|of| of.parse()).collect();
    types.map_err(|e| wrong(format!("{NAME}: {e}")))
}

/// Takes the options of a configuration from `keywords`, and leaves the others.
pub(crate) fn config(name: &str, keywords: &Bound<'_, PyDict>) -> PyResult<TransmogConfig> {
    let mut config = TransmogConfig::default().with_name(name);
    for (key, value) in keywords.copy()?.iter() {
        let key: String = key.extract()?;
        let (k, v) = (&*key, &value);
        config = match k {
            "array_mode" => config.with_array_mode(named(k, v)?),
            "include_nulls" => config.with_include_nulls(flag(k, v)?),
            "stringify_values" => config.with_stringify_values(flag(k, v)?),
            "numbers" => config.with_numbers(named(k, v)?),
            "detect_types" => config.with_detect_types(detect_types(v)?),
            "max_depth" => config.with_max_depth(whole(k, v)?),
            "id_generation" => config.with_id_generation(id_generation(v)?),
            "seed" => config.with_seed(seed(v)?),
            "id_type" => config.with_id_type(named(k, v)?),
            "id_field" => config.with_id_field(text(k, v)?),
            "key_field" => config.with_key_field(text(k, v)?),
            "parent_field" => config.with_parent_field(text(k, v)?),
            "time_field" => config.with_time_field(optional_text(k, v)?),
            "root_field" => config.with_root_field(optional_text(k, v)?),
            "source_field" => config.with_source_field(optional_text(k, v)?),
            "line_field" => config.with_line_field(optional_text(k, v)?),
            "byte_field" => config.with_byte_field(optional_text(k, v)?),
            "index_field" => config.with_index_field(optional_text(k, v)?),
            "callback_size" => config.with_batch_size(whole(k, v)?),
            "names" => config.with_names(named(k, v)?),
            "separator" => config.with_separator(text(k, v)?),
            "records_path" => config.with_records_path(optional_text(k, v)?),
            "lenient" => {
                let kinds: Vec<String> = get(k, "a list of kinds", v)?;
                let kinds: Result<_, _> = kinds.iter().map(|kind| kind.parse()).collect();
                config.with_lenient(kinds.map_err(|e| wrong(format!("lenient: {e}")))?)
            }
            "encoding" if v.is_none() => config,
            "encoding" => config.with_encoding(Some(named(k, v)?)),
            "memory_limit" => config.with_memory_limit(whole(k, v)?),
            "max_columns" => config.with_max_columns(whole(k, v)?),
            "max_tables" => config.with_max_tables(whole(k, v)?),
            "max_record_bytes" => config.with_max_record_bytes(whole(k, v)?),
            "on_error" => config.with_on_error(named(k, v)?),
            "max_errors" => config.with_max_errors(max_errors(v)?),
            "allow_empty" => config.with_allow_empty(flag(k, v)?),
            "on_drift" => config.with_on_drift(named(k, v)?),
            "strict" => config.with_strict(strict(v)?),
            "threads" if v.is_none() => config,
            "threads" => config.with_threads(whole(k, v)?),
            "schema" if v.is_none() => config,
            "schema" => {
                let schema: PyRef<'_, Schema> = get(k, "a Schema", v)?;
                config.with_schema(Some(Arc::new(schema.inner())))
            }
            _ => continue,
        };
        keywords.del_item(&key)?;
    }
    Ok(config)
}

/// Takes the option `recursive` of the input.
pub(crate) fn recursive(keywords: &Bound<'_, PyDict>) -> PyResult<bool> {
    const NAME: &str = "recursive";
    let Some(value) = keywords.get_item(NAME)? else {
        return Ok(false);
    };
    keywords.del_item(NAME)?;
    flag(NAME, &value)
}

/// Takes the option `storage_options` of the input: the options of stores, by name.
pub(crate) fn stores(keywords: &Bound<'_, PyDict>) -> PyResult<Stores> {
    const NAME: &str = "storage_options";
    let mut options = StoreOptions::default();
    if let Some(given) = keywords.get_item(NAME)? {
        keywords.del_item(NAME)?;
        if !given.is_none() {
            let given: Bound<'_, PyDict> = get(NAME, "a dict of strings", &given)?;
            for (key, value) in given.iter() {
                let key: String = get(NAME, "a dict of strings", &key)?;
                let value: String = get(NAME, "a dict of strings", &value)?;
                options = options.with(&key, &value);
            }
        }
    }
    Ok(Stores::new(options))
}

/// The format and its options, from the remaining keywords.
pub(crate) fn output(format: &str, keywords: &Bound<'_, PyDict>) -> PyResult<Output> {
    let format = format.parse::<OutputFormat>();
    let format = format.map_err(|e| UnsupportedFormatError::new_err(e.to_string()))?;
    let mut options = FormatOptions::default();
    let mut if_exists = IfExists::default();
    let mut layout = Layout::default();
    for (key, value) in keywords.iter() {
        let key: String = key.extract()?;
        let (k, v) = (&*key, &value);
        match k {
            "compression" | "codec" => {
                let none = if format == OutputFormat::Avro {
                    "null"
                } else {
                    "none"
                };
                let name = optional_text(k, v)?;
                options.compression = Some(name.unwrap_or_else(|| none.to_owned()));
            }
            "encodings" => options.encodings = Some(text(k, v)?),
            "row_group_size" => options.row_group_size = Some(whole(k, v)?),
            "batch_size" => options.batch_size = Some(whole(k, v)?),
            "sync_interval" => options.sync_interval = Some(whole(k, v)?),
            "delimiter" => options.delimiter = Some(character(k, v)?),
            "quotechar" => options.quotechar = Some(character(k, v)?),
            "include_header" => options.include_header = Some(flag(k, v)?),
            "formula_guard" => options.formula_guard = Some(flag(k, v)?),
            "if_exists" => if_exists = named(k, v)?,
            "layout" => layout = named(k, v)?,
            // The Python library drops late columns or fails; here they are in the file.
            "schema_drift" if format == OutputFormat::Csv => match &*text(k, v)? {
                "strict" | "drop" => {}
                other => {
                    return Err(wrong(format!(
                        "schema_drift: expected strict or drop, found {other:?}"
                    )));
                }
            },
            _ => return Err(unknown(k)),
        }
    }
    let output = Output::with_options(format, &options).map_err(wrong)?;
    Ok(output.with_if_exists(if_exists).with_layout(layout))
}

/// An error if keywords are left.
pub(crate) fn refuse(keywords: &Bound<'_, PyDict>) -> PyResult<()> {
    match keywords.keys().iter().next() {
        Some(key) => Err(unknown(&key.extract::<String>()?)),
        None => Ok(()),
    }
}

fn unknown(key: &str) -> PyErr {
    wrong(format!("this function has no option `{key}`"))
}
