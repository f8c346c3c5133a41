//! Names and types of tables and columns, from all their values.

use super::{
    forms::detected,
    ids::seeded_id,
    origins::Origin,
    rules::Rules,
    text::{Class, classify, column_text, decimal, string_json},
    types::Leaf,
    walk::{Found, Losses, Row, RowId},
};
use crate::{
    cell::{Cell, scale_of},
    options::{CaseOptions, IdMode, Names},
    table::{ExpectedColumn, ExpectedTable, TIME_CELL},
};
use transmog_events::{JsonPath, Step};
use transmog_model::LossKind;

/// The names in use.
struct Taken(Names, Vec<String>);

impl Taken {
    /// The first free of the name and its numbered forms.
    fn take(&mut self, plain: &str) -> String {
        let plain: String = match self.0 {
            Names::Exact | Names::CaseInsensitive => plain.into(),
            Names::Sql => {
                let plain = plain.to_ascii_lowercase();
                let plain = plain.replace(|c: char| !c.is_ascii_alphanumeric(), "_");
                match plain.bytes().next() {
                    None | Some(b'0'..=b'9') => format!("_{plain}"),
                    Some(_) => plain,
                }
            }
        };
        let numbers = (2..).map(|number| format!("__{number}"));
        for suffix in std::iter::once(String::new()).chain(numbers) {
            let most = match self.0 {
                Names::Sql => 63 - suffix.len(),
                _ => plain.len(),
            };
            let name = format!("{}{suffix}", &plain[..most.min(plain.len())]);
            let is_same = |taken: &String| match self.0 {
                Names::Exact => *taken == name,
                _ => taken.to_lowercase() == name.to_lowercase(),
            };
            if !self.1.iter().any(is_same) {
                self.1.push(name.clone());
                return name;
            }
        }
        unreachable!("there is a number for every name");
    }
}

/// Makes the tables.
pub(crate) fn build(
    found: Vec<Found>,
    options: &CaseOptions,
    rules: &Rules,
    losses: &mut Losses,
) -> Vec<ExpectedTable> {
    let mut scope = Taken(options.names, Vec::new());
    let by_rule = rules.renames().filter(|(path, _)| is_of_rows(path));
    let by_rule: Vec<_> = by_rule
        .map(|(path, name)| (path, scope.take(name)))
        .collect();
    let mut names: Vec<(JsonPath, String)> = Vec::new();
    for (path, _) in &found {
        let plain = plain_table_name(path, options, rules);
        let given = by_rule.iter().find(|(renamed, _)| *renamed == path);
        let name = given.map_or_else(|| scope.take(&plain), |(_, name)| name.clone());
        if name != plain {
            losses.insert((LossKind::TableRenamed, path.clone()), 1);
        }
        names.push((path.clone(), name));
    }
    found
        .iter()
        .zip(&names)
        .map(|((path, rows), (_, name))| {
            table(path, rows, name, (&found, &names), options, rules, losses)
        })
        .collect()
}

/// Whether it is the path of the rows of a table.
fn is_of_rows(path: &JsonPath) -> bool {
    matches!(path.steps().last(), Some(Step::Elements | Step::Members))
}

/// The path of the table with the values at a path.
fn table_of(path: &JsonPath) -> JsonPath {
    match path.steps().last() {
        Some(Step::Member(_) | Step::Key) => table_of(&path.parent()),
        _ => path.clone(),
    }
}

fn plain_table_name(path: &JsonPath, options: &CaseOptions, rules: &Rules) -> String {
    let array = path.parent();
    let is_array = is_of_rows(path) && !is_of_rows(&array);
    let of_array = || rules.renamed(&array).filter(|_| is_array);
    if let Some(name) = rules.renamed(path).or_else(of_array) {
        return name.clone();
    }
    let mut parts = vec![options.name.clone()];
    parts.extend(keys(path.steps()));
    parts.join(&options.separator)
}

fn plain_column_name(table: &JsonPath, column: &JsonPath, options: &CaseOptions) -> String {
    if *column == table.key() {
        options.key_field.clone()
    } else if column == table {
        "value".to_owned()
    } else {
        keys(&column.steps()[table.steps().len()..]).join(&options.separator)
    }
}

/// The keys of a path; rows directly in a row count as the key `value`.
fn keys(steps: &[Step]) -> Vec<String> {
    let mut keys = Vec::new();
    let mut is_member = false;
    for step in steps {
        match step {
            Step::Member(key) => keys.push(key.to_string()),
            Step::Elements | Step::Members if is_member => {}
            Step::Elements | Step::Members => keys.push("value".into()),
            Step::Key => {}
        }
        is_member = matches!(step, Step::Member(_));
    }
    keys
}

/// A column of origins: its name, its type, and its cells.
type OriginColumn<'o> = (&'o String, &'static str, fn(&Origin) -> Cell);

fn origin_columns(options: &CaseOptions) -> Vec<OriginColumn<'_>> {
    let mut columns: Vec<OriginColumn<'_>> = Vec::new();
    if let Some(name) = &options.source_field {
        columns.push((name, "text", Origin::source_cell));
    }
    if let Some(name) = &options.line_field {
        columns.push((name, "int64", Origin::line_cell));
    }
    if let Some(name) = &options.byte_field {
        columns.push((name, "int64", Origin::byte_cell));
    }
    columns
}

fn table(
    table_path: &JsonPath,
    rows: &[Row],
    name: &str,
    (found, names): (&[Found], &[(JsonPath, String)]),
    options: &CaseOptions,
    rules: &Rules,
    losses: &mut Losses,
) -> ExpectedTable {
    let mut scope = Taken(options.names, Vec::new());
    let mut columns = Vec::new();
    let mut joined_ids = None;
    let mut take_metadata = |scope: &mut Taken, plain: &str| {
        let name = scope.take(plain);
        if name != plain {
            *losses
                .entry((LossKind::ColumnRenamed, table_path.clone()))
                .or_insert(0) += 1;
        }
        name
    };
    let mut metadata = |name: &str, column_type: &str| {
        columns.push(ExpectedColumn {
            name: take_metadata(&mut scope, name),
            column_type: column_type.to_owned(),
            path: None,
        });
    };
    let child = !table_path.steps().is_empty();
    let id_leaves = |path: &JsonPath| -> Vec<&Leaf> {
        let rows = found.iter().find(|(known, _)| known == path);
        let ids = rows
            .into_iter()
            .flat_map(|(_, rows)| rows)
            .map(|row| &row.id);
        ids.filter_map(|id| match id {
            RowId::Value(leaf, _) => Some(leaf),
            RowId::Row(..) => None,
        })
        .collect()
    };
    let key_type = |path: &JsonPath| match options.id {
        IdMode::Sequence => "int64".to_owned(),
        _ if options.uuid_ids => "uuid".to_owned(),
        _ => {
            let asked: Vec<&str> = options.detect_types.iter().map(String::as_str).collect();
            let are_found = options.id == IdMode::Natural && !options.stringify;
            let asked = if are_found { &asked[..] } else { &[] };
            column_type(&id_leaves(path), asked, options.exact_numbers)
        }
    };
    // The keys in the order of their columns, by the table that they are ids of.
    let above = rows.first().and_then(|row| row.above);
    let above = above.map(|(table, _)| &found[table].0);
    let main = &found[0].0;
    let keys = [
        Some(table_path),
        above,
        options.root_field.as_ref().map(|_| main),
    ];
    let key_types = keys.map(|path| path.map(key_type).unwrap_or_default());
    match options.id {
        IdMode::Natural => metadata(
            &options.id_field.replace('.', &options.separator),
            &key_types[0],
        ),
        _ => metadata(&options.id_field, &key_types[0]),
    }
    if child {
        metadata(&options.parent_field, &key_types[1]);
        if let Some(root) = &options.root_field {
            metadata(root, &key_types[2]);
        }
        if let Some(index) = &options.index_field {
            metadata(index, "int64");
        }
    }
    let origin_columns = match child {
        true => Vec::new(),
        false => origin_columns(options),
    };
    for (name, column_type, _) in &origin_columns {
        metadata(name, column_type);
    }
    let mut ids = id_leaves(table_path).into_iter();
    let id_path = options.id_field.split('.');
    let id_path = id_path.fold(table_path.clone(), |path, key| path.member(key));
    if key_types[0] == "text" && ids.any(|leaf| !fits_text(leaf, "text")) {
        joined_ids = Some(id_path);
    }
    let time = options.time_field.as_ref();
    let time = time.map(|time| take_metadata(&mut scope, time));

    if let Some(path) = joined_ids {
        losses.insert((LossKind::JoinedToText, path), 1);
    }
    let of_table = |path: &JsonPath| table_of(path) == *table_path && !is_of_rows(path);
    let by_rule = rules.renames().filter(|(path, _)| of_table(path));
    let by_rule: Vec<_> = by_rule
        .map(|(path, name)| (path, scope.take(name)))
        .collect();
    let mut data = Vec::new();
    // Those that are carried, then its own by first appearance.
    let is_above = |path: &JsonPath| {
        let from = table_of(path);
        from != *table_path && table_path.steps().starts_with(from.steps())
    };
    let mut paths: Vec<&JsonPath> = rules.carried().filter(|path| is_above(path)).collect();
    for (value, _) in rows.iter().flat_map(|row| &row.values) {
        if !paths.contains(&value) {
            paths.push(value);
        }
    }
    for value in paths {
        let from = table_of(value);
        let is_carried = from != *table_path;
        let source = found.iter().find(|(path, _)| *path == from);
        let source = source.map_or(&[][..], |(_, rows)| rows);
        let leaves: Vec<&Leaf> = source
            .iter()
            .filter_map(|row| leaf_of(row, value))
            .collect();
        let empty = leaves.iter().all(|leaf| matches!(leaf, Leaf::Null));
        if empty && !options.include_nulls {
            continue;
        }
        let asked = asked(value, &leaves, options, rules);
        let column_type = column_type(&leaves, &asked, options.exact_numbers);
        let is_joined = leaves.iter().any(|leaf| !fits_text(leaf, &column_type));
        if !is_carried && column_type.contains("text") && is_joined {
            losses.insert((LossKind::JoinedToText, value.clone()), 1);
        }
        let plain = match is_carried {
            false => plain_column_name(&from, value, options),
            true => {
                let renamed = rules.renamed(value).cloned();
                let own = renamed.unwrap_or_else(|| plain_column_name(&from, value, options));
                let above = plain_table_name(&from, options, rules);
                format!("{above}{}{own}", options.separator)
            }
        };
        let given = by_rule.iter().find(|(path, _)| *path == value);
        let taken = given.map_or_else(|| scope.take(&plain), |(_, name)| name.clone());
        if given.is_none() && taken != plain {
            *losses
                .entry((LossKind::ColumnRenamed, value.clone()))
                .or_insert(0) += 1;
        }
        columns.push(ExpectedColumn {
            name: taken,
            column_type: column_type.clone(),
            path: Some(value.to_string()),
        });
        data.push((value.clone(), column_type));
    }
    if let Some(time) = time {
        columns.push(ExpectedColumn {
            name: time,
            column_type: "timestamp".into(),
            path: None,
        });
    }

    let id_cell = |id: &RowId, column_type: &str| match (id, options.seed) {
        (RowId::Value(_, text), _) if column_type == "text" => Cell::Text(text.clone()),
        (RowId::Value(leaf, _), _) => cell(leaf, column_type, options.exact_numbers),
        (RowId::Row(_, row), _) if options.id == IdMode::Sequence => Cell::Int(*row as i64 + 1),
        (RowId::Row(path, row), Some(seed)) => Cell::Text(seeded_id(seed, path, row + 1)),
        (RowId::Row(path, row), None) => {
            let name = names.iter().find(|(known, _)| known == path);
            Cell::Id {
                table: name.map(|(_, name)| name.clone()).unwrap_or_default(),
                row: *row,
            }
        }
    };
    let row_cells = |row: &Row| {
        let mut cells = vec![id_cell(&row.id, &key_types[0])];
        let parent = row.parent.as_ref();
        cells.extend(parent.map(|id| id_cell(id, &key_types[1])));
        let root = row.root.as_ref().filter(|_| options.root_field.is_some());
        cells.extend(root.map(|id| id_cell(id, &key_types[2])));
        if child && options.index_field.is_some() {
            cells.push(Cell::Int(row.index as i64));
        }
        cells.extend(origin_columns.iter().map(|(_, _, cell)| cell(&row.origin)));
        cells.extend(data.iter().map(|(path, column_type)| {
            let (mut row, mut table) = (row, table_path);
            // A carried value is that of the row above in its table.
            while *table != table_of(path)
                && let Some((above, number)) = row.above
            {
                (row, table) = (&found[above].1[number], &found[above].0);
            }
            leaf_of(row, path).map_or(Cell::Null, |leaf| {
                cell(leaf, column_type, options.exact_numbers)
            })
        }));
        if options.time_field.is_some() {
            cells.push(Cell::Text(TIME_CELL.into()));
        }
        cells
    };
    ExpectedTable {
        name: name.to_owned(),
        path: table_path.to_string(),
        rows: rows.iter().map(row_cells).collect(),
        columns,
    }
}

fn leaf_of<'a>(row: &'a Row, path: &JsonPath) -> Option<&'a Leaf> {
    let value = row.values.iter().find(|(known, _)| known == path);
    value.map(|(_, leaf)| leaf)
}

/// The types to look for in the texts of a column: that of a rule, or those of the options.
fn asked<'o>(
    path: &JsonPath,
    leaves: &[&Leaf],
    options: &'o CaseOptions,
    rules: &'o Rules,
) -> Vec<&'o str> {
    if options.stringify {
        return Vec::new();
    }
    let has_lists = leaves.iter().any(|leaf| matches!(leaf, Leaf::List(_)));
    let of_values = if has_lists {
        path.elements()
    } else {
        path.clone()
    };
    match rules.find("type", &of_values) {
        Some(rule) if rule.argument.starts_with("timestamp") => vec!["timestamp"],
        Some(rule) => vec![rule.argument.as_str()],
        None => options.detect_types.iter().map(String::as_str).collect(),
    }
}

/// The type that holds all `leaves` exactly.
fn column_type(leaves: &[&Leaf], asked: &[&str], exact: bool) -> String {
    let lists = leaves.iter().filter_map(|leaf| match leaf {
        Leaf::List(elements) => Some(elements),
        _ => None,
    });
    let scalars = leaves
        .iter()
        .any(|leaf| !matches!(leaf, Leaf::List(_) | Leaf::Null));
    if lists.clone().count() == 0 {
        scalar_type(leaves, asked, exact)
    } else if scalars {
        "text".to_owned()
    } else {
        let elements: Vec<&Leaf> = lists.flatten().collect();
        format!("list<{}>", scalar_type(&elements, asked, exact))
    }
}

fn scalar_type(leaves: &[&Leaf], asked: &[&str], exact: bool) -> String {
    let filled: Vec<&&Leaf> = leaves.iter().filter(|l| !matches!(l, Leaf::Null)).collect();
    if filled.is_empty() {
        return "text".into();
    }
    if filled.iter().all(|leaf| matches!(leaf, Leaf::Bool(_))) {
        return "boolean".into();
    }
    if filled.iter().all(|leaf| matches!(leaf, Leaf::Json(_))) {
        return "json".into();
    }
    let texts = filled.iter().map(|leaf| match leaf {
        Leaf::Text(text) => Some(text.as_str()),
        _ => None,
    });
    if let Some(texts) = texts.collect::<Option<Vec<_>>>()
        && let Some(found) = detected(&texts, asked)
    {
        return found;
    }
    if let Leaf::Decimal(_, scale) = filled[0] {
        return format!("decimal(38,{scale})");
    }
    let numbers = filled.iter().map(|leaf| match leaf {
        Leaf::Number(text) => classify(text, exact),
        Leaf::Exact(text) => classify(text, true),
        Leaf::Float(value, _) => Class::Float(*value),
        _ => Class::Huge,
    });
    let numbers: Vec<Class> = numbers.collect();
    let all = |fits: fn(&Class) -> bool| numbers.iter().all(fits);
    if all(|class| matches!(class, Class::Small(_) | Class::Large(_))) {
        return "int64".into();
    }
    if all(|class| matches!(class, Class::Small(_) | Class::Float(_))) {
        return "float64".into();
    }
    if !exact && !all(|class| !matches!(class, Class::Float(_))) {
        return "text".into();
    }
    let decimals: Option<Vec<_>> = numbers.iter().map(decimal).collect();
    let longest = |lengths: Vec<usize>| lengths.into_iter().max().unwrap_or(0);
    match decimals {
        Some(decimals) => {
            let whole = longest(decimals.iter().map(|d| d.whole.len()).collect());
            let scale = longest(decimals.iter().map(|d| d.fraction.len()).collect());
            match whole + scale <= 38 {
                true => format!("decimal(38,{scale})"),
                false => "text".into(),
            }
        }
        None => "text".into(),
    }
}

/// Whether a value is unchanged in a text column or a list of text.
fn fits_text(leaf: &Leaf, column_type: &str) -> bool {
    match leaf {
        Leaf::Null | Leaf::Text(_) | Leaf::Json(_) => true,
        Leaf::List(elements) if column_type != "text" => {
            elements.iter().all(|element| fits_text(element, "text"))
        }
        _ => false,
    }
}

fn cell(leaf: &Leaf, column_type: &str, exact: bool) -> Cell {
    let element = column_type
        .strip_prefix("list<")
        .and_then(|rest| rest.strip_suffix('>'));
    match (leaf, element) {
        (Leaf::Null, _) => Cell::Null,
        (Leaf::List(leaves), Some(element)) => {
            let cells = leaves.iter().map(|leaf| cell(leaf, element, exact));
            Cell::List(cells.collect())
        }
        (Leaf::Text(text) | Leaf::Json(text), _) => Cell::Text(text.clone()),
        (leaf, _) if column_type == "text" => Cell::Text(leaf_json(leaf, exact)),
        (Leaf::Bool(flag), _) => Cell::Bool(*flag),
        (Leaf::Float(value, _), _) => Cell::Float(*value),
        (Leaf::Decimal(plain, scale), _) => Cell::Decimal(plain.units(*scale), *scale),
        (Leaf::Exact(text), _) if !exact => cell(&Leaf::Number(text.clone()), column_type, true),
        (Leaf::Number(text) | Leaf::Exact(text), _) => match (column_type, classify(text, exact)) {
            ("int64", Class::Small(value) | Class::Large(value)) => Cell::Int(value),
            ("float64", Class::Small(value)) => Cell::Float(value as f64),
            ("float64", Class::Float(value)) => Cell::Float(value),
            (column_type, class) => match (scale_of(column_type), decimal(&class)) {
                (Some(scale), Some(plain)) => Cell::Decimal(plain.units(scale), scale),
                _ => unreachable!("{text} in a column of {column_type}"),
            },
        },
        (Leaf::List(_), None) => unreachable!("a list in a column of {column_type}"),
    }
}

fn leaf_json(leaf: &Leaf, exact: bool) -> String {
    match leaf {
        Leaf::Null => "null".into(),
        Leaf::Bool(flag) => flag.to_string(),
        Leaf::Number(text) => column_text(text, exact),
        Leaf::Exact(text) => column_text(text, true),
        converted @ (Leaf::Float(..) | Leaf::Decimal(..)) => converted.text(exact),
        Leaf::Text(text) | Leaf::Json(text) => string_json(text),
        Leaf::List(leaves) => {
            let leaves: Vec<String> = leaves.iter().map(|leaf| leaf_json(leaf, exact)).collect();
            format!("[{}]", leaves.join(","))
        }
    }
}
