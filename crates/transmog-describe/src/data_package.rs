//! Tables as a Data Package (datapackage.org, version 2).

use serde_json::{Map, Value, json};
use transmog_model::{ColumnRole, ColumnType, NameScope, ScalarType};
use transmog_model::{ColumnSummary, TableSummary};

/// The descriptor `datapackage.json`: a resource for each table with its fields, its
/// primary key and the foreign key to its parent.
///
/// # Examples
/// ```
/// use transmog_model::{ColumnRole, ColumnSummary, ColumnType, TableSummary};
/// # let column = |name: &str, role, path: Option<&str>| ColumnSummary {
/// #     name: name.into(), role, column_type: ColumnType::TEXT, path: path.map(Into::into), statistics: None,
/// # };
/// let orders = TableSummary {
///     name: "orders".into(), path: "$".into(), rows: 2, parent: None,
///     bytes: Some(40), file: Some("orders.csv".into()),
///     columns: vec![column("_id", ColumnRole::Id, None), column("name", ColumnRole::Data, Some("$.name"))],
/// };
/// let descriptor = transmog_describe::data_package("orders", &[orders]);
/// assert!(descriptor.contains(r#""path": "orders.csv""#));
/// assert!(descriptor.contains(r#""primaryKey""#));
/// ```
#[must_use]
pub fn data_package(name: &str, tables: &[TableSummary]) -> String {
    let mut scope = NameScope::default();
    let names: Vec<_> = tables
        .iter()
        .map(|table| scope.take(&resource_name(&table.name)))
        .collect();
    let resources: Vec<_> = tables
        .iter()
        .zip(&names)
        .map(|(table, name)| {
            let named = |wanted: &str| {
                let mut all = tables.iter().zip(&names);
                all.find(|(table, _)| table.name == wanted)
            };
            let parent = table.parent.as_deref().and_then(named);
            resource(table, name, parent, (&tables[0], &names[0]))
        })
        .collect();
    let package = json!({
        "$schema": "https://datapackage.org/profiles/2.0/datapackage.json",
        "name": resource_name(name),
        "resources": resources,
    });
    // Maps with text keys always serialize.
    serde_json::to_string_pretty(&package).unwrap_or_default() + "\n"
}

fn resource(
    table: &TableSummary,
    name: &str,
    parent: Option<(&TableSummary, &String)>,
    main: (&TableSummary, &String),
) -> Value {
    let file = table.file.as_deref().unwrap_or_default();
    let is_csv = [".csv", ".csv.gz", ".csv.zst"]
        .iter()
        .any(|end| file.ends_with(end));
    let format = if is_csv {
        "csv"
    } else {
        file.rsplit('.').next().unwrap_or_default()
    };
    let mut schema = Map::new();
    let fields: Vec<_> = table.columns.iter().map(|c| field(c, is_csv)).collect();
    schema.insert("fields".to_owned(), fields.into());
    let mut foreign_keys = Vec::new();
    for column in &table.columns {
        let reference = match column.role {
            ColumnRole::Id => {
                schema.insert("primaryKey".to_owned(), json!([column.name]));
                continue;
            }
            ColumnRole::Parent => parent,
            ColumnRole::Root => Some(main),
            _ => None,
        };
        let Some((to, resource)) = reference else {
            continue;
        };
        let id = to.columns.iter().find(|c| c.role == ColumnRole::Id);
        foreign_keys.push(json!({
            "fields": [column.name],
            "reference": {"resource": resource, "fields": [id.map(|id| &id.name)]},
        }));
    }
    if !foreign_keys.is_empty() {
        schema.insert("foreignKeys".to_owned(), foreign_keys.into());
    }
    let mut resource = json!({
        "name": name,
        "title": table.name,
        "type": "table",
        "path": file,
        "format": format,
        "bytes": table.bytes,
        "jsonPath": table.path,
        "schema": schema,
    });
    if is_csv {
        resource["mediatype"] = "text/csv".into();
        resource["encoding"] = "utf-8".into();
    }
    resource
}

fn field(column: &ColumnSummary, is_csv: bool) -> Value {
    let field_type = match column.column_type {
        ColumnType::Scalar(ScalarType::Boolean) => "boolean",
        ColumnType::Scalar(ScalarType::Int64 | ScalarType::Decimal(0)) => "integer",
        ColumnType::Scalar(ScalarType::Float64 | ScalarType::Decimal(_)) => "number",
        ColumnType::Scalar(ScalarType::Text | ScalarType::Null | ScalarType::Uuid(_)) => "string",
        ColumnType::Scalar(ScalarType::Json) => "string",
        ColumnType::Scalar(ScalarType::Date) => "date",
        ColumnType::List(_) => "array",
        ColumnType::Scalar(ScalarType::Timestamp(_)) => "datetime",
    };
    let mut field = json!({"name": column.name, "type": field_type});
    if field_type == "datetime" && is_csv {
        field["format"] = "%Y-%m-%d %H:%M:%S.%f".into();
    }
    if let Some(path) = &column.path {
        field["jsonPath"] = path.as_str().into();
    }
    match column.role {
        ColumnRole::Id => field["constraints"] = json!({"required": true, "unique": true}),
        role if role.is_nullable() => {}
        _ => field["constraints"] = json!({"required": true}),
    }
    field
}

/// A name of lower-case letters, digits, `.`, `_` and `-`.
fn resource_name(name: &str) -> String {
    let legal = |c: char| match c.to_ascii_lowercase() {
        c if c.is_ascii_alphanumeric() || "._-".contains(c) => c,
        _ => '-',
    };
    match name {
        "" => "-".to_owned(),
        name => name.chars().map(legal).collect(),
    }
}
