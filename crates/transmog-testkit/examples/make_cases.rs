//! Rewrites the expected tables of every case without an error from the oracle. Check the changes
//! with `git diff fixtures/cases`.

use serde_json::{Map, Value, json};
use transmog_testkit::{cases_dir, is_of_text, load_cases, oracle, write_tables_json};

const LAST: [&str; 2] = ["tables", "ledger"];

fn main() {
    for case in load_cases() {
        let path = cases_dir().join(format!("{}.json", case.name));
        let text = std::fs::read_to_string(&path).expect("the case is readable");
        let file: Map<String, Value> = serde_json::from_str(&text).expect("the case is JSON");
        let mut parts: Vec<String> = file
            .iter()
            .filter(|(key, _)| !LAST.contains(&key.as_str()))
            .map(|(key, value)| format!("  {}: {value}", json!(key)))
            .collect();
        if !file.contains_key("error") {
            let input = case.plain.as_deref().unwrap_or(&case.input);
            let records = match oracle::read(input, &case.options) {
                Ok(records) => records,
                Err(error) => panic!("{}: {error}", case.name),
            };
            let origins = oracle::origins(input, "");
            let (tables, ledger) = oracle::expected_with_ledger(&records, &origins, &case.options);
            parts.push(format!("  \"tables\": {}", write_tables_json(&tables)));
            if let Some(old) = file.get("ledger") {
                let old = old.as_array().into_iter().flatten();
                // The oracle reads values.
                let kept = old
                    .filter(|line| line["kind"].as_str().is_some_and(is_of_text))
                    .cloned();
                let lines = kept.chain(ledger.iter().map(
                    |line| json!({"kind": line.kind, "path": line.path, "count": line.count}),
                ));
                let lines: Vec<String> = lines.map(|line| format!("\n    {line}")).collect();
                parts.push(format!("  \"ledger\": [{}\n  ]", lines.join(",")));
            }
        }
        let text = format!("{{\n{}\n}}\n", parts.join(",\n"));
        std::fs::write(&path, text).expect("the case is writable");
    }
}
