//! Tables as an entity-relationship diagram for Mermaid.

use std::{collections::HashMap, fmt::Write};
use transmog_events::is_unseen;
use transmog_model::TableSummary;
use transmog_model::{ColumnRole, NameScope};

/// The text of the diagram. Names that Mermaid cannot represent are changed. The comment after each
/// column holds its JSONPath.
///
/// # Examples
/// ```
/// use transmog_model::{ColumnRole, ColumnSummary, ColumnType, TableSummary};
/// # let column = |name: &str, role, path: Option<&str>| ColumnSummary {
/// #     name: name.into(), role, column_type: ColumnType::TEXT, value_type: None, path: path.map(Into::into), statistics: None,
/// # };
/// let orders = TableSummary {
///     name: "orders".into(), path: "$".into(), rows: 2, parent: None,
///     bytes: Some(40), file: Some("orders.csv".into()),
///     columns: vec![column("_id", ColumnRole::Id, None), column("name", ColumnRole::Data, Some("$.name"))],
/// };
/// let diagram = transmog_describe::mermaid(&[orders]);
/// assert!(diagram.starts_with("erDiagram\n    \"orders\" {\n        text _id PK\n"));
/// ```
#[must_use]
pub fn mermaid(tables: &[TableSummary]) -> String {
    let mut out = String::from("erDiagram\n");
    let mut scope = NameScope::default();
    let names: HashMap<&str, String> = tables
        .iter()
        .map(|table| (table.name.as_str(), scope.take(&quoted(&table.name))))
        .collect();
    for table in tables {
        // Writing to a string does not fail.
        let _ = writeln!(out, "    \"{}\" {{", names[table.name.as_str()]);
        let mut scope = NameScope::default();
        for column in &table.columns {
            let key = match column.role {
                ColumnRole::Id => " PK",
                ColumnRole::Parent | ColumnRole::Root => " FK",
                _ => "",
            };
            let comment = match &column.path {
                Some(path) => format!(" \"{}\"", quoted(path)),
                None => String::new(),
            };
            let name = scope.take(&word(&column.name));
            let column_type = word(&column.column_type.to_string());
            let _ = writeln!(out, "        {column_type} {name}{key}{comment}");
        }
        out.push_str("    }\n");
    }
    for table in tables {
        if let Some(parent) = table.parent.as_deref().and_then(|name| names.get(name)) {
            let child = &names[table.name.as_str()];
            let _ = writeln!(out, "    \"{parent}\" ||--o{{ \"{child}\" : has");
        }
    }
    out
}

/// Text for double quotes.
fn quoted(text: &str) -> String {
    let clean = |c: char| match c {
        '"' => '\'',
        '%' | '\\' => '_',
        c if is_unseen(c) => ' ',
        c => c,
    };
    match text.trim() {
        "" => "(empty)".to_owned(),
        text => text.chars().map(clean).collect(),
    }
}

/// A name of letters, digits, `_`, `-` and brackets, which begins with a letter or `_`.
fn word(text: &str) -> String {
    let mut word: String = text
        .chars()
        .map(|c| match c {
            c if c.is_ascii_alphanumeric() || "_-".contains(c) => c,
            '<' | '(' => '[',
            '>' | ')' => ']',
            _ => '_',
        })
        .collect();
    if !word.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_') {
        word.insert(0, '_');
    }
    word
}
