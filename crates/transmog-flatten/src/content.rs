//! The canonical text that ids are hashed from: keys sorted by bytes, no white space, numbers in
//! one form; of the whole record or of some fields.

use crate::{ids::hash_id, values::Scalar};
use std::ops::Range;
use transmog_events::write_json_string;
use uuid::Uuid;

/// Writes the canonical text of a record as its events come.
#[derive(Debug, Default)]
pub(crate) struct Content {
    /// The fields, sorted; `None` for the whole record.
    fields: Option<Vec<Field>>,
    out: Vec<u8>,
    open: Vec<Open>,
    /// The members so far of all open objects.
    members: Vec<Member>,
    keys: String,
    /// The keys from the record to the member at hand, joined with dots.
    path: String,
    /// How many fields the value at hand is in.
    wanted: usize,
    scratch: Vec<u8>,
}

#[derive(Debug)]
struct Field {
    /// A key or a dotted path.
    name: String,
    found: Option<Found>,
}

#[derive(Debug)]
struct Found {
    /// The lengths of the keys on the way, to choose between paths of the same name: a key with
    /// dots goes before a path of its parts, and of two paths the one with the shorter first key.
    keys: Vec<usize>,
    text: Vec<u8>,
}

/// A container that is open.
#[derive(Debug)]
struct Open {
    is_object: bool,
    is_empty: bool,
    /// Whether it is in objects only, as fields are.
    is_in_objects: bool,
    /// Where its text, its members, their keys and their path begin.
    out: usize,
    members: usize,
    keys: usize,
    path: usize,
    /// Length of the key of the member at hand.
    key: usize,
    /// The field that the member at hand is, and the beginning of its text.
    field: Option<(usize, usize)>,
}

#[derive(Clone, Debug)]
struct Member {
    key: Range<usize>,
    /// The beginning of its key and value as text; the end is where the next member begins.
    text: usize,
}

impl Content {
    /// The text of whole records.
    pub(crate) fn of_records() -> Self {
        Self::default()
    }

    /// The text of the object of these fields; absent ones are null.
    pub(crate) fn of_fields(names: &[String]) -> Self {
        let mut names = names.to_vec();
        names.sort_unstable();
        names.dedup();
        let field = |name| Field { name, found: None };
        Self {
            fields: Some(names.into_iter().map(field).collect()),
            ..Self::default()
        }
    }

    /// Makes it empty for the next record.
    pub(crate) fn clear(&mut self) {
        self.out.clear();
        self.open.clear();
        self.members.clear();
        self.keys.clear();
        self.path.clear();
        self.wanted = 0;
        for field in self.fields.iter_mut().flatten() {
            field.found = None;
        }
    }

    /// The id of the record; `None` if it has none of the fields.
    pub(crate) fn id(&mut self) -> Option<Uuid> {
        let Some(fields) = &self.fields else {
            return Some(hash_id(&self.out));
        };
        if fields.iter().all(|field| field.found.is_none()) {
            return None;
        }
        self.out.clear();
        self.out.push(b'{');
        for (at, field) in fields.iter().enumerate() {
            if at > 0 {
                self.out.push(b',');
            }
            write_json_string(&mut self.out, &field.name);
            self.out.push(b':');
            match &field.found {
                Some(found) => self.out.extend_from_slice(&found.text),
                None => self.out.extend_from_slice(b"null"),
            }
        }
        self.out.push(b'}');
        Some(hash_id(&self.out))
    }

    fn is_written(&self) -> bool {
        self.fields.is_none() || self.wanted > 0
    }

    pub(crate) fn begin(&mut self, is_object: bool) {
        self.before_element();
        let around = self.open.last();
        let is_in_objects = is_object && around.is_none_or(|open| open.is_in_objects);
        if is_in_objects && around.is_some() {
            self.path.push('.');
        }
        self.open.push(Open {
            is_object,
            is_empty: true,
            is_in_objects,
            out: self.out.len(),
            members: self.members.len(),
            keys: self.keys.len(),
            path: self.path.len(),
            key: 0,
            field: None,
        });
        if self.is_written() {
            self.out.push(if is_object { b'{' } else { b'[' });
        }
    }

    pub(crate) fn key(&mut self, key: &str) {
        let Some(open) = self.open.last_mut() else {
            return;
        };
        if let Some(fields) = &self.fields
            && open.is_in_objects
        {
            self.path.truncate(open.path);
            self.path.push_str(key);
            open.key = key.len();
            let by_name = |field: &Field| field.name.as_str().cmp(&self.path);
            let field = fields.binary_search_by(by_name).ok();
            self.wanted += usize::from(field.is_some());
            open.field = field.map(|field| (field, 0));
        }
        if self.fields.is_none() || self.wanted > 0 {
            if !std::mem::take(&mut open.is_empty) {
                self.out.push(b',');
            }
            let start = self.keys.len();
            self.keys.push_str(key);
            self.members.push(Member {
                key: start..self.keys.len(),
                text: self.out.len(),
            });
            write_json_string(&mut self.out, key);
            self.out.push(b':');
        }
        if let Some((_, text)) = &mut open.field {
            *text = self.out.len();
        }
    }

    pub(crate) fn end(&mut self) {
        let Some(open) = self.open.pop() else {
            return;
        };
        if self.is_written() {
            if open.is_object {
                self.sort(&open);
            }
            self.out.push(if open.is_object { b'}' } else { b']' });
        }
        self.members.truncate(open.members);
        self.keys.truncate(open.keys);
        self.after_value();
    }

    pub(crate) fn scalar(&mut self, scalar: Scalar<'_>) {
        self.before_element();
        self.write(scalar);
    }

    /// The scalar in place of the object or array that began last.
    pub(crate) fn replace(&mut self, scalar: Scalar<'_>) {
        if let Some(open) = self.open.pop() {
            self.out.truncate(open.out);
        }
        self.write(scalar);
    }

    fn write(&mut self, scalar: Scalar<'_>) {
        if self.is_written() {
            match scalar {
                Scalar::Null => self.out.extend_from_slice(b"null"),
                Scalar::Text(text) => write_json_string(&mut self.out, text),
                scalar => scalar.write_text(&mut self.out),
            }
        }
        self.after_value();
    }

    /// A comma between the elements of an array.
    fn before_element(&mut self) {
        let is_written = self.is_written();
        if let Some(open) = self.open.last_mut()
            && !open.is_object
            && is_written
            && !std::mem::take(&mut open.is_empty)
        {
            self.out.push(b',');
        }
    }

    /// Keeps the text of a member that is a field.
    fn after_value(&mut self) {
        let Some(open) = self.open.last_mut() else {
            return;
        };
        let Some((field, text)) = open.field.take() else {
            return;
        };
        self.wanted -= 1;
        // From the record down. The last key is the rest of the name, which goes
        // before any shorter one.
        let mut keys: Vec<_> = self.open.iter().map(|open| open.key).collect();
        if let Some(last) = keys.last_mut() {
            *last = 0;
        }
        if let Some(fields) = &mut self.fields {
            let found = &mut fields[field].found;
            if found.as_ref().is_none_or(|found| keys < found.keys) {
                let text = self.out[text..].to_vec();
                *found = Some(Found { keys, text });
            }
        }
    }

    /// Puts the members of an object in the order of their keys.
    fn sort(&mut self, open: &Open) {
        let members = &mut self.members[open.members..];
        let keys = self.keys.as_bytes();
        if members.is_sorted_by(|a, b| keys[a.key.clone()] <= keys[b.key.clone()]) {
            return;
        }
        // Ends are where the next begins, but for the comma.
        let ends = members.iter().skip(1).map(|next| next.text - 1);
        let ends = ends.chain([self.out.len()]);
        let mut sorted: Vec<_> = (members.iter())
            .zip(ends)
            .map(|(member, end)| (&keys[member.key.clone()], member.text..end))
            .collect();
        sorted.sort_unstable_by_key(|(key, _)| *key);
        self.scratch.clear();
        for (_, text) in sorted {
            if !self.scratch.is_empty() {
                self.scratch.push(b',');
            }
            self.scratch.extend_from_slice(&self.out[text]);
        }
        self.out.truncate(open.out + 1);
        self.out.extend_from_slice(&self.scratch);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn give(content: &mut Content, value: &Value) {
        match value {
            Value::Object(members) => {
                content.begin(true);
                for (key, value) in members {
                    content.key(key);
                    give(content, value);
                }
                content.end();
            }
            Value::Array(elements) => {
                content.begin(false);
                elements.iter().for_each(|element| give(content, element));
                content.end();
            }
            Value::String(text) => content.scalar(Scalar::Text(text)),
            Value::Number(number) => {
                content.scalar(Scalar::Integer(number.as_i64().expect("an integer")));
            }
            Value::Bool(value) => content.scalar(Scalar::Boolean(*value)),
            Value::Null => content.scalar(Scalar::Null),
        }
    }

    fn text(mut content: Content, value: &Value) -> Option<String> {
        // What a record before it left behind is nowhere.
        give(
            &mut content,
            &json!({"z": [1, {"a.b": 2}], "a": {"b": {"c": 3}}}),
        );
        content.clear();
        give(&mut content, value);
        content.id()?;
        Some(String::from_utf8(content.out).expect("UTF-8"))
    }

    #[test]
    fn keys_are_sorted_at_every_level() {
        let record = json!({
            "b": [2, {"z": null, "y": [[], {}], "": true}], "a\"": {"d": 1, "c": "x\n"}, "a": false
        });
        let whole = text(Content::of_records(), &record).expect("a text");
        let sorted =
            r#"{"a":false,"a\"":{"c":"x\n","d":1},"b":[2,{"":true,"y":[[],{}],"z":null}]}"#;
        assert_eq!(whole, sorted);
    }

    #[test]
    fn fields_are_found_wherever_their_path_leads() {
        let of = |names: &[&str], record: &Value| {
            let names: Vec<_> = names.iter().map(ToString::to_string).collect();
            text(Content::of_fields(&names), record)
        };
        let record = json!({
            "n": 1, "o": {"y": [3, {"q": 1, "p": 2}], "x": {"b": 1, "a": 2}}, "l": [{"n": 2}], "o.x": 5
        });
        let cases: [(&[&str], Option<&str>); 8] = [
            (&["n"], Some(r#"{"n":1}"#)),
            (&["z", "n"], Some(r#"{"n":1,"z":null}"#)),
            (&["o.y"], Some(r#"{"o.y":[3,{"p":2,"q":1}]}"#)),
            (&["o.x"], Some(r#"{"o.x":5}"#)),
            (
                &["o.x.a", "o"],
                Some(r#"{"o":{"x":{"a":2,"b":1},"y":[3,{"p":2,"q":1}]},"o.x.a":2}"#),
            ),
            (&["l.n"], None),
            (&["n.z"], None),
            (&["l", "l"], Some(r#"{"l":[{"n":2}]}"#)),
        ];
        for (names, expected) in cases {
            assert_eq!(of(names, &record).as_deref(), expected, "{names:?}");
        }
        let paths = json!({"a": {"b.c": 1, "b": {"c": 2}}, "a.b": {"c": 3}});
        assert_eq!(of(&["a.b.c"], &paths).as_deref(), Some(r#"{"a.b.c":1}"#));
        let whole = json!({"a": {"b.c": 1}, "a.b": {"c": 3}, "a.b.c": 4});
        assert_eq!(of(&["a.b.c"], &whole).as_deref(), Some(r#"{"a.b.c":4}"#));
        let empty = json!({"": {"": 7}});
        assert_eq!(of(&["."], &empty).as_deref(), Some(r#"{".":7}"#));
    }
}
