//! One record as a flat list of events, with each key once.

use std::collections::{BTreeMap, HashMap};
use transmog_events::{EventSink, JsonPath, Rejection, Remark};

#[derive(Clone, Copy, Debug)]
enum Node {
    BeginObject,
    Key(usize, usize),
    EndObject,
    BeginArray,
    EndArray,
    Null,
    Boolean(bool),
    Integer(i64),
    Decimal(i128),
    Float(f64),
    Long(f64, usize, usize),
    Exact(usize, usize),
    Text(usize, usize),
}

/// A container that is open.
#[derive(Debug, Default)]
struct Open {
    is_array: bool,
    /// Of each member: where its key begins and ends in the text, and the index of its node.
    members: Vec<(usize, usize, usize)>,
}

/// One value as a list of events: a record between the exact parser and a sink, or one that is
/// built of events, as any [`EventSink`] is.
///
/// Where an object holds a key twice, the last value stays, at the position of the first;
/// [`remarks`](Self::remarks) has the path. The events must nest as those of JSON do.
///
/// # Examples
/// ```
/// use transmog_events::{JsonText, Remark};
/// use transmog_reader::{Document, parse_document};
///
/// let mut document = Document::default();
/// parse_document(br#"{"a": 1, "b": 2, "a": 3}"#, &mut document).expect("JSON");
/// let mut text = JsonText::default();
/// document.replay(&mut text)?;
/// assert_eq!(text.as_str(), r#"{"a":3,"b":2}"#);
/// let (remark, path) = document.remarks().keys().next().expect("a key is there twice");
/// assert_eq!((*remark, path.to_string().as_str()), (Remark::DuplicateKey, "$.a"));
/// # Ok::<(), transmog_events::Rejection>(())
/// ```
#[derive(Debug, Default)]
pub struct Document {
    nodes: Vec<Node>,
    text: String,
    open: Vec<Open>,
    remarks: BTreeMap<(Remark, JsonPath), u64>,
    /// Bytes that it may take; any by default.
    memory: Option<usize>,
}

impl Document {
    /// A document that may take `bytes` of memory, about. Beyond that it refuses each event with
    /// a rejection that says so, and [`parse_document`](crate::parse_document) fails. Default:
    /// no bound.
    #[must_use]
    pub fn with_memory(bytes: usize) -> Self {
        Self {
            memory: Some(bytes),
            ..Self::default()
        }
    }

    /// The bytes of memory that it takes, about.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.nodes.len() * size_of::<Node>() + self.text.len()
    }

    /// The bytes that it may take, if it takes more.
    pub(crate) fn excess(&self) -> Option<usize> {
        self.memory.filter(|memory| self.bytes() > *memory)
    }

    fn push(&mut self, node: Node) -> Result<(), Rejection> {
        self.nodes.push(node);
        match self.excess() {
            None => Ok(()),
            Some(memory) => Err(Rejection::too_large("$", too_large(memory))),
        }
    }

    /// Makes it empty. The memory is kept for the next record.
    pub fn clear(&mut self) {
        self.nodes.clear();
        self.text.clear();
        self.open.clear();
        self.remarks.clear();
    }

    /// What there is to say of it, and how often at each path: values that a later value of the
    /// same key replaced, and what was read although it is not JSON.
    #[must_use]
    pub fn remarks(&self) -> &BTreeMap<(Remark, JsonPath), u64> {
        &self.remarks
    }

    /// Counts extra commas in the innermost container.
    #[cold]
    pub(crate) fn note_commas(&mut self, count: u64) {
        let around = self.open.split_last().map_or(&[][..], |(_, around)| around);
        self.note(Remark::LenientComma, self.path_of(around), count);
    }

    /// Counts something about the key or the value at hand.
    #[cold]
    pub(crate) fn note_here(&mut self, remark: Remark, count: u64) {
        self.note(remark, self.path_of(&self.open), count);
    }

    fn note(&mut self, remark: Remark, path: JsonPath, count: u64) {
        *self.remarks.entry((remark, path)).or_default() += count;
    }

    /// The path of the value at hand in these containers.
    fn path_of(&self, open: &[Open]) -> JsonPath {
        let mut path = JsonPath::root();
        for open in open {
            path = match open.members.last() {
                _ if open.is_array => path.elements(),
                Some((start, end, _)) => path.member(&self.text[*start..*end]),
                None => path,
            };
        }
        path
    }

    /// The kind of the value, for messages: `an array`, for example.
    pub(crate) fn description(&self) -> &'static str {
        match self.nodes.first() {
            Some(Node::BeginObject) => "an object",
            Some(Node::BeginArray) => "an array",
            Some(Node::Null) => "null",
            Some(Node::Boolean(_)) => "a boolean",
            Some(Node::Text(..)) => "a string",
            Some(_) => "a number",
            None => "nothing",
        }
    }

    /// The text of a document that is one string.
    pub(crate) fn into_text(self) -> String {
        self.text
    }

    /// Gives the events to a sink, in order.
    ///
    /// # Errors
    /// When the sink rejects an event; those behind it are not given.
    pub fn replay<S: EventSink + ?Sized>(&self, sink: &mut S) -> Result<(), Rejection> {
        for node in &self.nodes {
            match *node {
                Node::BeginObject => sink.begin_object()?,
                Node::Key(start, end) => sink.key(&self.text[start..end])?,
                Node::EndObject => sink.end_object()?,
                Node::BeginArray => sink.begin_array()?,
                Node::EndArray => sink.end_array()?,
                Node::Null => sink.null()?,
                Node::Boolean(value) => sink.boolean(value)?,
                Node::Integer(value) => sink.integer(value)?,
                Node::Decimal(value) => sink.decimal(value)?,
                Node::Float(value) => sink.float(value)?,
                Node::Long(nearest, start, end) => {
                    sink.long_float(nearest, &self.text[start..end])?;
                }
                Node::Exact(start, end) => sink.exact_number(&self.text[start..end])?,
                Node::Text(start, end) => sink.string(&self.text[start..end])?,
            }
        }
        Ok(())
    }

    fn store(&mut self, text: &str) -> (usize, usize) {
        let start = self.text.len();
        self.text.push_str(text);
        (start, self.text.len())
    }

    /// The text, to which the string at hand is appended.
    pub(crate) fn text_mut(&mut self) -> &mut String {
        &mut self.text
    }

    /// Ends a string that began at `start` of the text.
    pub(crate) fn end_string(&mut self, start: usize, is_key: bool) {
        let end = self.text.len();
        if is_key {
            self.add_key(start, end);
        } else {
            self.nodes.push(Node::Text(start, end));
        }
    }

    fn add_key(&mut self, start: usize, end: usize) {
        if let Some(open) = self.open.last_mut() {
            open.members.push((start, end, self.nodes.len()));
        }
        self.nodes.push(Node::Key(start, end));
    }

    /// Keeps the last value of each key at its first position.
    fn drop_duplicates(&mut self, members: &[(usize, usize, usize)]) {
        let mut first: HashMap<&str, usize> = HashMap::with_capacity(members.len());
        // Of each key the member whose value stays, in order of first appearance.
        let mut kept: Vec<usize> = Vec::with_capacity(members.len());
        let mut dropped = Vec::new();
        for (at, (start, end, _)) in members.iter().enumerate() {
            match first.get(&self.text[*start..*end]) {
                Some(slot) => {
                    kept[*slot] = at;
                    dropped.push((*start, *end));
                }
                None => {
                    first.insert(&self.text[*start..*end], kept.len());
                    kept.push(at);
                }
            }
        }
        if dropped.is_empty() {
            return;
        }
        let begin = members[0].2;
        let mut nodes = Vec::with_capacity(self.nodes.len() - begin);
        for at in kept {
            let end = members.get(at + 1).map_or(self.nodes.len(), |next| next.2);
            nodes.extend_from_slice(&self.nodes[members[at].2..end]);
        }
        self.nodes.truncate(begin);
        self.nodes.extend(nodes);
        let around = self.path_of(&self.open);
        for (start, end) in dropped {
            let path = around.member(&self.text[start..end]);
            self.note(Remark::DuplicateKey, path, 1);
        }
    }
}

impl EventSink for Document {
    fn begin_object(&mut self) -> Result<(), Rejection> {
        self.open.push(Open::default());
        self.push(Node::BeginObject)
    }

    fn key(&mut self, key: &str) -> Result<(), Rejection> {
        let (start, end) = self.store(key);
        self.add_key(start, end);
        Ok(())
    }

    fn end_object(&mut self) -> Result<(), Rejection> {
        if let Some(open) = self.open.pop()
            && open.members.len() > 1
        {
            self.drop_duplicates(&open.members);
        }
        self.push(Node::EndObject)
    }

    fn begin_array(&mut self) -> Result<(), Rejection> {
        self.open.push(Open {
            is_array: true,
            ..Open::default()
        });
        self.push(Node::BeginArray)
    }

    fn end_array(&mut self) -> Result<(), Rejection> {
        self.open.pop();
        self.push(Node::EndArray)
    }

    fn null(&mut self) -> Result<(), Rejection> {
        self.push(Node::Null)
    }

    fn boolean(&mut self, value: bool) -> Result<(), Rejection> {
        self.push(Node::Boolean(value))
    }

    fn integer(&mut self, value: i64) -> Result<(), Rejection> {
        self.push(Node::Integer(value))
    }

    fn decimal(&mut self, value: i128) -> Result<(), Rejection> {
        self.push(Node::Decimal(value))
    }

    fn float(&mut self, value: f64) -> Result<(), Rejection> {
        self.push(Node::Float(value))
    }

    fn long_float(&mut self, nearest: f64, text: &str) -> Result<(), Rejection> {
        let (start, end) = self.store(text);
        self.push(Node::Long(nearest, start, end))
    }

    fn exact_number(&mut self, text: &str) -> Result<(), Rejection> {
        let (start, end) = self.store(text);
        self.push(Node::Exact(start, end))
    }

    fn string(&mut self, value: &str) -> Result<(), Rejection> {
        let (start, end) = self.store(value);
        self.push(Node::Text(start, end))
    }
}

/// The message about a record that takes more memory than it may.
pub(crate) fn too_large(memory: usize) -> String {
    format!(
        "expected a record that takes at most {memory} bytes while it is read (memory_limit); allow \
         more, or read its parts as records (records_path)"
    )
}
