//! Tables of random values for writers: integers, floats, texts and lists in
//! runs, steps and repeats, of every width, with outliers and nulls.

use arrow::array::{
    ArrayBuilder, ArrayRef, BooleanArray, Float64Array, Int64Array, Int64Builder, ListBuilder,
    RecordBatch, StringArray, StringBuilder,
};
use std::sync::Arc;
use transmog_events::JsonPath;
use transmog_model::{Column, ColumnRole, ColumnType, ScalarType, TableSchema};

/// A stream of numbers from a seed.
#[derive(Clone, Debug)]
pub struct Dice(u64);

impl Dice {
    /// The stream of a seed.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// Any number (SplitMix64).
    pub fn number(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ self.0 >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ mixed >> 31
    }

    /// A number below `end`.
    pub fn below(&mut self, end: usize) -> usize {
        (self.number() % end.max(1) as u64) as usize
    }

    fn one_in(&mut self, count: usize) -> bool {
        self.below(count) == 0
    }

    /// An integer whose width is random too.
    fn integer(&mut self) -> i64 {
        let shift = self.below(64);
        match self.below(12) {
            0 => i64::MIN,
            1 => i64::MAX,
            _ => self.number() as i64 >> shift,
        }
    }
}

/// A schema with a column of every type, and rows of it.
///
/// # Panics
/// Never: the rows fit the schema.
#[must_use]
pub fn random_table(seed: u64) -> (TableSchema, RecordBatch) {
    let mut dice = Dice::new(seed);
    let rows = match dice.below(4) {
        0 => 1 + dice.below(12),
        1 => 1 + dice.below(600),
        _ => 1 + dice.below(4000),
    };
    let scalar = ColumnType::Scalar;
    let columns: Vec<(&str, ColumnType, ArrayRef)> = vec![
        (
            "whole",
            scalar(ScalarType::Int64),
            integers(&mut dice, rows),
        ),
        ("step", scalar(ScalarType::Int64), integers(&mut dice, rows)),
        (
            "float",
            scalar(ScalarType::Float64),
            floats(&mut dice, rows),
        ),
        (
            "bool",
            scalar(ScalarType::Boolean),
            booleans(&mut dice, rows),
        ),
        ("text", ColumnType::TEXT, texts(&mut dice, rows)),
        (
            "ints",
            ColumnType::List(ScalarType::Int64),
            integer_lists(&mut dice, rows),
        ),
        (
            "texts",
            ColumnType::List(ScalarType::Text),
            text_lists(&mut dice, rows),
        ),
    ];
    let schema = TableSchema {
        name: "random".to_owned(),
        path: JsonPath::root(),
        properties: Arc::default(),
        columns: (columns.iter())
            .map(|(name, column_type, _)| Column {
                name: (*name).to_owned(),
                path: None,
                role: ColumnRole::Data,
                column_type: *column_type,
            })
            .collect(),
    };
    let arrays = columns.into_iter().map(|(_, _, array)| array);
    let batch = RecordBatch::try_new(schema.arrow_schema(), arrays.collect());
    (schema, batch.expect("the columns fit"))
}

/// `rows` values in stretches of one kind each; `None` is null.
fn stretches<T: Clone>(
    dice: &mut Dice,
    rows: usize,
    mut next: impl FnMut(&mut Dice, usize, &T) -> T,
    first: T,
) -> Vec<Option<T>> {
    let nulls = [0, 2, 9, 200][dice.below(4)];
    let mut values: Vec<Option<T>> = Vec::with_capacity(rows);
    let mut last = first;
    while values.len() < rows {
        let kind = dice.below(8);
        let length = 1 + dice.below([4, 30, 700][kind % 3]);
        for _ in 0..length.min(rows - values.len()) {
            last = next(dice, kind, &last);
            let is_null = nulls > 0 && dice.one_in(nulls);
            values.push((!is_null).then(|| last.clone()));
        }
    }
    values
}

fn integers(dice: &mut Dice, rows: usize) -> ArrayRef {
    let (mut step, mut shift) = (0i64, 0);
    let next = |dice: &mut Dice, kind: usize, last: &i64| {
        if dice.one_in(100) {
            step = dice.integer();
            shift = dice.below(64);
        }
        match kind {
            0 => *last,
            1 => last.wrapping_add(step),
            2 => last.saturating_add(dice.below(1000) as i64),
            3 => last.saturating_sub(dice.below(70_000) as i64),
            // Small numbers with a few large ones.
            4 if dice.one_in(25) => dice.integer(),
            4 | 5 => dice.below(10) as i64,
            6 => dice.number() as i64 >> shift,
            _ => dice.integer(),
        }
    };
    Arc::new(Int64Array::from(stretches(dice, rows, next, 0)))
}

fn floats(dice: &mut Dice, rows: usize) -> ArrayRef {
    let next = |dice: &mut Dice, kind: usize, last: &f64| match kind {
        0 => *last,
        1 => [0.0, -0.0, f64::MAX, f64::MIN_POSITIVE, 5e-324, -1.5][dice.below(6)],
        2 => dice.below(100) as f64,
        _ => {
            let any = f64::from_bits(dice.number());
            if any.is_finite() { any } else { 0.1 }
        }
    };
    Arc::new(Float64Array::from(stretches(dice, rows, next, 0.0)))
}

fn booleans(dice: &mut Dice, rows: usize) -> ArrayRef {
    let next = |dice: &mut Dice, kind: usize, last: &bool| match kind {
        0..4 => *last,
        _ => dice.one_in(2),
    };
    Arc::new(BooleanArray::from(stretches(dice, rows, next, true)))
}

fn text(dice: &mut Dice, kind: usize) -> String {
    let characters = ["a", "\u{e9}", "\u{1f600}", "\"", ",", "\n", " ", "0"];
    let length = match kind {
        1 => 0,
        // Short texts with a few long ones.
        4 | 5 if dice.one_in(60) => 1000 + dice.below(40_000),
        _ => dice.below(12),
    };
    let character = characters[dice.below(characters.len())];
    character.repeat(length) + ["", "x", "yz"][dice.below(3)]
}

fn texts(dice: &mut Dice, rows: usize) -> ArrayRef {
    let next = |dice: &mut Dice, kind: usize, last: &String| match kind {
        0 => last.clone(),
        _ => text(dice, kind),
    };
    let values = stretches(dice, rows, next, String::new());
    Arc::new(StringArray::from_iter(values))
}

fn integer_lists(dice: &mut Dice, rows: usize) -> ArrayRef {
    let mut lists = ListBuilder::new(Int64Builder::new());
    for _ in 0..rows {
        for _ in 0..dice.below(4) {
            let element = (!dice.one_in(5)).then(|| dice.integer());
            lists.values().append_option(element);
        }
        lists.append(true);
        if dice.one_in(50) {
            break;
        }
    }
    (lists.len()..rows).for_each(|row| lists.append(row % 3 > 0));
    Arc::new(lists.finish())
}

fn text_lists(dice: &mut Dice, rows: usize) -> ArrayRef {
    let mut lists = ListBuilder::new(StringBuilder::new());
    for row in 0..rows {
        let is_null = dice.one_in(7);
        for _ in 0..if is_null { 0 } else { dice.below(5) } {
            let element = (!dice.one_in(5)).then(|| text(dice, row % 8));
            lists.values().append_option(element);
        }
        lists.append(!is_null);
    }
    Arc::new(lists.finish())
}
