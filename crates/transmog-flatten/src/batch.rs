//! Rows of chunks, as record batches of one schema.

use crate::{
    keys::{NumberedRows, keys_of, uuid_texts},
    table::ChunkTable,
};
use arrow::{
    array::{
        Array, ArrayRef, AsArray, RecordBatch, RecordBatchOptions, StringArray,
        TimestampMicrosecondArray, new_null_array,
    },
    compute::concat,
    datatypes::SchemaRef,
    error::ArrowError,
};
use std::{collections::HashMap, ops::Range, sync::Arc};
use transmog_events::JsonPath;
use transmog_model::{ColumnRole, ColumnType, Observed, TableSchema, convert};

/// Bytes that the names of inputs may take in a batch, about.
const MAX_SOURCE_BYTES: usize = 4 << 20;

impl ChunkTable {
    /// The rows as a record batch in the columns and types of `schema`, which is one of
    /// [`TableSet::schemas`](crate::TableSet::schemas), or a wider one. A column that the chunk
    /// does not have is null; one that the schema does not have is left out.
    ///
    /// # Errors
    /// When the schema has a column for the start of the run, since there is no run.
    ///
    /// # Panics
    /// When a column of the schema has a narrower type than its values in the chunk.
    ///
    /// # Examples
    /// From bytes to record batches:
    /// ```
    /// use transmog_flatten::{Flattener, Naming, Options};
    /// use transmog_reader::{ChunkReader, ReadOptions, Source};
    ///
    /// let json = r#"{"name":"Acme","teams":[{"size":7},{"size":2.5}]}"#;
    /// let naming = Naming::default().without_time();
    /// let mut flattener = Flattener::new(Options::default());
    /// let sources = vec![Source::bytes("orders", json)];
    /// let mut reader = ChunkReader::new(sources, ReadOptions::default());
    /// while let Some(chunk) = reader.next_chunk()? {
    ///     chunk.parse(&mut flattener);
    ///     let tables = flattener.finish();
    ///     assert!(tables.rejected.is_empty());
    ///     for (schema, table) in tables.schemas(&naming).iter().zip(tables.tables) {
    ///         println!("{}: {:?}", schema.name, table.into_batch(schema)?);
    ///     }
    /// }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn into_batch(self, schema: &TableSchema) -> Result<RecordBatch, ArrowError> {
        let paths = schema.columns.iter().map(|column| column.path.as_ref());
        let places: HashMap<&JsonPath, usize> = (paths.enumerate())
            .filter_map(|(place, path)| Some((path?, place)))
            .collect();
        let places: Vec<_> = (self.columns.iter())
            .map(|column| places.get(&column.path).copied())
            .collect();
        let rows = self.rows;
        let mut gathered = Gathered::new(Arc::new(schema.clone()), None);
        gathered.add(self, |at| places[at]);
        gathered.batch(0..rows)
    }
}

/// Rows of one chunk or of several, in the types of one schema.
///
/// Their memory and time are those of the columns that have cells in these rows, and one word for
/// each other column.
///
/// # Examples
/// ```
/// use std::sync::Arc;
/// use transmog_events::{RecordSink, RecordStart};
/// use transmog_flatten::{Flattener, Gathered, Naming, Options, serialize_events};
///
/// let mut flattener = Flattener::new(Options::default());
/// let mut chunk = |number: i64| {
///     flattener.begin_record(RecordStart { byte: 0, index: 0 });
///     serialize_events(&serde_json::json!({"n": number}), &mut flattener).expect("an object");
///     flattener.end_record().expect("a record");
///     flattener.finish()
/// };
/// let (first, second) = (chunk(1), chunk(2));
/// let schema = first.schemas(&Naming::default().without_time()).remove(0);
/// let mut rows = Gathered::new(Arc::new(schema), None);
/// for table in first.tables.into_iter().chain(second.tables) {
///     // The schema has the id before the only data column.
///     rows.add(table, |column| Some(column + 1));
/// }
/// assert_eq!(rows.batch(0..2)?.num_rows(), 2);
/// # Ok::<(), arrow::error::ArrowError>(())
/// ```
pub struct Gathered {
    schema: Arc<TableSchema>,
    arrow: SchemaRef,
    /// The time in every row.
    start_micros: Option<i64>,
    /// The cells of each column of the schema, in the order of their rows.
    columns: Vec<Vec<Piece>>,
    /// The names of inputs, each with the row behind its last one.
    sources: Vec<(usize, Option<Arc<str>>)>,
    /// The rows whose keys are made from numbers.
    numbered: Vec<NumberedRows>,
    /// The number of columns with cells.
    filled: usize,
    rows: usize,
}

/// Cells of a column, from the row `start` on.
struct Piece {
    start: usize,
    array: ArrayRef,
}

impl Gathered {
    /// No rows yet, of a table with this schema. If the schema has a column for the start of the
    /// run, its cells are `start_micros`, in microseconds since the Unix epoch.
    #[must_use]
    pub fn new(schema: Arc<TableSchema>, start_micros: Option<i64>) -> Self {
        Self {
            arrow: schema.arrow_schema(),
            columns: schema.columns.iter().map(|_| Vec::new()).collect(),
            sources: Vec::new(),
            numbered: Vec::new(),
            schema,
            start_micros,
            filled: 0,
            rows: 0,
        }
    }

    /// The schema of the rows.
    #[must_use]
    pub fn schema(&self) -> &TableSchema {
        &self.schema
    }

    /// Adds the rows of a chunk. `place` gives for the index of each of its data columns the
    /// index of a column of the schema, or `None` to leave it out.
    pub fn add(&mut self, chunk: ChunkTable, place: impl Fn(usize) -> Option<usize>) {
        let start = self.rows;
        self.rows += chunk.rows;
        let origin = chunk.origin.unwrap_or_default();
        self.sources.push((self.rows, origin.source));
        let mut metadata = vec![
            (ColumnRole::Line, origin.lines),
            (ColumnRole::Byte, origin.bytes),
            (ColumnRole::Index, chunk.indexes),
        ];
        match chunk.numbering {
            Some(numbering) => self.numbered.push(NumberedRows {
                rows: start..self.rows,
                numbering,
                parents: chunk.parent_ids,
                roots: chunk.root_ids,
            }),
            None => metadata.extend([
                (ColumnRole::Id, chunk.ids),
                (ColumnRole::Parent, chunk.parent_ids),
                (ColumnRole::Root, chunk.root_ids),
            ]),
        }
        for (role, array) in metadata {
            let place = (self.schema.columns.iter()).position(|column| column.role == role);
            if let (Some(place), Some(array)) = (place, array) {
                self.push_key(place, start, array);
            }
        }
        for (at, data) in chunk.columns.into_iter().enumerate() {
            if let Some(place) = place(at) {
                let column_type = self.schema.columns[place].column_type;
                let array = convert(&data.cells, &data.seen, column_type);
                self.push(place, start + data.start, array);
            }
        }
    }

    /// UUIDs stay in 16 bytes until a batch is made of them.
    fn push_key(&mut self, at: usize, start: usize, array: ArrayRef) {
        let column_type = self.schema.columns[at].column_type;
        self.push(
            at,
            start,
            match array.as_fixed_size_binary_opt() {
                Some(_) => array,
                None => convert(&array, &Observed::default(), column_type),
            },
        );
    }

    fn push(&mut self, at: usize, start: usize, array: ArrayRef) {
        if array.is_empty() {
            return;
        }
        let pieces = &mut self.columns[at];
        self.filled += usize::from(pieces.is_empty());
        pieces.push(Piece { start, array });
    }

    /// Number of rows.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Number of cells, about: columns without cells in these rows do not count.
    #[must_use]
    pub fn cells(&self) -> usize {
        let keys = self.numbered.first().map_or(0, NumberedRows::keys);
        self.rows * (self.filled + keys)
    }

    /// The most rows of a batch in which the names of inputs take few bytes.
    #[must_use]
    pub fn most_rows(&self) -> usize {
        let has_sources = (self.schema.columns.iter()).any(|c| c.role == ColumnRole::Source);
        let names = self.sources.iter().filter_map(|(_, name)| name.as_ref());
        let longest = names.map(|name| name.len()).max().filter(|_| has_sources);
        (MAX_SOURCE_BYTES / longest.unwrap_or(0).max(1)).max(1)
    }

    /// Removes the rows.
    pub fn clear(&mut self) {
        self.sources.clear();
        self.numbered.clear();
        self.columns.iter_mut().for_each(Vec::clear);
        (self.filled, self.rows) = (0, 0);
    }

    /// Some of the rows as a batch.
    ///
    /// # Errors
    /// When a column that cannot be null has no cells: that of the start of the run, for example,
    /// without a start.
    pub fn batch(&self, rows: Range<usize>) -> Result<RecordBatch, ArrowError> {
        let mut columns: Vec<ArrayRef> = Vec::with_capacity(self.columns.len());
        // Columns without cells share their nulls.
        let mut nulls: Vec<(ColumnType, ArrayRef)> = Vec::new();
        for (column, pieces) in self.schema.columns.iter().zip(&self.columns) {
            if let (ColumnRole::Time, Some(start)) = (column.role, self.start_micros) {
                let times = TimestampMicrosecondArray::from_value(start, rows.len());
                columns.push(Arc::new(times.with_timezone("UTC")));
                continue;
            }
            if column.role == ColumnRole::Source {
                columns.push(self.source_names(&rows)?);
                continue;
            }
            if self
                .numbered
                .first()
                .is_some_and(|rows| rows.has(column.role))
            {
                let keys = keys_of(&self.numbered, column.role, &rows)?;
                columns.push(in_type(keys, column.column_type)?);
                continue;
            }
            let first = pieces.partition_point(|piece| piece.end() <= rows.start);
            let last = pieces.partition_point(|piece| piece.start < rows.end);
            let pieces = &pieces[first..last.max(first)];
            let column_type = column.column_type;
            columns.push(match pieces {
                [] => match nulls.iter().find(|(of, _)| *of == column_type) {
                    Some((_, nulls)) => Arc::clone(nulls),
                    None => {
                        let array = new_null_array(&column_type.arrow_type(), rows.len());
                        nulls.push((column_type, Arc::clone(&array)));
                        array
                    }
                },
                pieces => in_type(window(pieces, &rows, column_type)?, column_type)?,
            });
        }
        RecordBatch::try_new_with_options(
            Arc::clone(&self.arrow),
            columns,
            &RecordBatchOptions::new().with_row_count(Some(rows.len())),
        )
    }
}

impl Gathered {
    /// The name of the input for each of these rows.
    fn source_names(&self, rows: &Range<usize>) -> Result<ArrayRef, ArrowError> {
        let mut parts: Vec<ArrayRef> = Vec::new();
        let (mut at, mut bytes) = (rows.start, 0usize);
        for (end, name) in &self.sources {
            let count = (*end).min(rows.end).saturating_sub(at);
            if count == 0 {
                continue;
            }
            at += count;
            bytes =
                bytes.saturating_add(count.saturating_mul(name.as_ref().map_or(0, |n| n.len())));
            if i32::try_from(bytes).is_err() {
                return Err(ArrowError::OffsetOverflowError(bytes));
            }
            parts.push(match name {
                Some(name) => Arc::new(StringArray::new_repeated(&**name, count)),
                None => new_null_array(&ColumnType::TEXT.arrow_type(), count),
            });
        }
        joined(&parts)
    }
}

impl Piece {
    fn end(&self) -> usize {
        self.start + self.array.len()
    }

    /// The part of `rows` in this piece, as rows of its array.
    fn part(&self, rows: &Range<usize>) -> Range<usize> {
        let (start, end) = (rows.start.max(self.start), rows.end.min(self.end()));
        start - self.start..end - self.start
    }
}

/// Keys as a column has them.
fn in_type(keys: ArrayRef, column_type: ColumnType) -> Result<ArrayRef, ArrowError> {
    match keys.as_fixed_size_binary_opt() {
        Some(ids) if column_type == ColumnType::TEXT => uuid_texts(ids),
        _ => Ok(keys),
    }
}

/// The cells of these rows, null where no piece has them.
fn window(
    pieces: &[Piece],
    rows: &Range<usize>,
    column_type: ColumnType,
) -> Result<ArrayRef, ArrowError> {
    let nulls = |count| new_null_array(&column_type.arrow_type(), count);
    let mut parts = Vec::with_capacity(pieces.len() * 2 + 1);
    let mut at = rows.start;
    for piece in pieces {
        let part = piece.part(rows);
        if piece.start > at {
            parts.push(nulls(piece.start - at));
        }
        at = piece.start + part.end;
        parts.push(piece.array.slice(part.start, part.len()));
    }
    if at < rows.end {
        parts.push(nulls(rows.end - at));
    }
    joined(&parts)
}

/// The cells one after another.
fn joined(parts: &[ArrayRef]) -> Result<ArrayRef, ArrowError> {
    match parts {
        [] => Ok(new_null_array(&ColumnType::TEXT.arrow_type(), 0)),
        [only] => Ok(Arc::clone(only)),
        parts => concat(&parts.iter().map(|part| part.as_ref()).collect::<Vec<_>>()),
    }
}
