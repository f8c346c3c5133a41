//! The rules of a run: checked before any input, followed by the workers, and what did nothing.

use crate::{
    config::TransmogConfig,
    error::{Error, Result},
};
use transmog_events::{JsonPath, RecordSink, Rejection};
use transmog_flatten::{Action, Flattener, GivenNames, MaskKey, Rule, RuleError, Rules};
use transmog_reader::{Document, parse_document};

/// The environment variable with the key of rules that mask values (`hmac`).
pub const MASK_KEY: &str = "TRANSMOG_MASK_KEY";

impl TransmogConfig {
    /// The rules, checked.
    pub(crate) fn checked_rules(&self) -> Result<Rules> {
        let wrong = |error: RuleError| Error::config(format!("rule {error}"));
        let rules = Rules::new(self.all_rules()).map_err(wrong)?;
        if !rules.need_mask_key() {
            return Ok(rules);
        }
        let from_environment = || MaskKey::new(std::env::var_os(MASK_KEY)?.as_encoded_bytes());
        match self.mask_key.clone().or_else(from_environment) {
            Some(key) => Ok(rules.with_mask_key(key)),
            None => Err(Error::config(format!(
                "mask = hmac: expected the key in the environment variable {MASK_KEY}, which is not \
                 set or empty"
            ))),
        }
    }

    /// Checks the rules against the other options.
    pub(crate) fn check_rules(&self) -> Result<()> {
        let wrong = |error: RuleError| Error::config(format!("rule {error}"));
        let rules = self.checked_rules()?;
        let checked = rules.check(
            self.array_mode,
            self.max_depth,
            &self.id_generation,
            &self.id_field,
        );
        checked.map_err(wrong)?;
        if let Some(schema) = &self.schema {
            schema.check_renames(self.names)?;
        }
        self.naming().check_given().map_err(wrong)
    }

    /// The rules of the options, then those of the schema.
    pub(crate) fn all_rules(&self) -> Vec<Rule> {
        let of_schema = self.schema.iter().flat_map(|schema| &schema.rules);
        self.rules.iter().chain(of_schema).cloned().collect()
    }

    /// The names that are given: by the rules of the options, by the tables of the schema, by its
    /// rules.
    pub(crate) fn given_names(&self) -> GivenNames {
        let by_rules = |given: GivenNames, rules: &[Rule]| {
            let renames = rules.iter().filter_map(Rule::renamed);
            renames.fold(given, |given, (path, name)| given.with_rule(&path, name))
        };
        let given = by_rules(GivenNames::default(), &self.rules);
        let Some(schema) = &self.schema else {
            return given;
        };
        let given = schema.tables.iter().fold(given, |given, table| {
            let given = match &table.name {
                Some(name) => given.with_table(&table.path, name),
                None => given,
            };
            table
                .columns
                .iter()
                .fold(given, |given, column| match &column.name {
                    Some(name) => given.with_column(&table.path, &column.path, name),
                    None => given,
                })
        });
        by_rules(given, &schema.rules)
    }

    pub(crate) fn has_maps(&self) -> bool {
        self.all_rules()
            .iter()
            .any(|rule| rule.action == Action::Map)
    }
}

/// Gives the events of the JSON in a string to the flattener; `false` if it is no JSON.
pub(crate) fn parse_text(
    text: &str,
    path: &JsonPath,
    flattener: &mut Flattener,
) -> std::result::Result<bool, Rejection> {
    let memory = flattener.record_memory();
    let mut document = Document::with_memory(memory);
    match parse_document(text.as_bytes(), &mut document) {
        Ok(end) if text[end..].trim_ascii().is_empty() => {}
        Err(error) if document.bytes() > memory => {
            return Err(Rejection::too_large(path.to_string(), error.message));
        }
        _ => return Ok(false),
    }
    document.replay(flattener)?;
    for ((remark, inside), count) in document.remarks() {
        let steps = inside.steps().iter();
        let path = steps.fold(path.clone(), |path, step| path.then(step.clone()));
        flattener.remark(*remark, &path, *count);
    }
    Ok(true)
}
