//! Objects whose keys are data: found by what the whole input holds.
//!
//! While records are flattened, the objects and arrays at each path are counted (`shape`). At the end
//! each object is judged by four numbers of the whole input: how many distinct keys it has, in how
//! many objects, how many of these have a key on average, and how alike the members are. So the
//! result depends neither on threads nor on chunks. Keys of a form that nobody gives to a field, such
//! as numbers, say more than all of these (`keys`).

mod keys;
mod shape;

pub(crate) use shape::Shape;

use keys::is_data;
use serde::Serialize;
use shape::Class;
use std::fmt;
use transmog_events::{JsonPath, brief};
use transmog_flatten::Rule;

/// Share of the keys that must be data by their form.
const DATA_KEYS: f64 = 0.8;
/// The share of the members that must be of one class where the form of the keys says it, and how
/// alike they must be where their number says it.
const ONE_CLASS: f64 = 0.8;
const VERY_ALIKE: f64 = 0.9;
/// The fewest keys by whose number objects are maps, and the largest share of these that an object
/// has.
const MANY_KEYS: usize = 20;
const FEW_OBJECTS: f64 = 0.2;
/// The fewest keys of a map of objects that are alike, and the largest share of these that an object
/// has, if there is more than one.
const MANY_OBJECTS: usize = 8;
const HALF: f64 = 0.5;
/// The fewest keys of a single object of other values that are alike.
const MANY_VALUES: usize = 100;

/// An object that looks like a map: its keys are data.
///
/// # Examples
/// ```
/// use transmog_engine::{Feed, Nothing, Run, TransmogConfig, Values};
/// let stock = serde_json::json!({"id": 1, "stock": {"4711": 3, "4712": 0, "4720": 8}});
/// let feed = Feed::records(Values([stock].into_iter()));
/// let summary = Run::start(feed, Nothing, &TransmogConfig::default())?.complete()?;
/// let map = &summary.maps[0];
/// assert_eq!((map.path.as_str(), map.keys, map.objects), ("$.stock", 3, 1));
/// assert_eq!(map.to_string(), "$.stock: 3 keys in 1 object, all alike; the keys are data by their form");
/// # Ok::<(), transmog_engine::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct FoundMap {
    /// The path of the objects, for a rule.
    pub path: String,
    /// Distinct keys; 0 if the objects have more than a run takes.
    pub keys: u64,
    /// Number of objects.
    pub objects: u64,
    /// Keys of an object on average.
    pub keys_per_object: f64,
    /// How alike the members are, from 0 to 1.
    pub likeness: f64,
    /// What it was found by.
    pub reason: MapReason,
}

/// By what a map was found.
///
/// See [`FoundMap`] for an example.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum MapReason {
    /// The form of the keys: numbers, dates, UUIDs and the like.
    KeyForm,
    /// Each object has only a few of many keys.
    FewOfMany,
    /// There are many members, and all are alike.
    Alike,
    /// A run takes no more columns, tables or names.
    Limit,
}

impl FoundMap {
    /// The rule that makes a map of it.
    #[must_use]
    pub fn rule(&self) -> Option<Rule> {
        Rule::parse("map", &self.path).ok()
    }

    /// The object at which a run reached a limit
    /// ([`Error::outgrown_object`](crate::Error::outgrown_object)).
    #[must_use]
    pub fn at_limit(path: &JsonPath) -> Self {
        Self {
            path: path.to_string(),
            keys: 0,
            objects: 0,
            keys_per_object: 0.0,
            likeness: 0.0,
            reason: MapReason::Limit,
        }
    }
}

impl fmt::Display for FoundMap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = brief(&self.path);
        if self.reason == MapReason::Limit {
            return write!(f, "{path}: more keys than a table has columns");
        }
        let (keys, objects) = (self.keys, self.objects);
        let plural = |count: u64| if count == 1 { "" } else { "s" };
        write!(
            f,
            "{path}: {keys} key{} in {objects} object{}",
            plural(keys),
            plural(objects)
        )?;
        if objects > 1 {
            write!(f, ", {:.1} in each", self.keys_per_object)?;
        }
        match self.likeness {
            1.0 => f.write_str(", all alike")?,
            likeness => write!(f, ", {:.0} % alike", likeness * 100.0)?,
        }
        f.write_str(match self.reason {
            MapReason::KeyForm => "; the keys are data by their form",
            MapReason::FewOfMany => "; each object has few of many keys",
            MapReason::Alike | MapReason::Limit => "; many members of one kind",
        })
    }
}

/// The outermost objects that look like maps, in the order of their paths: objects may be
/// met in another order by other threads.
pub(crate) fn find(record: &Shape) -> Vec<FoundMap> {
    let mut found = Vec::new();
    visit(record, &JsonPath::root(), &mut found);
    found.sort_by(|a, b| a.path.cmp(&b.path));
    found
}

fn visit(shape: &Shape, path: &JsonPath, found: &mut Vec<FoundMap>) {
    // Records and elements of arrays have optional fields: only the form of keys says more.
    let is_row = path.row() == *path;
    let is_map = |map: &FoundMap| !is_row || map.objects == 1 || map.reason == MapReason::KeyForm;
    if let Some(map) = judge(shape, path).filter(is_map) {
        found.push(map);
        return;
    }
    for (key, member) in shape.members() {
        visit(member, &path.member(&**key), found);
    }
    if let Some(element) = shape.elements() {
        visit(element, &path.elements(), found);
    }
    if let Some(member) = shape.map() {
        visit(member, &path.members(), found);
    }
}

/// The map that the objects at a path are, if they look like one.
fn judge(shape: &Shape, path: &JsonPath) -> Option<FoundMap> {
    let members: Vec<_> = (shape.members().iter())
        .filter(|(_, member)| member.has_values())
        .collect();
    let (keys, objects) = (members.len(), shape.objects());
    if keys == 0 || objects == 0 {
        return None;
    }
    let values: Vec<&Shape> = members.iter().map(|(_, member)| member).collect();
    let total: u64 = values.iter().map(|member| member.values()).sum();
    let keys_per_object = total as f64 / objects as f64;
    let share = keys_per_object / keys as f64;
    let (one_class, likeness, class) = likeness(&values);
    let data = members.iter().filter(|(key, _)| is_data(key)).count();
    let is_single = objects == 1;
    let holds_objects = matches!(class, Class::Object | Class::Array);
    let reason = if data as f64 >= DATA_KEYS * keys as f64 && one_class >= ONE_CLASS {
        MapReason::KeyForm
    } else if likeness < VERY_ALIKE {
        return None;
    } else if !is_single && keys >= MANY_KEYS && share <= FEW_OBJECTS {
        MapReason::FewOfMany
    } else if holds_objects && keys >= MANY_OBJECTS && (is_single || share <= HALF)
        || is_single && keys >= MANY_VALUES
    {
        MapReason::Alike
    } else {
        return None;
    };
    Some(FoundMap {
        path: path.to_string(),
        keys: keys as u64,
        objects,
        keys_per_object,
        likeness,
        reason,
    })
}

/// The class that most of these values are of, the share that is, and how alike all are, from 0 to 1.
fn likeness(values: &[&Shape]) -> (f64, f64, Class) {
    let classes = [
        Class::Text,
        Class::Number,
        Class::Boolean,
        Class::List,
        Class::Array,
        Class::Object,
    ];
    let of = |class: Class| values.iter().filter(move |value| value.class() == class);
    let most = classes
        .into_iter()
        .rev()
        .max_by_key(|class| of(*class).count());
    let class = most.unwrap_or(Class::Text);
    let alike: Vec<&Shape> = of(class).copied().collect();
    if alike.is_empty() {
        return (0.0, 0.0, class);
    }
    let inside = match class {
        Class::Object => likeness_of_objects(&alike),
        Class::Array => {
            let elements: Vec<&Shape> = alike.iter().filter_map(|array| array.elements()).collect();
            match elements.is_empty() {
                true => 1.0,
                false => likeness(&elements).1,
            }
        }
        _ => 1.0,
    };
    let share = alike.len() as f64 / values.len() as f64;
    (share, inside * share, class)
}

/// The share of all their keys that objects have, on average; 1 if they all together look like a map.
fn likeness_of_objects(objects: &[&Shape]) -> f64 {
    let all = Shape::merged(objects);
    let keys = all.members().len();
    if keys == 0 {
        return 1.0;
    }
    let have: usize = objects.iter().map(|object| object.members().len()).sum();
    let share = have as f64 / (keys * objects.len()) as f64;
    match share < VERY_ALIKE && judge(&all, &JsonPath::root()).is_some() {
        true => 1.0,
        false => share,
    }
}

#[cfg(test)]
mod tests;
