"""What each tool makes of values whose shape changes along the file, with its defaults.

Usage: losses.py TRANSMOG DIRECTORY. Prints a table of what each tool wrote, read back.
"""

import json
import os
import shutil
import subprocess
import sys

import duckdb
import flatterer
import polars
import pyarrow.parquet
import transmog as reference

transmog, directory = sys.argv[1:3]
PLAIN = 30_000

CASES = {
    "`1`, `2.9`, `\"abc\"` in one column": [{"x": 1}, {"x": 2.9}, {"x": "abc"}],
    f"`2.9` after {PLAIN} integers": [{"x": 1}] * PLAIN + [{"x": 2.9}],
    f"text after {PLAIN} integers": [{"x": 1}] * PLAIN + [{"x": "abc"}],
    f"a column that comes after {PLAIN} records": [{"x": 1}] * PLAIN + [{"x": 2, "late": "abc"}],
    "`12345678901234567890123`": [{"x": 1}, {"x": 12345678901234567890123}],
    "`9007199254740993` beside `0.5`": [{"x": 0.5}, {"x": 9007199254740993}],
}


def fresh(name):
    path = os.path.join(directory, name)
    shutil.rmtree(path, ignore_errors=True)
    return path


def last_row(path):
    return pyarrow.parquet.read_table(path).slice(0).to_pylist()[-1]


def with_transmog(source):
    out = fresh("transmog")
    command = [transmog, "flatten", source, "-o", out, "-f", "parquet", "--report", "none", "--no-time-field"]
    subprocess.run(command, check=True, capture_output=True)
    return last_row(f"{out}/data.parquet")


def with_flatterer(source):
    out = fresh("flatterer")
    flatterer.flatten(source, out, ndjson=True, csv=False, parquet=True, force=True)
    return last_row(f"{out}/parquet/main.parquet")


def with_duckdb(source):
    out = fresh("duckdb") + ".parquet"
    duckdb.sql(f"copy (select * from read_json('{source}')) to '{out}' (format parquet)")
    return last_row(out)


def with_polars(source):
    out = fresh("polars") + ".parquet"
    polars.read_ndjson(source).write_parquet(out)
    return last_row(out)


def with_reference(source):
    out = fresh("reference")
    reference.flatten_stream(source, out, name="data", output_format="parquet")
    return last_row(f"{out}/data.parquet")


TOOLS = {
    "transmog": with_transmog,
    "flatterer": with_flatterer,
    "DuckDB": with_duckdb,
    "Polars": with_polars,
    "transmog for Python": with_reference,
}

os.makedirs(directory, exist_ok=True)
print("| last record | " + " | ".join(TOOLS) + " |")
print("| --- |" + " --- |" * len(TOOLS))
for name, records in CASES.items():
    source = os.path.join(directory, "case.jsonl")
    with open(source, "w", encoding="utf-8") as lines:
        lines.writelines(json.dumps(record) + "\n" for record in records)
    cells = []
    for tool in TOOLS.values():
        try:
            row = tool(source)
            kept = {key: value for key, value in row.items() if not key.startswith("_")}
            cells.append(f"`{json.dumps(kept, default=str)}`")
        except Exception as error:  # Whatever a tool raises is its answer.
            cells.append("error: " + str(error).strip().splitlines()[0][:60].replace("|", "/"))
    print(f"| {name} | " + " | ".join(cells) + " |", flush=True)
