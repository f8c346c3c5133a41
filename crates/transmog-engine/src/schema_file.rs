//! The schema in a file, as JSON and as TOML: the same members in both.

use crate::{
    error::{Category, Error, Result},
    policy::OnDrift,
    schema::{Drift, Schema, SchemaColumn, SchemaTable},
};
use serde::{Deserialize, Serialize};
use std::collections::HashSet;
use transmog_events::{DECIMAL_DIGITS, JsonPath};
use transmog_flatten::{Action, OnMismatch, Rule};
use transmog_model::{
    Kind, KindSet, LetterCase, Observed, ScalarType, TextForm, TimestampType, TimestampUnit, Zone,
};

/// The version of the files that [`Schema::to_json`] and [`Schema::to_toml`] write.
pub const SCHEMA_VERSION: u32 = 2;

impl Schema {
    /// The schema as JSON text, the same for the same schema.
    #[must_use]
    pub fn to_json(&self) -> String {
        // Maps of strings and numbers always serialize.
        serde_json::to_string_pretty(&SchemaFile::of(self)).unwrap_or_default()
    }

    /// Reads the text of [`to_json`](Self::to_json). A column may have a `type` without `kinds`, as
    /// in a schema written by hand.
    ///
    /// # Errors
    /// When the text is not a schema, or has another version.
    pub fn from_json(text: &str) -> Result<Self> {
        let file: SchemaFile = serde_json::from_str(text).map_err(|error| wrong(&error))?;
        file.schema()
    }

    /// The schema as TOML text, the same for the same schema: a line for each column, to be read and
    /// changed by people.
    #[must_use]
    pub fn to_toml(&self) -> String {
        SchemaFile::of(self).to_toml()
    }

    /// Reads the text of [`to_toml`](Self::to_toml). It needs the feature `toml`.
    ///
    /// # Errors
    /// As [`from_json`](Self::from_json).
    ///
    /// # Examples
    /// ```
    /// use transmog_engine::Schema;
    /// let text = r#"
    /// version = 2
    /// [[rule]]
    /// rename = "$.customer.id"
    /// to = "customer"
    /// [[table]]
    /// path = "$"
    /// name = "orders"
    /// columns = [
    ///   { path = "$.customer.id", name = "customer", type = "int64" },
    /// ]
    /// "#;
    /// let schema = Schema::from_toml(text)?;
    /// assert_eq!(schema.rules[0].to_string(), "rename $.customer.id=customer");
    /// assert_eq!(Schema::from_toml(&schema.to_toml())?, schema);
    /// assert_eq!(Schema::from_json(&schema.to_json())?, schema);
    /// # Ok::<(), transmog_engine::Error>(())
    /// ```
    #[cfg(feature = "toml")]
    pub fn from_toml(text: &str) -> Result<Self> {
        let file: Result<SchemaFile, _> = toml::from_str(text);
        let at = |error: toml::de::Error| {
            let before = error.span().and_then(|span| text.get(..span.start));
            let line = before.map(|before| before.matches('\n').count() + 1);
            let place = line
                .map(|line| format!("line {line}: "))
                .unwrap_or_default();
            wrong(&format!("{place}{}", error.message()))
        };
        file.map_err(at)?.schema()
    }
}

/// An error if a path stands in the file twice or in the wrong table, or a name is empty.
fn check(tables: &[SchemaTable]) -> Result<()> {
    let mut paths = HashSet::new();
    for table in tables {
        if !paths.insert(&table.path) {
            return Err(wrong(&format!(
                "the table {} stands there twice",
                table.path
            )));
        }
        let mut columns = HashSet::new();
        for column in &table.columns {
            let path = &column.path;
            let row = path.row();
            let is_here = table.path.steps().starts_with(row.steps());
            if !columns.insert(path) {
                return Err(wrong(&format!(
                    "the column {path} stands in {} twice",
                    table.path
                )));
            }
            if !is_here {
                return Err(wrong(&format!(
                    "the column {path} is none of the table {}; its rows are at {row}",
                    table.path
                )));
            }
        }
        if let Some(ids) = &table.ids
            && (ids.seen.elements.is_some() || ids.path.row() != table.path)
        {
            return Err(wrong(&format!(
                "expected the ids of {} at a path in its rows and of a type that is no list, found {} \
                 of type {}",
                table.path,
                ids.path,
                ids.column_type()
            )));
        }
        let names = table.columns.iter().map(|column| &column.name);
        if names.chain([&table.name]).flatten().any(String::is_empty) {
            return Err(wrong(&format!(
                "a name of the table {} is empty",
                table.path
            )));
        }
    }
    Ok(())
}

#[cold]
fn wrong(message: &dyn std::fmt::Display) -> Error {
    Error::new(Category::Config, format!("schema: {message}"))
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct SchemaFile {
    version: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    records_path: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    on_drift: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty", rename = "rule")]
    rules: Vec<RuleFile>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    drift: Vec<DriftFile>,
    #[serde(default, rename = "table")]
    tables: Vec<TableFile>,
}

/// A rule: its name with its path, and its argument.
#[derive(Serialize, Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
struct RuleFile {
    #[serde(skip_serializing_if = "Option::is_none")]
    select: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    drop: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    json: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    parse: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    map: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    table: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    list: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    rename: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none", rename = "type")]
    value_type: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    mask: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    carry: Option<String>,
    /// The name, the type or the way of masking.
    #[serde(skip_serializing_if = "Option::is_none")]
    to: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    on_mismatch: Option<String>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct DriftFile {
    path: String,
    action: String,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct TableFile {
    path: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    #[serde(default)]
    rows: u64,
    /// The natural ids.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    ids: Option<ColumnFile>,
    columns: Vec<ColumnFile>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct ColumnFile {
    path: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    #[serde(rename = "type")]
    column_type: String,
    /// Kinds of the scalars, if the type does not say them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    kinds: Option<Vec<String>>,
    /// Kinds of the elements of lists, if there were any and the type does not say them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    element_kinds: Option<Vec<String>>,
    /// The most digits before and after the point, if the kinds do not determine them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    digits: Option<(u8, u8)>,
    /// The same for the elements of lists.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    element_digits: Option<(u8, u8)>,
    /// The form of timestamps or UUIDs, in the column or its lists.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    form: Option<String>,
}

impl SchemaFile {
    fn of(schema: &Schema) -> Self {
        let drift = |drift: &Drift| DriftFile {
            path: drift.path.to_string(),
            action: drift.action.to_string(),
        };
        Self {
            version: SCHEMA_VERSION,
            records_path: schema.records_path.clone(),
            on_drift: schema.on_drift.map(|action| action.to_string()),
            rules: schema.rules.iter().map(RuleFile::of).collect(),
            drift: schema.drift.iter().map(drift).collect(),
            tables: schema.tables.iter().map(TableFile::of).collect(),
        }
    }

    fn schema(self) -> Result<Schema> {
        if self.version != SCHEMA_VERSION {
            return Err(wrong(&format!(
                "version {} is not {SCHEMA_VERSION}; write the schema again with this version of \
                 transmog",
                self.version
            )));
        }
        let drift = |file: DriftFile| -> Result<Drift, String> {
            Ok(Drift {
                path: file.path.parse().map_err(|error| format!("{error}"))?,
                action: action(&file.action)?,
            })
        };
        let tables = self.tables.into_iter().map(TableFile::table);
        let rules = self.rules.into_iter().map(RuleFile::rule);
        let drift = self.drift.into_iter().map(drift);
        let on_drift = self.on_drift.map(|name| action(&name)).transpose();
        let schema = Schema {
            records_path: self.records_path,
            tables: tables.collect::<Result<_, _>>().map_err(|e| wrong(&e))?,
            rules: rules.collect::<Result<_, _>>().map_err(|e| wrong(&e))?,
            on_drift: on_drift.map_err(|e| wrong(&e))?,
            drift: drift.collect::<Result<_, _>>().map_err(|e| wrong(&e))?,
        };
        check(&schema.tables)?;
        let mut drifting = HashSet::new();
        if let Some(twice) = schema
            .drift
            .iter()
            .find(|drift| !drifting.insert(&drift.path))
        {
            return Err(wrong(&format!(
                "the drift of {} stands there twice",
                twice.path
            )));
        }
        match schema.tables.first() {
            Some(first) if first.path == JsonPath::root() => Ok(schema),
            _ => Err(wrong(&"the first table must be `$`")),
        }
    }

    fn to_toml(&self) -> String {
        let mut out = Lines::default();
        out.member("version", self.version);
        out.text("records_path", self.records_path.as_deref());
        out.text("on_drift", self.on_drift.as_deref());
        for rule in &self.rules {
            out.section("rule");
            for (name, path) in rule.paths() {
                out.text(name, path.as_deref());
            }
            out.text("to", rule.to.as_deref());
            out.text("on_mismatch", rule.on_mismatch.as_deref());
        }
        for drift in &self.drift {
            out.section("drift");
            out.text("path", Some(&drift.path));
            out.text("action", Some(&drift.action));
        }
        for table in &self.tables {
            out.section("table");
            out.text("path", Some(&table.path));
            out.text("name", table.name.as_deref());
            out.member("rows", table.rows);
            if let Some(ids) = &table.ids {
                out.member("ids", inline(ids));
            }
            out.begin("columns");
            for column in &table.columns {
                out.0 += &format!("  {},\n", inline(column));
            }
            out.end();
        }
        out.0
    }
}

/// A column as an inline table.
fn inline(column: &ColumnFile) -> String {
    let texts = |names: &Vec<String>| {
        let names: Vec<_> = names.iter().map(|name| quoted(name)).collect();
        format!("[{}]", names.join(", "))
    };
    let digits = |(whole, scale): &(u8, u8)| format!("[{whole}, {scale}]");
    let members = [
        ("path", Some(quoted(&column.path))),
        ("name", column.name.as_deref().map(quoted)),
        ("type", Some(quoted(&column.column_type))),
        ("kinds", column.kinds.as_ref().map(texts)),
        ("element_kinds", column.element_kinds.as_ref().map(texts)),
        ("digits", column.digits.as_ref().map(digits)),
        ("element_digits", column.element_digits.as_ref().map(digits)),
        ("form", column.form.as_deref().map(quoted)),
    ];
    let members = members
        .into_iter()
        .filter_map(|(name, value)| Some(format!("{name} = {}", value?)));
    format!("{{ {} }}", members.collect::<Vec<_>>().join(", "))
}

/// TOML text, line by line.
#[derive(Default)]
struct Lines(String);

impl Lines {
    fn member(&mut self, name: &str, value: impl std::fmt::Display) {
        self.0 += &format!("{name} = {value}\n");
    }

    fn text(&mut self, name: &str, text: Option<&str>) {
        if let Some(text) = text {
            self.member(name, quoted(text));
        }
    }

    fn section(&mut self, name: &str) {
        self.0 += &format!("\n[[{name}]]\n");
    }

    fn begin(&mut self, name: &str) {
        self.0 += &format!("{name} = [\n");
    }

    fn end(&mut self) {
        self.0 += "]\n";
    }
}

/// A basic string of TOML, which has the escapes of JSON.
fn quoted(text: &str) -> String {
    let mut quoted = Vec::new();
    transmog_events::write_json_string(&mut quoted, text);
    // TOML takes no DEL as it is.
    String::from_utf8_lossy(&quoted).replace('\x7f', "\\u007f")
}

fn action(name: &str) -> Result<OnDrift, String> {
    name.parse().map_err(|error| format!("{error}"))
}

impl RuleFile {
    fn of(rule: &Rule) -> Self {
        let name = rule.action.name().to_owned();
        let mut members = serde_json::Map::from_iter([(name, rule.path.to_string().into())]);
        if let Some(to) = rule.action.argument() {
            members.insert("to".to_owned(), to.into());
        }
        if let Action::Type(_, OnMismatch::Null) = rule.action {
            members.insert(
                "on_mismatch".to_owned(),
                OnMismatch::Null.to_string().into(),
            );
        }
        serde_json::from_value(members.into()).expect("each rule is a member of the file")
    }

    fn paths(&self) -> [(&'static str, &Option<String>); 11] {
        [
            ("select", &self.select),
            ("drop", &self.drop),
            ("json", &self.json),
            ("parse", &self.parse),
            ("map", &self.map),
            ("table", &self.table),
            ("list", &self.list),
            ("rename", &self.rename),
            ("type", &self.value_type),
            ("mask", &self.mask),
            ("carry", &self.carry),
        ]
    }

    fn rule(self) -> Result<Rule, String> {
        let named = self.paths().into_iter();
        let named: Vec<_> = named
            .filter_map(|(name, path)| Some((name, path.as_deref()?)))
            .collect();
        let [(name, path)] = named[..] else {
            let names = Action::NAMES.join(", ");
            return Err(format!(
                "expected one of {names} in each rule, with its path"
            ));
        };
        let takes_argument = matches!(name, "rename" | "type" | "mask");
        let text = match &self.to {
            Some(to) if takes_argument => format!("{path}={to}"),
            Some(_) => return Err(format!("{name} {path}: this rule takes no `to`")),
            None => path.to_owned(),
        };
        let rule = Rule::parse(name, &text).map_err(|error| error.to_string())?;
        match (&self.on_mismatch, &rule.action) {
            (None, _) => Ok(rule),
            (Some(name), Action::Type(..)) => {
                let otherwise = name.parse().map_err(|error| format!("{error}"))?;
                Ok(rule.on_mismatch(otherwise))
            }
            (Some(_), _) => Err(format!("{name} {path}: only a type has `on_mismatch`")),
        }
    }
}

impl TableFile {
    fn of(table: &SchemaTable) -> Self {
        let names = |kinds: KindSet| kinds.iter().map(|kind| kind.name().to_owned()).collect();
        let digits = |kinds: KindSet| {
            let plain: KindSet = kinds.iter().collect();
            (plain != kinds).then(|| kinds.digits())
        };
        let column = |column: &SchemaColumn| {
            let column_type = column.column_type().to_string();
            let kinds = [Some(column.seen.scalars), column.seen.elements];
            let form = kinds
                .into_iter()
                .flatten()
                .map(|kinds| kinds.form().to_string());
            let plain = ColumnFile {
                path: column.path.to_string(),
                name: column.name.clone(),
                kinds: None,
                element_kinds: None,
                digits: None,
                element_digits: None,
                form: form.into_iter().find(|form| !form.is_empty()),
                column_type,
            };
            if observed(&plain.column_type, plain.form.as_deref())
                .is_ok_and(|seen| seen == column.seen)
            {
                return plain;
            }
            ColumnFile {
                kinds: Some(names(column.seen.scalars)),
                element_kinds: column.seen.elements.map(names),
                digits: digits(column.seen.scalars),
                element_digits: column.seen.elements.and_then(digits),
                ..plain
            }
        };
        Self {
            path: table.path.to_string(),
            name: table.name.clone(),
            rows: table.rows,
            ids: table.ids.as_ref().map(column),
            columns: table.columns.iter().map(column).collect(),
        }
    }

    fn table(self) -> Result<SchemaTable, String> {
        let columns = self.columns.into_iter().map(ColumnFile::column);
        Ok(SchemaTable {
            path: path(&self.path)?,
            name: self.name,
            rows: self.rows,
            ids: self.ids.map(ColumnFile::column).transpose()?,
            columns: columns.collect::<Result<_, _>>()?,
        })
    }
}

impl ColumnFile {
    fn column(self) -> Result<SchemaColumn, String> {
        let kinds = |names: Vec<String>, digits: Option<(u8, u8)>| -> Result<KindSet, String> {
            let kind = |name: &String| {
                name.parse::<Kind>()
                    .map_err(|_| format!("unknown kind `{name}`"))
            };
            let kinds = names.iter().map(kind).collect::<Result<KindSet, _>>()?;
            match digits {
                None => Ok(kinds),
                Some((whole, scale)) if whole.max(scale) <= DECIMAL_DIGITS => {
                    Ok(kinds.with_digits(whole, scale))
                }
                Some(_) => Err(format!("expected at most {DECIMAL_DIGITS} digits")),
            }
        };
        let seen = match (self.kinds, self.element_kinds) {
            (None, None) => observed(&self.column_type, self.form.as_deref())?,
            (scalars, elements) => Observed {
                scalars: kinds(scalars.unwrap_or_default(), self.digits)?,
                elements: elements
                    .map(|names| kinds(names, self.element_digits))
                    .transpose()?,
            },
        };
        if seen.final_type().to_string() != self.column_type {
            return Err(format!(
                "{}: the kinds give the type {}, not {}; leave the kinds out, or convert the values \
                 with a type rule",
                self.path,
                seen.final_type(),
                self.column_type
            ));
        }
        Ok(SchemaColumn {
            path: path(&self.path)?,
            name: self.name,
            seen,
        })
    }
}

fn path(text: &str) -> Result<JsonPath, String> {
    text.parse::<JsonPath>().map_err(|error| error.to_string())
}

const TYPES: &str = "expected text, int64, float64, boolean, decimal(38,S), date, timestamp, timestamp(ns), \
                     local_timestamp, local_timestamp(ns), uuid, json, or a list<…> of one";

/// The least kinds that give this type, with texts of this form.
fn observed(column_type: &str, form: Option<&str>) -> Result<Observed, String> {
    let scalar = |name: &str| -> Result<KindSet, String> {
        let timestamp = |unit, zone| {
            ScalarType::Timestamp(TimestampType {
                unit,
                zone,
                ..TimestampType::INSTANT
            })
        };
        let formed = [
            ScalarType::Date,
            ScalarType::Uuid(LetterCase::Lower),
            ScalarType::Json,
            timestamp(TimestampUnit::Microsecond, Zone::Upper),
            timestamp(TimestampUnit::Nanosecond, Zone::Upper),
            timestamp(TimestampUnit::Microsecond, Zone::Local),
            timestamp(TimestampUnit::Nanosecond, Zone::Local),
        ];
        let formed = formed.into_iter().find(|scalar| scalar.to_string() == name);
        let form = match (form, formed) {
            (Some(form), _) => Some(form.parse::<TextForm>()?),
            (None, formed) => formed.map(TextForm::from),
        };
        if let Some(form) = form {
            let found = form.scalar_type();
            return match found.to_string() == name {
                true => Ok(KindSet::of_form(form)),
                false => Err(format!(
                    "the form `{form}` is one of {found}, not of {name}"
                )),
            };
        }
        let kind = [
            (ScalarType::Boolean, Kind::Boolean),
            (ScalarType::Int64, Kind::Integer),
            (ScalarType::Float64, Kind::Float),
            (ScalarType::Text, Kind::String),
        ];
        let plain = kind.iter().find(|(scalar, _)| scalar.to_string() == name);
        let plain = plain.map(|(_, kind)| KindSet::of(*kind));
        let decimal = |scale: &u8| ScalarType::Decimal(*scale).to_string() == name;
        let decimal = (0..=DECIMAL_DIGITS)
            .find(decimal)
            .map(|scale| KindSet::of(Kind::Decimal).with_digits(DECIMAL_DIGITS - scale, scale));
        plain
            .or(decimal)
            .ok_or_else(|| format!("unknown type `{column_type}`; {TYPES}"))
    };
    let element = column_type
        .strip_prefix("list<")
        .and_then(|t| t.strip_suffix('>'));
    Ok(match element {
        Some(element) => Observed {
            scalars: KindSet::default(),
            elements: Some(scalar(element)?),
        },
        None => Observed {
            scalars: scalar(column_type)?,
            elements: None,
        },
    })
}
