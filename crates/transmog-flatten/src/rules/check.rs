//! The rules of a run, and what contradicts itself in them.

use super::{
    mask::{Mask, MaskKey},
    rule::{A_PATH, Action, Rule, RuleError},
    value_type::ValueType,
};
use crate::choices::{ArrayMode, IdGeneration};
use std::{
    collections::{BTreeSet, HashSet},
    sync::Arc,
};
use transmog_events::{JsonPath, PathPattern, PatternStep};

/// The rules of a run. Of two that fit a path, a name goes before `.*`.
///
/// # Examples
/// ```
/// use transmog_flatten::{Rule, Rules};
///
/// let drop = Rule::parse("drop", "$.internal")?;
/// let below = Rule::parse("type", "$.internal.id=int64")?;
/// assert_eq!(Rules::new(vec![drop.clone()])?.rules(), std::slice::from_ref(&drop));
/// let error = Rules::new(vec![drop, below]).expect_err("nothing is left to convert");
/// assert!(error.to_string().contains("drop $.internal"));
/// # Ok::<(), transmog_flatten::RuleError>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rules {
    pub(super) rules: Vec<Rule>,
    mask_key: Option<MaskKey>,
}

impl Rules {
    /// These rules.
    ///
    /// # Errors
    /// When two rules contradict each other, one has nothing to do because of another, or a path
    /// fits no rule of its kind.
    pub fn new(rules: Vec<Rule>) -> Result<Self, RuleError> {
        let mut kept: Vec<Rule> = Vec::with_capacity(rules.len());
        for rule in rules {
            rule.check()?;
            if !kept.contains(&rule) {
                kept.push(rule);
            }
        }
        for (at, rule) in kept.iter().enumerate() {
            for other in &kept[..at] {
                conflict(rule, other)?;
                nothing_left(rule, other)?;
                nothing_left(other, rule)?;
            }
        }
        let rules = Self {
            rules: kept,
            mask_key: None,
        };
        for rule in &rules.rules {
            rules.check_static(rule)?;
            rules.check_selected(rule)?;
        }
        Ok(rules)
    }

    /// The same with the key of [`Mask::Hmac`].
    #[must_use]
    pub fn with_mask_key(mut self, key: MaskKey) -> Self {
        self.mask_key = Some(key);
        self
    }

    /// The rules, in order.
    #[must_use]
    pub fn rules(&self) -> &[Rule] {
        &self.rules
    }

    /// Whether a rule masks values under a key.
    #[must_use]
    pub fn need_mask_key(&self) -> bool {
        let needs = |rule: &Rule| rule.action == Action::Mask(Mask::Hmac);
        self.rules.iter().any(needs)
    }

    /// What a mask makes of a value's text; `None` is null.
    pub(crate) fn masked(&self, mask: Mask, value: &[u8]) -> Option<String> {
        mask.of(value, self.mask_key.as_ref())
    }

    pub(super) fn has_selections(&self) -> bool {
        self.rules.iter().any(|rule| rule.action == Action::Select)
    }

    /// Whether a rule leaves values out.
    pub(crate) fn leave_out(&self) -> bool {
        let leaves = |rule: &Rule| matches!(rule.action, Action::Select | Action::Drop);
        self.rules.iter().any(leaves)
    }

    /// The paths of the values that are carried.
    pub(crate) fn carried(&self) -> Vec<JsonPath> {
        let rules = self.rules.iter();
        let rules = rules.filter(|rule| rule.action == Action::Carry);
        rules.map(Rule::static_path).collect()
    }

    /// The rules that did nothing in a run in which those of the numbers `applied` did something
    /// ([`TableSet::rules`](crate::TableSet::rules)), and there were columns and tables of these
    /// paths.
    #[must_use]
    pub fn without_effect(
        &self,
        applied: &BTreeSet<u32>,
        columns: &HashSet<JsonPath>,
        tables: &HashSet<JsonPath>,
    ) -> Vec<&Rule> {
        let has_effect = |(number, rule): (usize, &Rule)| match rule.action {
            Action::Rename(_) => {
                let path = rule.static_path();
                let rows = [path.clone(), path.elements(), path.members()];
                columns.contains(&path) || rows.iter().any(|rows| tables.contains(rows))
            }
            Action::Carry => columns.contains(&rule.static_path()),
            // The elements of a list are not looked at one by one.
            Action::Select if rule.path.steps().last() == Some(&PatternStep::Elements) => {
                let list = rule.static_path().parent();
                applied.contains(&(number as u32)) || columns.contains(&list)
            }
            _ => applied.contains(&(number as u32)),
        };
        let rules = self.rules.iter().enumerate();
        let rules = rules.filter(|(number, rule)| !has_effect((*number, rule)));
        rules.map(|(_, rule)| rule).collect()
    }

    /// Checks that the rules do something under these options.
    ///
    /// # Errors
    /// When an option keeps the values of a rule from ever being looked at.
    pub fn check(
        &self,
        array_mode: ArrayMode,
        max_depth: usize,
        ids: &IdGeneration,
        id_field: &str,
    ) -> Result<(), RuleError> {
        for rule in &self.rules {
            let steps = rule.path.steps();
            if steps.len() > max_depth {
                return Err(RuleError::new(format!(
                    "{rule}: expected a path of at most {max_depth} steps, because what is deeper is \
                     kept as JSON text (max_depth)"
                )));
            }
            if matches!(array_mode, ArrayMode::Inline | ArrayMode::Skip)
                && let Some(array) = self.array_without_rule(rule)
            {
                return Err(RuleError::new(format!(
                    "{rule}: array mode {array_mode} does not go into arrays; add the rule table {array}"
                )));
            }
            if matches!(ids, IdGeneration::Hash | IdGeneration::Fields(_))
                && let Some(text) = self.text_with_masks(rule)
            {
                return Err(RuleError::new(format!(
                    "{rule}: ids from content are made of the text before it is parsed ({text}), which has \
                     the value; mask the whole text, or choose other ids"
                )));
            }
            let Some(field) = dotted(steps) else {
                continue;
            };
            if *ids == IdGeneration::Natural
                && field == id_field
                && matches!(rule.action, Action::Rename(_))
            {
                return Err(RuleError::new(format!(
                    "{rule}: the column of natural ids has the name of its field; leave the rule out, or \
                     make other ids and rename the column of the values"
                )));
            }
            let makes_ids_equal = matches!(rule.action, Action::Mask(Mask::Null | Mask::Redact));
            let is_lost = match ids {
                IdGeneration::Natural => {
                    field == id_field && (makes_ids_equal || rule.action == Action::Drop)
                }
                IdGeneration::Fields(fields) => {
                    makes_ids_equal && fields.iter().all(|field| self.masks_all(field))
                }
                _ => false,
            };
            if is_lost {
                return Err(RuleError::new(format!(
                    "{rule}: ids are made of the value; choose another id field, or keep the value (mask \
                     hmac keeps different ones apart)"
                )));
            }
        }
        Ok(())
    }

    /// Whether all values of a field of ids become equal.
    fn masks_all(&self, field: &str) -> bool {
        self.rules.iter().any(|rule| {
            matches!(rule.action, Action::Mask(Mask::Null | Mask::Redact))
                && dotted(rule.path.steps()).is_some_and(|path| path == field)
        })
    }

    /// The rule above a mask that parses the text with its values.
    fn text_with_masks(&self, rule: &Rule) -> Option<&Rule> {
        let parses = |above: &&Rule| {
            above.action == Action::Parse && leads(above.path.steps(), rule.path.steps())
        };
        match rule.action {
            Action::Mask(_) => self.rules.iter().find(parses),
            _ => None,
        }
    }

    /// The first array on the way of the rule's path that no rule makes a table or a list.
    fn array_without_rule(&self, rule: &Rule) -> Option<PathPattern> {
        let steps = rule.path.steps();
        let arrays = steps.iter().enumerate();
        let arrays = arrays.filter(|(_, step)| **step == PatternStep::Elements);
        let mut arrays = arrays.map(|(at, _)| rule.path.first(at));
        arrays.find(|array| {
            let shapes = |other: &&Rule| {
                matches!(other.action, Action::Table | Action::List)
                    && other.path.steps().len() == array.steps().len()
                    && leads(other.path.steps(), array.steps())
            };
            !self.rules.iter().any(|other| shapes(&other))
        })
    }

    /// Checks that the values of a rule may be selected.
    fn check_selected(&self, rule: &Rule) -> Result<(), RuleError> {
        let mut selections = self.rules.iter().filter(|it| it.action == Action::Select);
        let is_on_path = |it: &Rule| leads(it.path.steps(), rule.path.steps());
        // What is not selected may be dropped, too.
        if rule.action == Action::Drop || !self.has_selections() || selections.any(is_on_path) {
            return Ok(());
        }
        Err(RuleError::new(format!(
            "{rule} has nothing to do: no rule select takes these values; select them, or leave it out"
        )))
    }

    /// Checks the path of a rule that names or carries one column.
    fn check_static(&self, rule: &Rule) -> Result<(), RuleError> {
        let is_static = matches!(rule.action, Action::Rename(_) | Action::Carry);
        let steps = rule.path.steps().iter().enumerate();
        let mut members = steps.filter(|(_, step)| **step == PatternStep::Members);
        let is_map = |at: usize| {
            let object = rule.path.first(at);
            let maps = |map: &Rule| map.action == Action::Map && map.path == object;
            self.rules.iter().any(maps)
        };
        match members.find(|(at, _)| is_static && !is_map(*at)) {
            Some((at, _)) => Err(RuleError::new(format!(
                "{rule}: expected the path of one column, but `.*` stands for many; name the member, \
                 or add the rule map {}",
                rule.path.first(at)
            ))),
            None => Ok(()),
        }
    }
}

impl Action {
    /// Whether values are kept as JSON text.
    fn keeps_json(&self) -> bool {
        matches!(self, Action::Json | Action::Type(ValueType::Json, _))
    }
}

impl Rule {
    /// The name that the rule gives, if it does, with the path of the values.
    #[must_use]
    pub fn renamed(&self) -> Option<(JsonPath, &str)> {
        match &self.action {
            Action::Rename(name) => Some((self.static_path(), name)),
            _ => None,
        }
    }

    /// The path of the values that the rule names or carries: each `.*` stands for the members of a
    /// map.
    fn static_path(&self) -> JsonPath {
        let steps = self.path.steps().iter();
        steps.fold(JsonPath::root(), |path, step| match step {
            PatternStep::Member(name) | PatternStep::Token(name) => path.member(Arc::clone(name)),
            PatternStep::Elements => path.elements(),
            _ => path.members(),
        })
    }

    /// Checks the rule alone.
    fn check(&self) -> Result<(), RuleError> {
        let steps = self.path.steps();
        let wrong = |expected: &str| Err(RuleError::new(format!("{self}: expected {expected}")));
        if self.path.is_pointer() {
            return wrong(A_PATH);
        }
        if steps.is_empty() && self.action != Action::Map {
            return wrong("a path into the record, as in $.items[*].size");
        }
        match &self.action {
            Action::Rename(name) if name.is_empty() => wrong("a name"),
            Action::Carry if matches!(steps.last(), Some(PatternStep::Elements)) => {
                wrong("the path of a column, not of elements")
            }
            _ => Ok(()),
        }
    }
}

/// An error if two rules for the same values contradict each other.
fn conflict(rule: &Rule, other: &Rule) -> Result<(), RuleError> {
    let (a, b) = (rule.path.steps(), other.path.steps());
    if a.len() != b.len() || !leads(a, b) {
        return Ok(());
    }
    let is_same_kind = rule.action.name() == other.action.name();
    // Of two of one kind, the more specific path goes first.
    let contradicts = match is_same_kind {
        true => a == b,
        false => {
            !go_together(&rule.action, &other.action) && !go_together(&other.action, &rule.action)
        }
    };
    match contradicts {
        true if other.to_string() == rule.to_string() => Err(RuleError::new(format!(
            "{rule} is there twice, with another on_mismatch; keep one of them"
        ))),
        true => Err(RuleError::new(format!(
            "{other} and {rule} contradict each other; keep one of them"
        ))),
        false => Ok(()),
    }
}

/// Whether both can be done to the same values, in this order of the two.
fn go_together(a: &Action, b: &Action) -> bool {
    use Action::{Carry, Drop, Json, List, Map, Mask, Parse, Rename, Select, Table, Type};
    match (a, b) {
        (Drop, _) | (_, Drop) => false,
        (Select | Rename(_), _) => true,
        (Carry, Json | Parse | List | Mask(_) | Type(..)) => true,
        (Parse, Json | Map | Table | List | Type(..)) => true,
        (Map, Table | List) => true,
        _ => false,
    }
}

/// An error if `below` has nothing to do because of `above`.
fn nothing_left(above: &Rule, below: &Rule) -> Result<(), RuleError> {
    let (a, b) = (above.path.steps(), below.path.steps());
    if a.len() >= b.len() || !leads(a, b) {
        return Ok(());
    }
    let next = &b[a.len()];
    let why = match &above.action {
        Action::Drop => "the values are left out",
        Action::Json | Action::Type(..) => "the values are kept whole",
        Action::Mask(_) => "the values do not arrive",
        Action::List
            if *next == PatternStep::Elements
                && (b.len() > a.len() + 1 || below.action.keeps_json()) =>
        {
            "objects in the list are kept whole, as JSON text"
        }
        Action::Map if matches!(next, PatternStep::Member(_)) => {
            return Err(RuleError::new(format!(
                "{below}: {above} makes data of the keys, so no member has a path of its own; write \
                 `.*` in place of the name"
            )));
        }
        _ => return Ok(()),
    };
    Err(RuleError::new(format!(
        "{below} has nothing to do: {above} is above it, and {why}"
    )))
}

/// Whether a path that `short` fits can be the beginning of one that `long` fits.
fn leads(short: &[PatternStep], long: &[PatternStep]) -> bool {
    short.iter().zip(long).all(|(a, b)| {
        a == b
            || matches!(
                (a, b),
                (PatternStep::Members, PatternStep::Member(_))
                    | (PatternStep::Member(_), PatternStep::Members)
            )
    })
}

/// The keys of a path of members, joined with dots.
fn dotted(steps: &[PatternStep]) -> Option<String> {
    let key = |step: &PatternStep| match step {
        PatternStep::Member(name) => Some(name.to_string()),
        _ => None,
    };
    let keys: Option<Vec<_>> = steps.iter().map(key).collect();
    keys.map(|keys| keys.join("."))
}
