//! Finds the rows of every table and the values of every row.

use super::{
    ids::{NewId, RowKey, element_id, record_id},
    origins::Origin,
    rules::{Rules, Selected},
    text::{is_rounded, number_text, value_json},
    types::{Leaf, Rejected, convert},
};
use crate::options::{ArrayMode, CaseOptions};
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use transmog_events::JsonPath;
use transmog_model::LossKind;

/// Losses by kind and path.
pub(crate) type Losses = BTreeMap<(LossKind, JsonPath), u64>;

/// The id of a row.
#[derive(Clone, Debug)]
pub(crate) enum RowId {
    /// An id from content, and its text.
    Value(Leaf, String),
    /// The id of a row by table path and number, from 0.
    Row(JsonPath, usize),
}

/// A row.
#[derive(Clone, Debug)]
pub(crate) struct Row {
    /// Its id.
    pub(crate) id: RowId,
    /// The id of its parent.
    pub(crate) parent: Option<RowId>,
    /// The table and number of its parent.
    pub(crate) above: Option<(usize, usize)>,
    /// The id of its main row.
    pub(crate) root: Option<RowId>,
    /// Its position in the array.
    pub(crate) index: usize,
    /// Where its record comes from, in the main table.
    pub(crate) origin: Origin,
    /// Its values in input order, by absolute path.
    pub(crate) values: Vec<(JsonPath, Leaf)>,
}

/// A table: the path of its rows, and the rows.
pub(crate) type Found = (JsonPath, Vec<Row>);

/// A row that is being filled.
#[derive(Clone)]
struct At {
    table: usize,
    row: usize,
    root: RowId,
    taken: Option<JsonPath>,
}

/// Goes through records in order.
pub(crate) struct Walk<'a> {
    options: &'a CaseOptions,
    rules: &'a Rules,
    tables: Vec<Found>,
    losses: Losses,
}

impl<'a> Walk<'a> {
    pub(crate) fn new(options: &'a CaseOptions, rules: &'a Rules) -> Self {
        Self {
            options,
            rules,
            tables: vec![(JsonPath::root(), Vec::new())],
            losses: Losses::new(),
        }
    }

    pub(crate) fn finish(self) -> (Vec<Found>, Losses) {
        (self.tables, self.losses)
    }

    /// Adds a record. One that is rejected leaves nothing behind.
    pub(crate) fn record(&mut self, record: &Value, origin: Origin) {
        let root = JsonPath::root();
        let content = self.rules.content(record, &root);
        let (Some(object), Some(id)) = (record.as_object(), record_id(&content, self.options))
        else {
            return;
        };
        let before = (self.tables.clone(), self.losses.clone());
        let at = self.new_row(&root, id, None, 0);
        self.tables[at.table].1[at.row].origin = origin;
        let done = match self.rules.is("map", &root) {
            true => self.map(object, &root, 0, &at),
            false => self.members(object, &root, 0, &at),
        };
        if done.is_err() {
            (self.tables, self.losses) = before;
        }
    }

    fn new_row(&mut self, path: &JsonPath, id: NewId, parent: Option<&At>, index: usize) -> At {
        let found = self.tables.iter().position(|(table, _)| table == path);
        let table = found.unwrap_or_else(|| {
            self.tables.push((path.clone(), Vec::new()));
            self.tables.len() - 1
        });
        let row = self.tables[table].1.len();
        let taken = id.taken.map(|keys| {
            keys.iter()
                .fold(path.clone(), |path, key| path.member(key.as_str()))
        });
        let id = match id.value {
            Some((leaf, text)) => RowId::Value(leaf, text),
            None => RowId::Row(path.clone(), row),
        };
        let parent_id = parent.map(|at| self.tables[at.table].1[at.row].id.clone());
        let root = parent.map(|at| at.root.clone());
        self.tables[table].1.push(Row {
            origin: Origin::default(),
            id: id.clone(),
            parent: parent_id,
            above: parent.map(|at| (at.table, at.row)),
            root: root.clone(),
            index,
            values: Vec::new(),
        });
        At {
            table,
            row,
            root: root.unwrap_or(id),
            taken,
        }
    }

    fn lose(&mut self, kind: LossKind, path: &JsonPath) {
        *self.losses.entry((kind, path.clone())).or_insert(0) += 1;
    }

    fn put(&mut self, at: &At, path: &JsonPath, leaf: Leaf) {
        let elements = match &leaf {
            Leaf::List(elements) => elements.clone(),
            leaf => vec![leaf.clone()],
        };
        for element in elements {
            if let Leaf::Number(text) | Leaf::Float(_, text) = element
                && !self.options.exact_numbers
                && is_rounded(&text)
            {
                self.lose(LossKind::Rounded, path);
            }
        }
        let values = &mut self.tables[at.table].1[at.row].values;
        values.push((path.clone(), leaf));
    }

    /// `depth` is that of the object.
    fn members(
        &mut self,
        object: &Map<String, Value>,
        path: &JsonPath,
        depth: usize,
        at: &At,
    ) -> Result<(), Rejected> {
        for (key, value) in object {
            let path = path.member(key.as_str());
            if at.taken.as_ref() == Some(&path) {
                // It is the id; a masked one is counted.
                if self.rules.is("mask", &path) {
                    self.lose(LossKind::ByRule, &path);
                }
                continue;
            }
            if let Some(value) = self.take(value, &path) {
                self.value(&value, &path, depth + 1, at, false)?;
            }
        }
        Ok(())
    }

    /// The members of an object whose keys are data.
    fn map(
        &mut self,
        object: &Map<String, Value>,
        path: &JsonPath,
        depth: usize,
        parent: &At,
    ) -> Result<(), Rejected> {
        let path = path.members();
        for (index, (key, value)) in object.iter().enumerate() {
            if let Some(counted) = self.rules.left_out(&path) {
                self.lose(LossKind::ByRule, &counted);
                continue;
            }
            let id = self.element_id(value, &path, &RowKey::Name(key), parent);
            let at = self.new_row(&path, id, Some(parent), index);
            self.put(&at, &path.key(), Leaf::Text(key.clone()));
            if let Some(value) = self.take(value, &path) {
                self.value(&value, &path, depth + 1, &at, true)?;
            }
        }
        Ok(())
    }

    fn element_id(&self, item: &Value, path: &JsonPath, key: &RowKey<'_>, parent: &At) -> NewId {
        let parent = match &self.tables[parent.table].1[parent.row].id {
            RowId::Value(_, text) => Some(text.as_str()),
            RowId::Row(..) => None,
        };
        let content = self.rules.content(item, path);
        element_id(&content, parent, path, key, self.options)
    }

    /// The value that the rules leave, parsed if they say so.
    fn take(&mut self, value: &Value, path: &JsonPath) -> Option<Value> {
        if let Some(counted) = self.rules.left_out(path) {
            self.lose(LossKind::ByRule, &counted);
            return None;
        }
        let mut value = value.clone();
        if let Value::String(text) = &value
            && !text.is_empty()
            && self.rules.is("parse", path)
        {
            match serde_json::from_str(text) {
                Ok(parsed) => value = parsed,
                Err(_) => self.lose(LossKind::NotJson, path),
            }
        }
        let is_scalar = !value.is_object() && !value.is_array();
        if is_scalar && self.rules.selected(path) == Selected::OnTheWay {
            self.lose(LossKind::ByRule, path);
            return None;
        }
        Some(value)
    }

    /// A value in a row: that of a member, or of the row itself.
    fn value(
        &mut self,
        value: &Value,
        path: &JsonPath,
        depth: usize,
        at: &At,
        is_row: bool,
    ) -> Result<(), Rejected> {
        if let Some(kind) = self.dropped(value, path) {
            self.lose(kind, path);
            self.put(at, path, Leaf::Null);
            return Ok(());
        }
        if let Some(leaf) = self.ruled(value, path)? {
            self.put(at, path, leaf);
            return Ok(());
        }
        match value {
            Value::Object(object) if object.is_empty() => {
                // An empty element is a row.
                if !is_row {
                    self.lose(LossKind::EmptyObject, path);
                }
            }
            Value::Object(object) if self.rules.is("map", path) => {
                self.map(object, path, depth, at)?;
            }
            Value::Object(object) if depth < self.options.max_depth => {
                self.members(object, path, depth, at)?;
            }
            Value::Object(_) => self.cut(value, path, at),
            Value::Array(items) => self.array(value, items, path, depth, at)?,
            scalar => {
                let leaf = self.leaf(scalar);
                self.put(at, path, leaf);
            }
        }
        Ok(())
    }

    fn array(
        &mut self,
        value: &Value,
        items: &[Value],
        path: &JsonPath,
        depth: usize,
        at: &At,
    ) -> Result<(), Rejected> {
        let (is_table, is_list) = (self.rules.is("table", path), self.rules.is("list", path));
        let mode = match self.options.array_mode {
            _ if is_table => ArrayMode::Separate,
            _ if is_list => ArrayMode::Smart,
            mode => mode,
        };
        let is_cut = depth >= self.options.max_depth && !is_table && !is_list;
        // What is in the array may be selected; the array as one value is not.
        let is_value = match mode {
            ArrayMode::Inline => true,
            ArrayMode::Smart => items.is_empty() && self.options.include_nulls,
            _ => false,
        };
        if mode == ArrayMode::Skip {
            self.lose(LossKind::ArraySkipped, path);
        } else if is_value && self.rules.selected(path) == Selected::OnTheWay {
            self.lose(LossKind::ByRule, path);
        } else if items.is_empty() {
            match (mode, self.options.include_nulls) {
                (ArrayMode::Smart, true) => self.put(at, path, Leaf::List(Vec::new())),
                (ArrayMode::Inline, true) => self.put(at, path, Leaf::Json("[]".into())),
                _ => self.lose(LossKind::EmptyArray, path),
            }
        } else if mode == ArrayMode::Inline {
            let text = value_json(value, false, self.options.exact_numbers);
            self.put(at, path, Leaf::Json(text));
        } else if is_cut {
            self.cut(value, path, at);
        } else {
            let elements = path.elements();
            let items: Vec<_> = items
                .iter()
                .map(|item| self.take(item, &elements))
                .collect();
            let mut left = items.iter().flatten();
            let is_kept = is_list || left.all(|item| !item.is_object() && !item.is_array());
            if mode != ArrayMode::Smart || !is_kept {
                self.elements(&items, &elements, depth + 1, at)?;
            } else if items.iter().any(Option::is_some) {
                let items = items.iter().flatten();
                let leaves = items.map(|item| self.list_leaf(item, &elements));
                let leaves = leaves.collect::<Result<_, _>>()?;
                self.put(at, path, Leaf::List(leaves));
            }
        }
        Ok(())
    }

    /// An element of a list, where objects and arrays are JSON text.
    fn list_leaf(&mut self, item: &Value, path: &JsonPath) -> Result<Leaf, Rejected> {
        if !item.is_null()
            && let Some(leaf) = self.ruled(item, path)?
        {
            return Ok(match leaf {
                Leaf::Json(text) => Leaf::Text(text),
                leaf => leaf,
            });
        }
        Ok(match item {
            Value::Object(_) | Value::Array(_) => {
                Leaf::Text(value_json(item, false, self.options.exact_numbers))
            }
            scalar => self.leaf(scalar),
        })
    }

    /// The elements of an extracted array, with their `path` and `depth`.
    fn elements(
        &mut self,
        items: &[Option<Value>],
        path: &JsonPath,
        depth: usize,
        parent: &At,
    ) -> Result<(), Rejected> {
        for (index, item) in items.iter().enumerate() {
            let Some(item) = item else { continue };
            if let Some(kind) = self.dropped(item, path) {
                self.lose(kind, path);
                continue;
            }
            let id = self.element_id(item, path, &RowKey::Index(index), parent);
            let at = self.new_row(path, id, Some(parent), index);
            self.value(item, path, depth, &at, true)?;
        }
        Ok(())
    }

    /// What the rules make of a value that is not null, if they do.
    fn ruled(&mut self, value: &Value, path: &JsonPath) -> Result<Option<Leaf>, Rejected> {
        if value.is_null() {
            return Ok(None);
        }
        if let Some(how) = self.rules.find("mask", path) {
            let masked = self.rules.masked(how, value);
            self.lose(LossKind::ByRule, path);
            return Ok(Some(self.leaf(&masked)));
        }
        let exact = self.options.exact_numbers;
        if self.rules.keeps_json(path) {
            return Ok(Some(Leaf::Json(value_json(value, false, exact))));
        }
        let Some(rule) = self.rules.find("type", path) else {
            return Ok(None);
        };
        Ok(Some(match convert(value, &rule.argument, exact) {
            Some(Leaf::Text(text)) => Leaf::Text(text),
            Some(leaf) if self.options.stringify => Leaf::Text(leaf.text(exact)),
            Some(leaf) => leaf,
            None if self.options.mismatch_is_null => {
                self.lose(LossKind::TypeMismatch, path);
                Leaf::Null
            }
            None => return Err(Rejected),
        }))
    }

    fn cut(&mut self, value: &Value, path: &JsonPath, at: &At) {
        self.lose(LossKind::DepthCut, path);
        self.put(
            at,
            path,
            Leaf::Json(value_json(value, false, self.options.exact_numbers)),
        );
    }

    /// The kind of loss of a value that the options drop.
    fn dropped(&self, value: &Value, path: &JsonPath) -> Option<LossKind> {
        match value {
            _ if self.options.include_nulls => None,
            Value::Null => Some(LossKind::Null),
            Value::String(text) if text.is_empty() && !self.rules.keeps_json(path) => {
                Some(LossKind::EmptyString)
            }
            _ => None,
        }
    }

    fn leaf(&self, scalar: &Value) -> Leaf {
        let stringify = self.options.stringify;
        match scalar {
            Value::Bool(flag) if stringify => Leaf::Text(flag.to_string()),
            Value::Bool(flag) => Leaf::Bool(*flag),
            Value::Number(number) if stringify => {
                Leaf::Text(number_text(&number.to_string(), self.options.exact_numbers))
            }
            Value::Number(number) => Leaf::Number(number.to_string()),
            Value::String(text) => Leaf::Text(text.clone()),
            _ => Leaf::Null,
        }
    }
}
