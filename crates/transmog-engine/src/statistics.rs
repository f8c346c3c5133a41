//! Statistics of columns, which do not depend on chunks.

use crate::sketch::{KEPT, KEPT_BYTES, Kept, Sketch, cut};
use arrow::{
    array::{Array, AsArray},
    compute,
    datatypes::{DataType, Decimal128Type, Float64Type, Int64Type},
};
use std::collections::HashMap;
use transmog_events::{Decimal, JsonPath, write_float};
use transmog_model::{
    ColumnStatistics, ColumnType, Histogram, Observed, ScalarType, strings, text_at, time_of,
};

/// Bars of a histogram.
const BARS: usize = 16;
/// Bytes kept of the smallest and the largest text, more than are shown.
const RANGE_BYTES: usize = 256;
/// The least number of kept values of a column.
const LEAST_KEPT: usize = 16;
/// The number of values shown as examples, and as common values.
const EXAMPLES: usize = 3;
const COMMON: usize = 5;

/// Statistics of columns by path. Parts can be merged in any order with the same result.
#[derive(Clone, Debug)]
pub(crate) struct Statistics {
    columns: HashMap<JsonPath, Seen>,
    /// Approximate bytes that the kept values may take.
    memory: usize,
    /// The number of kept values of each column.
    most: usize,
}

impl Default for Statistics {
    fn default() -> Self {
        Self::with_memory(usize::MAX)
    }
}

/// Statistics of one column.
#[derive(Clone, Debug, Default)]
struct Seen {
    /// What its cells are, texts with their form.
    observed: Observed,
    /// Number of cells that are not null.
    values: u64,
    /// The smallest and the largest text, by bytes.
    texts: Option<(Box<str>, Box<str>)>,
    /// The first and the last of the timestamps.
    times: Option<(Time, Time)>,
    /// The smallest and the largest of the numbers that are not floats.
    decimals: Option<(Decimal, Decimal)>,
    floats: Option<(f64, f64)>,
    sketch: Sketch,
    buffer: Vec<u8>,
}

/// A time, in seconds and nanoseconds, and its text.
type Time = ((i64, u32), Box<str>);

impl Statistics {
    /// Statistics of about `bytes` in all. If there are many columns, they keep fewer values of
    /// each.
    pub(crate) fn with_memory(bytes: usize) -> Self {
        Self {
            columns: HashMap::new(),
            memory: bytes,
            most: KEPT,
        }
    }

    /// Adds the cells of a column in which this was observed.
    pub(crate) fn add(&mut self, path: &JsonPath, observed: Observed, cells: &dyn Array) {
        let most = self.most;
        match self.columns.get_mut(path) {
            Some(column) => column.add(observed, cells, most),
            None => self.column(path.clone()).add(observed, cells, most),
        }
    }

    /// The column at a path, which may be new.
    fn column(&mut self, path: JsonPath) -> &mut Seen {
        // It is halved only a few times, so this loop over all columns is rare. It depends only on
        // the number of columns, not on their order.
        let bytes = (self.columns.len() + 1) * KEPT_BYTES;
        let before = self.most;
        while self.most > LEAST_KEPT && self.most.saturating_mul(bytes) > self.memory {
            self.most /= 2;
        }
        if self.most < before {
            let columns = self.columns.values_mut();
            columns.for_each(|column| column.sketch.keep(self.most));
        }
        self.columns.entry(path).or_default()
    }

    /// Adds the statistics of `other`.
    pub(crate) fn merge(&mut self, other: Self) {
        for (path, cells) in other.columns {
            let column = self.column(path);
            // Surplus values are dropped after the last column.
            column.merge(cells, KEPT);
        }
        let columns = self.columns.values_mut();
        columns.for_each(|column| column.sketch.keep(self.most));
    }

    /// The statistics of the column at `path` in a table with this many rows.
    pub(crate) fn of(
        &self,
        path: &JsonPath,
        column_type: ColumnType,
        rows: u64,
    ) -> ColumnStatistics {
        match self.columns.get(path) {
            Some(cells) => cells.finish(column_type, rows, self.most),
            None => Seen::default().finish(column_type, rows, self.most),
        }
    }
}

/// The wider of two ranges.
fn join<T: Copy + PartialOrd>(known: Option<(T, T)>, least: T, most: T) -> Option<(T, T)> {
    let (low, high) = known.unwrap_or((least, most));
    let low = if least < low { least } else { low };
    let high = if most > high { most } else { high };
    Some((low, high))
}

impl Seen {
    fn add(&mut self, observed: Observed, cells: &dyn Array, most: usize) {
        let observed = observed.with_form_of(cells);
        let are_times = matches!(
            observed.final_type(),
            ColumnType::Scalar(ScalarType::Timestamp(_))
        );
        self.observed = self.observed.join(observed);
        self.values += (cells.len() - cells.logical_null_count()) as u64;
        match cells.data_type() {
            DataType::Int64 => {
                let cells = cells.as_primitive::<Int64Type>();
                if let (Some(least), Some(most)) = (compute::min(cells), compute::max(cells)) {
                    self.decimals = join(self.decimals, least.into(), most.into());
                }
            }
            DataType::Decimal128(_, scale) => {
                let cells = cells.as_primitive::<Decimal128Type>();
                if let (Some(least), Some(most)) = (compute::min(cells), compute::max(cells)) {
                    let number = |units| Decimal::new(units, scale.unsigned_abs());
                    self.decimals = join(self.decimals, number(least), number(most));
                }
            }
            DataType::Float64 => {
                let cells = cells.as_primitive::<Float64Type>();
                if let (Some(least), Some(most)) = (compute::min(cells), compute::max(cells)) {
                    self.floats = join(self.floats, least, most);
                }
            }
            _ => {}
        }
        if let Some(texts) = strings(cells) {
            for text in texts.iter().flatten() {
                self.add_text(text, most);
            }
            if are_times {
                texts.iter().flatten().for_each(|text| self.add_time(text));
            }
            return;
        }
        let mut buffer = std::mem::take(&mut self.buffer);
        for row in (0..cells.len()).filter(|row| cells.is_valid(*row)) {
            buffer.clear();
            text_at(&mut buffer, cells, row);
            self.add_text(&String::from_utf8_lossy(&buffer), most);
        }
        self.buffer = buffer;
    }

    #[inline]
    fn add_text(&mut self, text: &str, most: usize) {
        self.sketch.add(text, most);
        // Prefixes of texts have the same order as the texts.
        let text = &text[..text.floor_char_boundary(RANGE_BYTES)];
        match &mut self.texts {
            Some((least, _)) if text < &**least => *least = text.into(),
            Some((_, most)) if text > &**most => *most = text.into(),
            Some(_) => {}
            None => self.texts = Some((text.into(), text.into())),
        }
    }

    fn add_time(&mut self, text: &str) {
        let Some(time) = time_of(text) else {
            return;
        };
        // Of texts of one time, the first by bytes counts, wherever it is.
        let key = (time, text);
        let is_known = self
            .times
            .as_ref()
            .is_some_and(|((first, least), (last, most))| {
                (*first, &**least) <= key && key <= (*last, &**most)
            });
        if !is_known {
            self.join_times((time, text.into()), (time, text.into()));
        }
    }

    fn join_times(&mut self, first: Time, last: Time) {
        self.times = Some(match self.times.take() {
            Some((least, most)) => (least.min(first), most.max(last)),
            None => (first, last),
        });
    }

    fn merge(&mut self, other: Self, most: usize) {
        self.observed = self.observed.join(other.observed);
        self.values += other.values;
        if let Some((least, most)) = other.decimals {
            self.decimals = join(self.decimals, least, most);
        }
        if let Some((least, most)) = other.floats {
            self.floats = join(self.floats, least, most);
        }
        self.texts = match (self.texts.take(), other.texts) {
            (Some((a, b)), Some((c, d))) => Some((a.min(c), b.max(d))),
            (texts, None) | (None, texts) => texts,
        };
        if let Some((first, last)) = other.times {
            self.join_times(first, last);
        }
        self.sketch.merge(other.sketch, most);
    }

    fn finish(&self, column_type: ColumnType, rows: u64, most: usize) -> ColumnStatistics {
        let is_number = matches!(
            column_type,
            ColumnType::Scalar(ScalarType::Int64 | ScalarType::Float64 | ScalarType::Decimal(_))
        );
        let detected = self.observed.final_type();
        let is_text = column_type.scalar() == ScalarType::Text;
        let would_be = (is_text && detected.scalar() != ScalarType::Text).then_some(detected);
        let are_times = matches!(
            would_be.unwrap_or(column_type).scalar(),
            ScalarType::Timestamp(_)
        );
        let texts = self.texts.as_ref().map(|(least, most)| (least, most));
        let times = self
            .times
            .as_ref()
            .map(|((_, first), (_, last))| (first, last));
        let (min, max) = match column_type {
            _ if is_number => self.number_range(),
            ColumnType::List(_) => (None, None),
            _ => match times.filter(|_| are_times).or(texts) {
                Some((least, most)) => (Some(cut(least).into()), Some(cut(most).into())),
                None => (None, None),
            },
        };
        let frequent = self.sketch.by_frequency();
        let examples = frequent.iter().take(EXAMPLES);
        let common = frequent.iter().filter(|kept| kept.count > 1).take(COMMON);
        ColumnStatistics {
            would_be,
            nulls: rows.saturating_sub(self.values),
            distinct: self.sketch.distinct(most),
            distinct_is_exact: self.sketch.is_exact(most),
            min,
            max,
            examples: examples.map(|kept| kept.shown.to_string()).collect(),
            // If not all values are kept, the most frequent ones are not known.
            common: match self.sketch.is_exact(most) {
                true => common
                    .map(|kept| (kept.shown.to_string(), kept.count))
                    .collect(),
                false => Vec::new(),
            },
            histogram: is_number.then(|| self.histogram(&frequent)).flatten(),
        }
    }

    /// The smallest and the largest number as text.
    fn number_range(&self) -> (Option<String>, Option<String>) {
        let float = |value: f64| {
            let mut text = Vec::new();
            write_float(&mut text, value);
            String::from_utf8_lossy(&text).into_owned()
        };
        // In a column of decimals, floats are decimals too.
        let floats = self
            .floats
            .map(|(least, most)| Some((Decimal::of_float(least)?, Decimal::of_float(most)?)));
        let decimals = match (self.decimals, floats) {
            (decimals, None) => decimals,
            (None, Some(floats)) => floats,
            (Some((least, most)), Some(floats)) => {
                floats.and_then(|floats| join(Some(floats), least, most))
            }
        };
        match (decimals, self.range()) {
            (Some((least, most)), _) => (Some(least.to_string()), Some(most.to_string())),
            (None, Some((least, most))) => (Some(float(least)), Some(float(most))),
            (None, None) => (None, None),
        }
    }

    fn range(&self) -> Option<(f64, f64)> {
        let float = |number: Decimal| number.to_string().parse().ok();
        let decimals = (self.decimals).and_then(|(a, b)| Some((float(a)?, float(b)?)));
        match (decimals, self.floats) {
            (Some((a, b)), floats) => join(floats, a, b),
            (None, floats) => floats,
        }
    }

    /// The histogram of the numbers, from the kept values.
    fn histogram(&self, kept: &[&Kept]) -> Option<Histogram> {
        let (min, max) = self.range()?;
        if max <= min || !(max - min).is_finite() {
            return None;
        }
        let total: u64 = kept.iter().map(|kept| kept.count).sum();
        let mut shares = [0.0; BARS];
        for kept in kept {
            let value: f64 = kept.shown.parse().ok()?;
            let bar = ((value - min) / (max - min) * BARS as f64) as usize;
            shares[bar.min(BARS - 1)] += kept.count as f64 / total as f64;
        }
        let counts = shares.map(|share| (share * self.values as f64).round() as u64);
        Some(Histogram {
            min,
            max,
            counts: counts.to_vec(),
        })
    }
}
