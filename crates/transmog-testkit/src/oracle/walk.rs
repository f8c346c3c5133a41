//! Finds the rows of every table and the values of every row.

use super::{
    ids::{NewId, element_id, record_id},
    origins::Origin,
    text::{is_rounded, number_text, value_json},
};
use crate::options::{ArrayMode, CaseOptions};
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use transmog_events::JsonPath;
use transmog_model::LossKind;

/// Losses by kind and path.
pub(crate) type Losses = BTreeMap<(LossKind, JsonPath), u64>;

/// A value in a row.
#[derive(Clone, Debug)]
pub(crate) enum Leaf {
    /// No value.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A number as written.
    Number(String),
    /// A string, or JSON text.
    Text(String),
    /// A list kept in its row.
    List(Vec<Leaf>),
}

/// The id of a row: its text, or its row.
#[derive(Clone, Debug)]
pub(crate) enum RowId {
    /// A deterministic id.
    Text(String),
    /// The random id of a row, by table path and number.
    Row(JsonPath, usize),
}

/// A row.
#[derive(Debug)]
pub(crate) struct Row {
    /// Its id.
    pub(crate) id: RowId,
    /// The id of its parent.
    pub(crate) parent: Option<RowId>,
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
    tables: Vec<Found>,
    losses: Losses,
}

impl<'a> Walk<'a> {
    pub(crate) fn new(options: &'a CaseOptions) -> Self {
        Self {
            options,
            tables: vec![(JsonPath::root(), Vec::new())],
            losses: Losses::new(),
        }
    }

    pub(crate) fn finish(self) -> (Vec<Found>, Losses) {
        (self.tables, self.losses)
    }

    /// Adds a record, unless it is rejected.
    pub(crate) fn record(&mut self, record: &Value, origin: Origin) {
        if let (Some(object), Some(id)) = (record.as_object(), record_id(record, self.options)) {
            let at = self.new_row(&JsonPath::root(), id, None, 0);
            self.tables[at.table].1[at.row].origin = origin;
            self.members(object, &JsonPath::root(), 0, &at);
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
        let id = match id.text {
            Some(text) => RowId::Text(text),
            None => RowId::Row(path.clone(), row),
        };
        let parent_id = parent.map(|at| self.tables[at.table].1[at.row].id.clone());
        let root = parent.map(|at| at.root.clone());
        self.tables[table].1.push(Row {
            origin: Origin::default(),
            id: id.clone(),
            parent: parent_id,
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
            Leaf::List(elements) => elements.as_slice(),
            leaf => std::slice::from_ref(leaf),
        };
        for element in elements {
            if let Leaf::Number(text) = element
                && !self.options.exact_numbers
                && is_rounded(text)
            {
                *self
                    .losses
                    .entry((LossKind::Rounded, path.clone()))
                    .or_insert(0) += 1;
            }
        }
        let values = &mut self.tables[at.table].1[at.row].values;
        values.push((path.clone(), leaf));
    }

    /// `depth` is that of the object.
    fn members(&mut self, object: &Map<String, Value>, path: &JsonPath, depth: usize, at: &At) {
        for (key, value) in object {
            let path = path.member(key.as_str());
            if at.taken.as_ref() != Some(&path) {
                self.member(value, &path, depth + 1, at);
            }
        }
    }

    fn member(&mut self, value: &Value, path: &JsonPath, depth: usize, at: &At) {
        match value {
            Value::Object(object) if object.is_empty() => self.lose(LossKind::EmptyObject, path),
            Value::Object(object) if depth < self.options.max_depth => {
                self.members(object, path, depth, at);
            }
            Value::Object(_) => self.cut(value, path, at),
            Value::Array(items) => self.array(value, items, path, depth, at),
            scalar => {
                if let Some(kind) = self.dropped(scalar) {
                    self.lose(kind, path);
                    self.put(at, path, Leaf::Null);
                } else {
                    let leaf = self.leaf(scalar);
                    self.put(at, path, leaf);
                }
            }
        }
    }

    fn array(&mut self, value: &Value, items: &[Value], path: &JsonPath, depth: usize, at: &At) {
        let mode = self.options.array_mode;
        if mode == ArrayMode::Skip {
            self.lose(LossKind::ArraySkipped, path);
        } else if items.is_empty() {
            match (mode, self.options.include_nulls) {
                (ArrayMode::Smart, true) => self.put(at, path, Leaf::List(Vec::new())),
                (ArrayMode::Inline, true) => self.put(at, path, Leaf::Text("[]".into())),
                _ => self.lose(LossKind::EmptyArray, path),
            }
        } else if mode == ArrayMode::Inline {
            self.put(
                at,
                path,
                Leaf::Text(value_json(value, false, self.options.exact_numbers)),
            );
        } else {
            self.filled_array(value, items, path, depth, at);
        }
    }

    /// An array with elements, in a mode that flattens it.
    fn filled_array(
        &mut self,
        value: &Value,
        items: &[Value],
        path: &JsonPath,
        depth: usize,
        at: &At,
    ) {
        let primitive = items.iter().all(|i| !i.is_object() && !i.is_array());
        if depth >= self.options.max_depth {
            self.cut(value, path, at);
        } else if self.options.array_mode == ArrayMode::Smart && primitive {
            let leaves = items.iter().map(|item| self.leaf(item)).collect();
            self.put(at, path, Leaf::List(leaves));
        } else {
            self.elements(items, &path.elements(), depth + 1, at);
        }
    }

    /// The elements of an extracted array, with their `path` and `depth`.
    fn elements(&mut self, items: &[Value], path: &JsonPath, depth: usize, parent: &At) {
        for (index, item) in items.iter().enumerate() {
            if let Some(kind) = self.dropped(item) {
                self.lose(kind, path);
                continue;
            }
            let parent_id = match &self.tables[parent.table].1[parent.row].id {
                RowId::Text(text) => Some(text.clone()),
                RowId::Row(..) => None,
            };
            let id = element_id(item, parent_id.as_deref(), path, index, self.options);
            let at = self.new_row(path, id, Some(parent), index);
            match item {
                Value::Object(object) if object.is_empty() => {}
                Value::Object(object) if depth < self.options.max_depth => {
                    self.members(object, path, depth, &at);
                }
                Value::Object(_) => self.cut(item, path, &at),
                Value::Array(inner) if inner.is_empty() => {
                    let smart = self.options.array_mode == ArrayMode::Smart;
                    if smart && self.options.include_nulls {
                        self.put(&at, path, Leaf::List(Vec::new()));
                    }
                }
                Value::Array(inner) => self.filled_array(item, inner, path, depth, &at),
                scalar => {
                    let leaf = self.leaf(scalar);
                    self.put(&at, path, leaf);
                }
            }
        }
    }

    fn cut(&mut self, value: &Value, path: &JsonPath, at: &At) {
        self.lose(LossKind::DepthCut, path);
        self.put(
            at,
            path,
            Leaf::Text(value_json(value, false, self.options.exact_numbers)),
        );
    }

    /// The kind of loss of a value that the options drop.
    fn dropped(&self, value: &Value) -> Option<LossKind> {
        match value {
            _ if self.options.include_nulls => None,
            Value::Null => Some(LossKind::Null),
            Value::String(text) if text.is_empty() => Some(LossKind::EmptyString),
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
