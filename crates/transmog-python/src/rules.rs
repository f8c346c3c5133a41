//! Keyword arguments to rules by path, and whether maps are found.

use crate::{arguments::get, error::wrong};
use pyo3::{
    prelude::*,
    types::{PyDict, PyString},
};
use transmog::{Action, OnMismatch, PathPattern, Rule};

/// The keyword that says what becomes of values that are not of the type of their rule.
const ON_MISMATCH: &str = "on_mismatch";
/// The keyword that says whether maps are found.
const MAPS: &str = "maps";

/// Takes the rules from `keywords`, and leaves the others.
pub(crate) fn rules(keywords: &Bound<'_, PyDict>) -> PyResult<Vec<Rule>> {
    let on_mismatch = match take(keywords, ON_MISMATCH)? {
        Some(value) => crate::arguments::named(ON_MISMATCH, &value)?,
        None => OnMismatch::default(),
    };
    let mut rules = Vec::new();
    for name in Action::NAMES {
        let Some(value) = take(keywords, name)? else {
            continue;
        };
        for text in match matches!(name, "rename" | "type" | "mask") {
            true => with_arguments(name, &value)?,
            false => paths(name, &value)?,
        } {
            let rule = Rule::parse(name, &text);
            let rule = rule.map_err(|error| wrong(format!("rule {error}")))?;
            rules.push(rule.on_mismatch(on_mismatch));
        }
    }
    Ok(rules)
}

/// Takes whether maps are found, if it is given.
pub(crate) fn finds_maps(keywords: &Bound<'_, PyDict>) -> PyResult<Option<bool>> {
    let Some(value) = take(keywords, MAPS)? else {
        return Ok(None);
    };
    match &*get::<String>(MAPS, "auto, off or None", &value)? {
        "auto" => Ok(Some(true)),
        "off" => Ok(Some(false)),
        other => Err(wrong(format!(
            "maps: expected auto or off, found {other:?}"
        ))),
    }
}

/// Takes the value of a keyword; `None` is no value.
fn take<'py>(keywords: &Bound<'py, PyDict>, name: &str) -> PyResult<Option<Bound<'py, PyAny>>> {
    let Some(value) = keywords.get_item(name)? else {
        return Ok(None);
    };
    keywords.del_item(name)?;
    Ok((!value.is_none()).then_some(value))
}

/// A path or a list of paths.
fn paths(name: &str, value: &Bound<'_, PyAny>) -> PyResult<Vec<String>> {
    match value.is_instance_of::<PyString>() {
        true => get(name, "a path", value).map(|path| vec![path]),
        false => get(name, "a path or a list of paths", value),
    }
}

/// The paths of a dict, each with `=` and its argument.
fn with_arguments(name: &str, value: &Bound<'_, PyAny>) -> PyResult<Vec<String>> {
    let argument = match name {
        "rename" => "a name",
        "type" => "a type",
        _ => "hmac, null or redact",
    };
    let expected = format!("a dict of a path to {argument}");
    let Ok(arguments) = value.cast::<PyDict>() else {
        return Err(crate::arguments::unlike(name, &expected, value));
    };
    let arguments = arguments.iter().map(|(path, value)| {
        let path: String = get(name, &expected, &path)?;
        let parsed = path.parse::<PathPattern>();
        parsed.map_err(|error| wrong(format!("rule {name} {path}: {error}")))?;
        let argument: String = get(&format!("{name} {path}"), argument, &value)?;
        Ok(format!("{path}={argument}"))
    });
    arguments.collect()
}
