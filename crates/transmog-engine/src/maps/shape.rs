//! What was at each path of the records: how many objects, arrays and other values.

use std::{collections::HashMap, sync::Arc};
use transmog_events::{JsonPath, Step};
use transmog_model::{Kind, Observed};

/// The class of most values at a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Class {
    Text,
    Number,
    Boolean,
    List,
    /// Arrays whose elements are rows.
    Array,
    Object,
}

/// What was at a path, and below it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Shape {
    objects: u64,
    arrays: u64,
    /// Scalars and lists.
    cells: u64,
    seen: Observed,
    members: Vec<(Arc<str>, Shape)>,
    by_key: HashMap<Arc<str>, usize>,
    elements: Option<Box<Shape>>,
    map: Option<Box<Shape>>,
}

impl Shape {
    /// Adds what was at a path.
    pub(crate) fn add(&mut self, path: &JsonPath, objects: u64, arrays: u64) {
        let shape = self.at(path.steps());
        shape.objects += objects;
        shape.arrays += arrays;
    }

    /// Adds the cells of a column.
    pub(crate) fn add_cells(&mut self, path: &JsonPath, seen: Observed, cells: u64) {
        if path.steps().last() == Some(&Step::Key) {
            return;
        }
        let shape = self.at(path.steps());
        shape.cells += cells;
        shape.seen = shape.seen.join(seen);
    }

    fn at(&mut self, steps: &[Step]) -> &mut Shape {
        steps.iter().fold(self, |shape, step| match step {
            Step::Member(key) => shape.member(key),
            Step::Elements => shape.elements.get_or_insert_default(),
            Step::Members => shape.map.get_or_insert_default(),
            Step::Key => shape,
        })
    }

    fn member(&mut self, key: &Arc<str>) -> &mut Shape {
        let at = *self.by_key.entry(Arc::clone(key)).or_insert_with(|| {
            self.members.push((Arc::clone(key), Shape::default()));
            self.members.len() - 1
        });
        &mut self.members[at].1
    }

    /// What was in any of these.
    pub(super) fn merged(shapes: &[&Shape]) -> Shape {
        shapes.iter().fold(Shape::default(), |mut all, shape| {
            all.merge(shape);
            all
        })
    }

    fn merge(&mut self, other: &Shape) {
        self.objects += other.objects;
        self.arrays += other.arrays;
        self.cells += other.cells;
        self.seen = self.seen.join(other.seen);
        for (key, member) in &other.members {
            self.member(key).merge(member);
        }
        for (mine, theirs) in [
            (&mut self.elements, &other.elements),
            (&mut self.map, &other.map),
        ] {
            if let Some(theirs) = theirs {
                mine.get_or_insert_default().merge(theirs);
            }
        }
    }

    pub(super) fn objects(&self) -> u64 {
        self.objects
    }

    pub(super) fn members(&self) -> &[(Arc<str>, Shape)] {
        &self.members
    }

    pub(super) fn elements(&self) -> Option<&Shape> {
        self.elements.as_deref()
    }

    pub(super) fn map(&self) -> Option<&Shape> {
        self.map.as_deref()
    }

    /// Number of values but null.
    pub(super) fn values(&self) -> u64 {
        self.objects + self.arrays + self.cells
    }

    pub(super) fn has_values(&self) -> bool {
        self.values() > 0
    }

    /// The class of most of the values.
    pub(super) fn class(&self) -> Class {
        let most = self.objects.max(self.arrays).max(self.cells);
        if most == self.objects {
            return Class::Object;
        }
        if most == self.arrays {
            return Class::Array;
        }
        if self.seen.elements.is_some() {
            return Class::List;
        }
        let kinds = self.seen.scalars;
        if kinds.contains(Kind::String) {
            Class::Text
        } else if kinds.contains(Kind::Boolean) {
            Class::Boolean
        } else {
            Class::Number
        }
    }
}
