//! Options from a file.

use crate::{directory, names, run};
use std::fs;

/// The standard error of a command, and its status.
fn said(at: &std::path::Path, arguments: &[&str]) -> (Option<i32>, String) {
    let done = run(at, arguments);
    let text = String::from_utf8(done.stderr).expect("UTF-8");
    (done.status.code(), text)
}

/// The same for a command other than `flatten`.
fn said_by(at: &std::path::Path, arguments: &[&str]) -> (Option<i32>, String) {
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_transmog"));
    let done = command.args(arguments).current_dir(at).output();
    let done = done.expect("the program runs");
    let text = String::from_utf8(done.stderr).expect("UTF-8");
    (done.status.code(), text)
}

#[test]
fn rules_are_options_of_a_file() {
    let record = r#"{"id":1,"at":{"x":1,"y":2},"geo":{"t":[]},"raw":"{\"k\":\"5\"}","mail":"m","own":7,"tags":["a"],"items":[{"sku":"b"}],"n":"x"}"#;
    let directory = directory(record);
    let at = directory.path();
    let file = r#"
inputs = ["in.jsonl"]
no-time-field = true
id = "natural"
id-field = "id"
drop = ["$.own"]
json-text = "$.geo"
parse = ["$.raw"]
map = ["$.at"]
key-field = "axis"
table = ["$.tags"]
list = ["$.items"]
rename = ["$.raw.k=number", "$.tags=labels"]
type = ["$.raw.k=int64", "$.n=int64"]
on-mismatch = "null"
mask = ["$.mail=redact"]
carry = "$.mail"

[flatten]
output = "out"
maps = "off"
"#;
    fs::write(at.join("options.toml"), file).expect("written");
    let (status, text) = said(at, &["--config", "options.toml"]);
    assert_eq!(status, Some(0), "{text}");
    let table = |name: &str| fs::read_to_string(at.join("out").join(name)).expect("a table");
    let main = "id,geo,number,mail,items\n1,\"{\"\"t\"\":[]}\",5,***,\"[\"\"{\\\"\"sku\\\"\":\\\"\"b\\\"\"}\"\"]\"\n";
    assert_eq!(table("data.csv"), main);
    let map = table("data_at.csv");
    assert!(
        map.starts_with("id,_parent_id,data_mail,axis,value\n"),
        "{map}"
    );
    assert!(table("labels.csv").ends_with(",1,***,a\n"));

    // Rules of both add up; one of the call replaces that of its kind and path.
    let call = [
        "--config=options.toml",
        "--drop",
        "$.other",
        "--type=$.raw.k=text",
    ];
    assert_eq!(said(at, &call).0, Some(0));
    assert!(!table("data.csv").contains(",own"), "{}", table("data.csv"));
    let masked = said(at, &["--config=options.toml", "--mask", "$.n=null"]);
    assert_eq!(masked.0, Some(2), "{}", masked.1);
    let masked = said(at, &["--config=options.toml", "--mask", "$.geo.t=null"]);
    assert!(masked.1.contains("json $.geo"), "{}", masked.1);
    assert_eq!(
        said(at, &["--config=options.toml", "--mask", "$.id2=null"]).0,
        Some(0)
    );
    assert!(
        table("data.csv").contains("***"),
        "the mask of the file stays"
    );
    // The commands that describe data take the same rules.
    assert_eq!(
        said_by(at, &["schema", "--config", "options.toml"]).0,
        Some(0)
    );
    fs::write(at.join("transmog.toml"), "drop = ['id']").expect("written");
    let (status, text) = said(at, &["in.jsonl", "-o", "out"]);
    assert_eq!(status, Some(2));
    assert!(
        text.contains("rule drop id: expected a path that begins with `$`"),
        "{text}"
    );
}

#[test]
fn keys_and_types_are_options_of_a_file() {
    let record = r#"{"day":"2026-01-02","at":"2026-01-02T03:04:05Z","t":[{"x":1}]}"#;
    let directory = directory(record);
    let at = directory.path();
    let written = |file: &str| {
        fs::write(at.join("options.toml"), file).expect("written");
        let call = [
            "in.jsonl",
            "--config=options.toml",
            "-o",
            "out",
            "-n",
            "d",
            "--report=json",
        ];
        let done = run(at, &call);
        let report: serde_json::Value = match serde_json::from_slice(&done.stdout) {
            Ok(report) => report,
            Err(_) => return Err(String::from_utf8_lossy(&done.stderr).into_owned()),
        };
        let columns = report["tables"].as_array().into_iter().flatten();
        let columns = columns.flat_map(|table| table["columns"].as_array().into_iter().flatten());
        let types = columns.map(|column| column["type"].as_str().unwrap_or_default().to_owned());
        let table = fs::read(at.join("out/d_t.parquet")).expect("a table");
        Ok((types.collect::<Vec<_>>(), table))
    };
    let base = "no-time-field = true\n[flatten]\nformat = 'parquet'\n";
    let (types, _) =
        written(&format!("id = 'sequence'\ndetect-types = true\n{base}")).expect("a report");
    assert_eq!(
        types,
        ["int64", "date", "timestamp", "int64", "int64", "int64"]
    );
    let of_seed = |seed: u64| {
        let options = format!("id-type = 'uuid'\nseed = {seed}\ndetect-types = ['date']\n{base}");
        written(&options).expect("a report")
    };
    let (types, seven) = of_seed(7);
    assert_eq!(types, ["uuid", "date", "text", "uuid", "uuid", "int64"]);
    assert_eq!(of_seed(7).1, seven);
    assert_ne!(of_seed(8).1, seven);
    for (options, wanted) in [
        ("id = 'hash'\nseed = 7\n", "`seed` would do nothing"),
        (
            "id = 'natural'\nid-type = 'uuid'\n",
            "`id_type` is uuid but ids are natural",
        ),
        (
            "stringify = true\ndetect-types = true\n",
            "`detect_types` finds nothing",
        ),
        ("id-type = 'guid'\n", "options.toml"),
    ] {
        let error = written(options).expect_err("an error");
        assert!(error.contains(wanted), "{options}: {error}");
    }
}

#[test]
fn flags_override_options_of_a_file() {
    let directory = directory("{\"a\":1,\"t\":[{\"b\":\"=x\"},]} // end\n");
    let at = directory.path();
    let file = "\
name = 'top'
lenient = ['commas', 'comments']
encoding = 'latin1'
id = 'hash'
max-depth = 0x10
no-time-field = true

[flatten]
inputs = ['in.jsonl']
name = 'x'
output = 'out'
format = 'csv'
strict = ['depth_cut']
no-formula-guard = true
verbose = 1

[report]
output = 'report.html'
";
    fs::write(at.join("options.toml"), file).expect("written");
    let (status, text) = said(at, &["--config", "options.toml"]);
    assert_eq!(status, Some(0), "{text}");
    assert!(text.contains("options come from a file"), "{text}");
    assert_eq!(
        names(&at.join("out")),
        ["_transmog.json", "x.csv", "x_t.csv"]
    );
    let child = fs::read_to_string(at.join("out/x_t.csv")).expect("a table");
    assert!(
        child.starts_with("_id,_parent_id,b\n") && child.ends_with(",=x\n"),
        "{child}"
    );

    // Flags and switches override the file, and so do conflicting flags.
    let call = [
        "--config=options.toml",
        "--no-formula-guard=false",
        "--time-field",
        "at",
        "-n",
        "y",
        "-qo",
        "other",
    ];
    assert_eq!(said(at, &call), (Some(0), String::new()));
    assert_eq!(
        names(&at.join("other")),
        ["_transmog.json", "y.csv", "y_t.csv"]
    );
    let child = fs::read_to_string(at.join("other/y_t.csv")).expect("a table");
    assert!(
        child.starts_with("_id,_parent_id,b,at\n") && child.contains(",'=x,"),
        "{child}"
    );

    fs::write(at.join("in2.jsonl"), "{\"c\":1}\n").expect("written");
    fs::rename(at.join("options.toml"), at.join("transmog.toml")).expect("renamed");
    assert_eq!(said(at, &["in2.jsonl", "-qo", "third"]).0, Some(0));
    assert_eq!(names(&at.join("third")), ["_transmog.json", "x.csv"]);

    let (status, text) = said(at, &["--no-config", "in.jsonl"]);
    assert!(status == Some(2) && text.contains("--output"), "{text}");
    let (status, text) = said(at, &["--config", "none.toml"]);
    assert!(
        status == Some(2) && text.contains("cannot read none.toml"),
        "{text}"
    );
}

#[test]
fn errors_in_a_file_name_their_place() {
    let directory = directory("{}\n");
    let at = directory.path();
    for (file, expected) in [
        (
            "name = 'a'\nformt = 'csv'",
            "line 2, column 1: unknown option `formt`; did you mean `format`?",
        ),
        (
            "format = 'csv'",
            "line 1, column 1: `format` is an option of `transmog flatten`; put it under [flatten]",
        ),
        (
            "[flaten]\n",
            "line 1, column 2: unknown section [flaten]; expected one of flatten, schema, report",
        ),
        (
            "[flatten]\nformat = 'parqet'",
            "a similar value exists: 'parquet'",
        ),
        (
            "[schema]\nformat = 'csv'",
            "line 2, column 1: unknown option `format`",
        ),
        (
            "stringify = 'yes'",
            "line 1, column 13: `stringify`: expected true or false, found string",
        ),
        (
            "max-depth = true",
            "`max-depth`: expected a string or a number, found boolean",
        ),
        (
            "max-depth = -1",
            "line 1, column 13: invalid value '-1' for '--max-depth <N>'",
        ),
        ("config = 'other.toml'", "unknown option `config`"),
        ("name = ", "line 1, column"),
        (
            "inputs = 3",
            "`inputs`: expected a string or an array of strings, found integer",
        ),
    ] {
        fs::write(at.join("transmog.toml"), file).expect("written");
        let (status, text) = said(at, &["in.jsonl", "-o", "out"]);
        assert!(
            status == Some(2) && text.starts_with("transmog: transmog.toml, line "),
            "{file}: {text}"
        );
        assert!(text.contains(expected), "{file}: {text}");
        assert!(!at.join("out").exists());
    }
}

/// The options that `flatten` takes from a file that was found, and its message.
#[test]
fn a_found_file_cannot_set_outputs_and_is_reported() {
    let directory = directory("{\"a\":1}\nbroken\n");
    let at = directory.path();
    let found = at.join("transmog.toml");
    fs::write(at.join("precious"), "kept").expect("written");
    for (section, option, command) in [
        (
            "flatten",
            "output = 'planted'",
            &["flatten", "in.jsonl"][..],
        ),
        (
            "flatten",
            "html = 'precious'",
            &["flatten", "in.jsonl", "-o", "out"],
        ),
        (
            "flatten",
            "sql = 'duckdb'",
            &["flatten", "in.jsonl", "-o", "out"],
        ),
        (
            "flatten",
            "data-package = true",
            &["flatten", "in.jsonl", "-o", "out"],
        ),
        ("schema", "json = 'precious'", &["schema", "in.jsonl"]),
        ("report", "output = 'precious'", &["report", "in.jsonl"]),
    ] {
        fs::write(
            &found,
            format!("on-error = 'skip'\n[{section}]\n{option}\n"),
        )
        .expect("written");
        let (status, text) = said_by(at, command);
        let name = option.split(' ').next().expect("a name");
        let place =
            format!("transmog: transmog.toml, line 3, column 1: `{name}` sets what is written");
        assert!(status == Some(2) && text.starts_with(&place), "{text}");
        assert!(text.contains("--config transmog.toml"), "{text}");
        assert_eq!(names(at), ["in.jsonl", "precious", "transmog.toml"]);
        assert_eq!(
            fs::read_to_string(at.join("precious")).expect("there"),
            "kept"
        );
        // The advice works.
        let named = [command, &["--config", "transmog.toml"]].concat();
        let (status, text) = said_by(at, &named);
        assert_eq!(status, Some(0), "{text}");
        fs::write(at.join("precious"), "kept").expect("written");
        for made in ["planted", "out"] {
            let _ = fs::remove_dir_all(at.join(made));
        }
        // Options on the command line, and options of other commands, are allowed too.
        let other = match section {
            "schema" => &["report", "in.jsonl", "-o", "page.html"][..],
            _ => &["schema", "in.jsonl", "--json", "page.html"],
        };
        assert_eq!(said_by(at, other).0, Some(0));
        fs::remove_file(at.join("page.html")).expect("there");
    }

    fs::write(&found, "on-error = 'skip'\nquiet = true\nname = 'x'\n").expect("written");
    let call = ["in.jsonl", "-o", "out", "-n", "y", "--report", "json"];
    let done = run(at, &call);
    let text = String::from_utf8(done.stderr).expect("UTF-8");
    let expected =
        "transmog: options from transmog.toml in the current directory: on-error, quiet\n";
    assert_eq!((done.status.code(), text.as_str()), (Some(0), expected));
    let report: serde_json::Value = serde_json::from_slice(&done.stdout).expect("JSON");
    assert_eq!(report["config"], "transmog.toml");
    assert_eq!(report["records"]["rejected"], 1);
    // The report has a file that was named, too, and none if there is none.
    let report = |more: &str| {
        let done = run(
            at,
            &[
                "in.jsonl",
                "-o",
                "out",
                "--on-error=skip",
                "--report=json",
                more,
            ],
        );
        assert!(done.stderr.is_empty());
        serde_json::from_slice::<serde_json::Value>(&done.stdout).expect("JSON")
    };
    assert_eq!(
        report("--config=./transmog.toml")["config"],
        "./transmog.toml"
    );
    assert_eq!(report("--no-config").get("config"), None);
    let (status, text) = said(at, &["in.jsonl", "-o", "out", "-q"]);
    assert_eq!((status, text.as_str()), (Some(0), ""));
}

#[test]
#[cfg(unix)]
fn a_pipe_in_place_of_the_file_is_not_read() {
    let directory = directory("{}\n");
    let at = directory.path();
    let made = std::process::Command::new("mkfifo")
        .arg(at.join("transmog.toml"))
        .status();
    assert!(made.expect("mkfifo runs").success());
    let (status, text) = said(at, &["in.jsonl", "-o", "out"]);
    assert!(
        status == Some(2) && text.contains("is not a file; use --no-config"),
        "{text}"
    );
    assert_eq!(
        said(at, &["in.jsonl", "-o", "out", "--no-config"]).0,
        Some(0)
    );
}
