//! Rules by path, found anew for every value.

use super::text::value_json;
use crate::options::CaseOptions;
use serde_json::Value;
use sha2::{Digest, Sha256};
use transmog_events::{JsonPath, Step};

/// The rules of a case.
pub(crate) struct Rules {
    rules: Vec<Rule>,
    mask_key: Vec<u8>,
    exact: bool,
}

/// A rule.
pub(crate) struct Rule {
    kind: String,
    path: JsonPath,
    /// What is behind the last `=`.
    pub(crate) argument: String,
}

/// Whether values are selected.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Selected {
    Yes,
    /// What is in them may be.
    OnTheWay,
    No,
}

impl Rules {
    /// Those of `rules` in the printed form, as in `rename $.a=b`.
    pub(crate) fn of(options: &CaseOptions) -> Self {
        let rule = |text: &String| {
            let (kind, rest) = text.split_once(' ')?;
            let (path, argument) = match kind {
                "rename" | "type" | "mask" => rest.rsplit_once('=')?,
                _ => (rest, ""),
            };
            Some(Rule {
                kind: kind.to_owned(),
                path: path.parse().ok()?,
                argument: argument.to_owned(),
            })
        };
        let mut texts: Vec<&String> = Vec::new();
        for text in &options.rules {
            if !texts.contains(&text) {
                texts.push(text);
            }
        }
        Self {
            // A wrong rule is an error of its case.
            rules: texts.into_iter().filter_map(rule).collect(),
            mask_key: options.mask_key.clone().unwrap_or_default().into_bytes(),
            exact: options.exact_numbers,
        }
    }

    fn all(&self, kind: &'static str) -> impl Iterator<Item = &Rule> {
        self.rules.iter().filter(move |rule| rule.kind == kind)
    }

    /// The rule of a kind for a path. A name goes before `.*`, the first step before the next.
    pub(crate) fn find(&self, kind: &'static str, path: &JsonPath) -> Option<&Rule> {
        let fitting = self.all(kind).filter(|rule| fits(&rule.path, path.steps()));
        fitting.max_by_key(|rule| {
            let steps = rule.path.steps().iter();
            steps.map(|step| *step != Step::Members).collect::<Vec<_>>()
        })
    }

    pub(crate) fn is(&self, kind: &'static str, path: &JsonPath) -> bool {
        self.find(kind, path).is_some()
    }

    /// Whether values are kept as JSON text.
    pub(crate) fn keeps_json(&self, path: &JsonPath) -> bool {
        let of_type = self.find("type", path);
        self.is("json", path) || of_type.is_some_and(|rule| rule.argument == "json")
    }

    pub(crate) fn selected(&self, path: &JsonPath) -> Selected {
        let steps = path.steps();
        let is_within = |rule: &Rule| (0..=steps.len()).any(|end| fits(&rule.path, &steps[..end]));
        let leads = |rule: &Rule| {
            let rule = rule.path.steps();
            rule.len() > steps.len() && all_fit(&rule[..steps.len()], steps)
        };
        match () {
            () if self.all("select").next().is_none() => Selected::Yes,
            () if self.all("select").any(is_within) => Selected::Yes,
            () if self.all("select").any(leads) => Selected::OnTheWay,
            () => Selected::No,
        }
    }

    /// The path at which a value is counted that is left out with all that is in it.
    pub(crate) fn left_out(&self, path: &JsonPath) -> Option<JsonPath> {
        let drop = self.find("drop", path);
        if drop.is_none() && self.selected(path) != Selected::No {
            return None;
        }
        let is_named = drop.is_some_and(|rule| rule.path.steps().last() != Some(&Step::Members));
        Some(match path.steps().last() {
            Some(Step::Member(_)) if !is_named => path.parent().members(),
            _ => path.clone(),
        })
    }

    /// The new names, in order.
    pub(crate) fn renames(&self) -> impl Iterator<Item = (&JsonPath, &String)> {
        self.all("rename").map(|rule| (&rule.path, &rule.argument))
    }

    /// The name that a rule gives to what is at a path.
    pub(crate) fn renamed(&self, path: &JsonPath) -> Option<&String> {
        let mut renames = self.renames();
        renames.find_map(|(renamed, name)| (renamed == path).then_some(name))
    }

    /// The paths of carried values, in order.
    pub(crate) fn carried(&self) -> impl Iterator<Item = &JsonPath> {
        self.all("carry").map(|rule| &rule.path)
    }

    /// What a mask makes of a value that is not null.
    pub(crate) fn masked(&self, how: &Rule, value: &Value) -> Value {
        let text = match value {
            Value::String(text) => text.clone(),
            other => value_json(other, false, self.exact),
        };
        match how.argument.as_str() {
            "hmac" => hmac(&self.mask_key, text.as_bytes()).into(),
            "redact" => "***".into(),
            _ => Value::Null,
        }
    }

    /// A value of which ids are made: with what is masked in it.
    pub(crate) fn content(&self, value: &Value, path: &JsonPath) -> Value {
        match (self.find("mask", path), value) {
            (_, Value::Null) => Value::Null,
            (Some(how), value) => self.masked(how, value),
            (None, Value::Array(items)) => {
                let path = path.elements();
                items.iter().map(|item| self.content(item, &path)).collect()
            }
            (None, Value::Object(members)) => {
                let is_map = self.is("map", path);
                let member = |(key, value): (&String, &Value)| {
                    let path = match is_map {
                        true => path.members(),
                        false => path.member(key.as_str()),
                    };
                    (key.clone(), self.content(value, &path))
                };
                Value::Object(members.iter().map(member).collect())
            }
            (None, scalar) => scalar.clone(),
        }
    }
}

fn fits(rule: &JsonPath, path: &[Step]) -> bool {
    rule.steps().len() == path.len() && all_fit(rule.steps(), path)
}

fn all_fit(rule: &[Step], path: &[Step]) -> bool {
    let fits = |(rule, step): (&Step, &Step)| match (rule, step) {
        (Step::Members, Step::Member(_)) => true,
        (rule, step) => rule == step,
    };
    rule.iter().zip(path).all(fits)
}

/// HMAC-SHA-256 as RFC 2104 defines it, in hexadecimal digits.
fn hmac(key: &[u8], text: &[u8]) -> String {
    let mut block = match key.len() {
        0..=64 => key.to_vec(),
        _ => Sha256::digest(key).to_vec(),
    };
    block.resize(64, 0);
    let hash = |pad: u8, text: &[u8]| {
        let padded = block.iter().map(|byte| byte ^ pad).collect::<Vec<_>>();
        Sha256::digest([padded.as_slice(), text].concat())
    };
    let hash = hash(0x5c, &hash(0x36, text));
    hash.iter().map(|byte| format!("{byte:02x}")).collect()
}
