//! The canonical text of a record, which ids are hashed from: keys sorted by
//! bytes, no white space, numbers in one form.

use std::collections::BTreeMap;
use transmog_model::{EventSink, JsonText, Rejection, write_json_string};

#[derive(Debug)]
enum Value {
    /// JSON text of a primitive.
    Primitive(Vec<u8>),
    Array(Vec<Value>),
    Object(BTreeMap<String, Value>),
}

/// Collects the events of one record and gives its canonical text.
#[derive(Debug, Default)]
pub struct CanonicalText {
    /// Open containers with the key their value gets in the one around.
    open: Vec<(Option<String>, Value)>,
    key: Option<String>,
    root: Option<Value>,
}

impl CanonicalText {
    /// The text of the whole record.
    #[must_use]
    pub fn record(&self) -> Vec<u8> {
        let mut out = Vec::new();
        if let Some(root) = &self.root {
            root.write(&mut out);
        }
        out
    }

    /// The text of the object of these fields, each a key or a dotted path;
    /// absent ones are null. `None` when the record has none of them.
    #[must_use]
    pub fn fields(&self, fields: &[String]) -> Option<Vec<u8>> {
        let found: BTreeMap<_, _> = fields
            .iter()
            .map(|name| (name, self.root.as_ref().and_then(|v| v.find(name))))
            .collect();
        if found.values().all(Option::is_none) {
            return None;
        }
        let mut out = vec![b'{'];
        for (at, (name, value)) in found.into_iter().enumerate() {
            if at > 0 {
                out.push(b',');
            }
            write_json_string(&mut out, name);
            out.push(b':');
            match value {
                Some(value) => value.write(&mut out),
                None => out.extend_from_slice(b"null"),
            }
        }
        out.push(b'}');
        Some(out)
    }

    fn value(&mut self, value: Value) {
        let key = self.key.take();
        match self.open.last_mut() {
            None => self.root = Some(value),
            Some((_, Value::Array(elements))) => elements.push(value),
            Some((_, Value::Object(members))) => {
                members.insert(key.unwrap_or_default(), value);
            }
            Some((_, Value::Primitive(_))) => unreachable!("only containers are open"),
        }
    }

    fn primitive(&mut self, write: impl FnOnce(&mut JsonText)) -> Result<(), Rejection> {
        let mut json = JsonText::default();
        write(&mut json);
        self.value(Value::Primitive(json.as_str().as_bytes().to_vec()));
        Ok(())
    }

    fn begin(&mut self, container: Value) -> Result<(), Rejection> {
        let key = self.key.take();
        self.open.push((key, container));
        Ok(())
    }

    fn end(&mut self) -> Result<(), Rejection> {
        if let Some((key, container)) = self.open.pop() {
            self.key = key;
            self.value(container);
        }
        Ok(())
    }
}

impl Value {
    /// The value at a key, or else at a dotted path.
    fn find(&self, name: &str) -> Option<&Value> {
        let Value::Object(members) = self else {
            return None;
        };
        members.get(name).or_else(|| {
            name.match_indices('.')
                .find_map(|(at, _)| members.get(&name[..at])?.find(&name[at + 1..]))
        })
    }

    fn write(&self, out: &mut Vec<u8>) {
        match self {
            Value::Primitive(text) => out.extend_from_slice(text),
            Value::Array(elements) => {
                out.push(b'[');
                for (at, element) in elements.iter().enumerate() {
                    if at > 0 {
                        out.push(b',');
                    }
                    element.write(out);
                }
                out.push(b']');
            }
            Value::Object(members) => {
                out.push(b'{');
                for (at, (key, value)) in members.iter().enumerate() {
                    if at > 0 {
                        out.push(b',');
                    }
                    write_json_string(out, key);
                    out.push(b':');
                    value.write(out);
                }
                out.push(b'}');
            }
        }
    }
}

impl EventSink for CanonicalText {
    fn begin_object(&mut self) -> Result<(), Rejection> {
        self.begin(Value::Object(BTreeMap::new()))
    }

    fn key(&mut self, key: &str) -> Result<(), Rejection> {
        self.key = Some(key.to_owned());
        Ok(())
    }

    fn end_object(&mut self) -> Result<(), Rejection> {
        self.end()
    }

    fn begin_array(&mut self) -> Result<(), Rejection> {
        self.begin(Value::Array(Vec::new()))
    }

    fn end_array(&mut self) -> Result<(), Rejection> {
        self.end()
    }

    fn null(&mut self) -> Result<(), Rejection> {
        self.primitive(JsonText::null)
    }

    fn boolean(&mut self, value: bool) -> Result<(), Rejection> {
        self.primitive(|json| json.boolean(value))
    }

    fn integer(&mut self, value: i64) -> Result<(), Rejection> {
        self.primitive(|json| json.integer(value))
    }

    fn decimal(&mut self, value: i128) -> Result<(), Rejection> {
        self.primitive(|json| json.integer(value))
    }

    fn float(&mut self, value: f64) -> Result<(), Rejection> {
        self.primitive(|json| json.float(value))
    }

    fn huge_number(&mut self, text: &str) -> Result<(), Rejection> {
        self.primitive(|json| json.raw(text))
    }

    fn string(&mut self, value: &str) -> Result<(), Rejection> {
        self.primitive(|json| json.string(value))
    }
}
