"""Runs every case of the corpus through the command line in every format and
holds what independent readers say against the case: pyarrow (Parquet, ORC,
Arrow), fastavro (Avro), DuckDB (Parquet, CSV) and Python's csv.

usage: check.py TRANSMOG CASES
"""

import base64
import csv
import datetime
import decimal
import json
import pathlib
import re
import subprocess
import sys
import tempfile
import unicodedata

import duckdb
import fastavro
import pyarrow
import pyarrow.ipc
import pyarrow.orc
import pyarrow.parquet

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent))
from cases import Wrong, arguments  # noqa: E402

FORMATS = ["csv", "parquet", "orc", "avro", "arrow"]
ARROW_TYPES = {
    "boolean": pyarrow.bool_(),
    "int64": pyarrow.int64(),
    "float64": pyarrow.float64(),
    **{f"decimal(38,{scale})": pyarrow.decimal128(38, scale) for scale in range(39)},
    "text": pyarrow.string(),
    "timestamp": pyarrow.timestamp("us", tz="UTC"),
}
DUCKDB_TYPES = {
    "boolean": "BOOLEAN",
    "int64": "BIGINT",
    "float64": "DOUBLE",
    **{f"decimal(38,{scale})": f"DECIMAL(38,{scale})" for scale in range(39)},
    "text": "VARCHAR",
    "timestamp": "TIMESTAMP WITH TIME ZONE",
}
PYTHON_TYPES = {
    "boolean": bool,
    "int64": int,
    "float64": float,
    **{f"decimal(38,{scale})": decimal.Decimal for scale in range(39)},
    "text": str,
    "timestamp": datetime.datetime,
}


def float_text(value):
    """ECMAScript's Number::toString, as RFC 8785 has it."""
    if value == int(value) and abs(value) < 1e21:
        return str(int(value))
    text = repr(value)
    exponent = decimal.Decimal(text).adjusted()
    if -7 < exponent < 21:
        return format(decimal.Decimal(text), "f")
    mantissa, exponent = format(decimal.Decimal(text), "e").split("e")
    if "." in mantissa:
        mantissa = mantissa.rstrip("0").rstrip(".")
    return f"{mantissa}e{int(exponent):+d}"


def decimal_text(value):
    """Its digits without zeros at the end; below 0.000001 with an exponent."""
    with decimal.localcontext(prec=80):
        value = value.normalize()
    if value == 0:
        return "0"
    if value.adjusted() >= -6:
        return format(value, "f")
    mantissa, exponent = format(value, "e").split("e")
    return f"{mantissa}e{int(exponent)}"


def json_text(value):
    if isinstance(value, list):
        return "[" + ",".join(map(json_text, value)) + "]"
    if isinstance(value, float):
        return float_text(value)
    if isinstance(value, decimal.Decimal):
        return decimal_text(value)
    return json.dumps(value, ensure_ascii=False)


def text(value):
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, datetime.datetime):
        return value.strftime("%Y-%m-%d %H:%M:%S.%f")
    return json_text(value)


# Code points that show nothing and are neither white space, controls nor of the category Cf.
IGNORED = {0x34F, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x2065, 0x3164, 0xFFA0}
IGNORED |= {*range(0x180B, 0x1810), *range(0xFE00, 0xFE10), *range(0xFFF0, 0xFFF9), *range(0xE0000, 0xE1000)}
# Of the category Cf, these show something.
SHOWN = {*range(0x600, 0x606), 0x6DD, 0x70F, 0x890, 0x891, 0x8E2, 0x110BD, 0x110CD, *range(0x13430, 0x13440)}


def is_blank(character):
    """Whether a character shows nothing; by another way than that of the writer."""
    at = ord(character)
    category = unicodedata.category(character)
    return character.isspace() or category == "Cc" or at in IGNORED or (category == "Cf" and at not in SHOWN)


def guarded(cell):
    is_number = re.fullmatch(r"[+-]?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?", cell)
    begins = next((c for c in cell if c in "\t\r" or not is_blank(c)), "")
    is_formula = begins and begins in "=+-@\t\r＝＋－＠"
    return "'" + cell if is_formula and not is_number else cell


def expected_cell(cell, column_type):
    """The Python value that a typed reader gives."""
    if cell is None or (isinstance(cell, dict) and "id" in cell) or cell == "<time>":
        return cell
    if column_type.startswith("list<"):
        return [expected_cell(item, column_type[5:-1]) for item in cell]
    if column_type == "int64":
        return int(cell)
    if column_type == "float64":
        return float(cell)
    if column_type.startswith("decimal("):
        return decimal.Decimal(cell["decimal"])
    return cell


class Matching:
    """Compares cells; generated ids are what the id column of their row holds."""

    def __init__(self, tables):
        self.tables = tables
        self.ids = {}

    def cell(self, wanted, given):
        if wanted == "<time>":
            now = datetime.datetime.now(datetime.timezone.utc)
            if isinstance(given, str):
                given = datetime.datetime.strptime(given, "%Y-%m-%d %H:%M:%S.%f")
            if given.tzinfo is None:
                given = given.replace(tzinfo=datetime.timezone.utc)
            return abs(now - given) < datetime.timedelta(hours=1)
        if isinstance(wanted, dict):
            table, row = wanted["id"].rsplit("/", 1)
            is_id = given == self.tables[table][int(row)][0]
            return is_id and self.ids.setdefault(given, wanted["id"]) == wanted["id"]
        return type(wanted) is type(given) and repr(wanted) == repr(given)


def compare(expected, tables, convert, types):
    """`tables` is rows by table name, `convert` what the format makes of a cell."""
    matching = Matching(tables)
    for name, table in expected.items():
        rows = tables[name]
        if len(rows) != len(table["rows"]):
            raise Wrong(f"{name}: {len(rows)} rows, expected {len(table['rows'])}")
        columns = table["columns"]
        if types and [c["type"] for c in columns] != types[name]:
            raise Wrong(f"{name}: types {types[name]}")
        for at, (wanted, given) in enumerate(zip(table["rows"], rows)):
            if len(wanted) != len(given):
                raise Wrong(f"{name}: row {at} has {len(given)} cells")
            for cell, value, column in zip(wanted, given, columns):
                cell = expected_cell(cell, column["type"])
                if not isinstance(cell, dict) and cell != "<time>":
                    cell = convert(cell, column["type"])
                if not matching.cell(cell, value):
                    raise Wrong(f"{name}: row {at}, {column['name']!r}: {value!r}, expected {cell!r}")


def rows_of(table):
    return list(map(list, zip(*[column.to_pylist() for column in table.columns]))) or [
        [] for _ in range(table.num_rows)
    ]


def arrow_name(data_type):
    if pyarrow.types.is_list(data_type):
        return f"list<{arrow_name(data_type.value_type)}>"
    return next((name for name, known in ARROW_TYPES.items() if known == data_type), str(data_type))


def names_match(expected, names, convert):
    for table, columns in names.items():
        wanted = [convert(column["name"]) for column in expected[table]["columns"]]
        if wanted != columns:
            raise Wrong(f"{table}: columns {columns}, expected {wanted}")


def check_arrow_tables(expected, tables, convert=lambda cell, _: cell, stored=lambda t: t):
    types = {n: [arrow_name(f.type) for f in t.schema] for n, t in tables.items()}
    as_stored = {
        name: {**table, "columns": [{**c, "stored": stored(c["type"])} for c in table["columns"]]}
        for name, table in expected.items()
    }
    for name, table in as_stored.items():
        wanted = [column["stored"] for column in table["columns"]]
        if wanted != types[name]:
            raise Wrong(f"{name}: types {types[name]}, expected {wanted}")
    names_match(expected, {n: t.schema.names for n, t in tables.items()}, lambda name: name)
    compare(expected, {n: rows_of(t) for n, t in tables.items()}, convert, None)


def check_properties(name, table, of_table, of_columns):
    """What a file says of its table and its columns."""
    wanted = {"transmog.table": name, "transmog.path": table["path"]}
    found = {key: of_table.get(key) for key in wanted}
    if found != wanted or "array_mode" not in json.loads(of_table["transmog.parameters"]):
        raise Wrong(f"{name}: properties {of_table}, expected {wanted}")
    paths = [properties.get("transmog.path") for properties in of_columns]
    if paths != [column["path"] for column in table["columns"]]:
        raise Wrong(f"{name}: paths {paths}")


def check_arrow_properties(expected, tables):
    def decoded(metadata):
        return {key.decode(): value.decode() for key, value in metadata.items()}

    for name, table in tables.items():
        of_columns = [decoded(field.metadata) for field in table.schema]
        check_properties(name, expected[name], decoded(table.schema.metadata), of_columns)


def check_parquet(expected, files):
    tables = {n: pyarrow.parquet.ParquetFile(f).read() for n, f in files.items()}
    check_arrow_tables(expected, tables)
    check_arrow_properties(expected, tables)
    check_duckdb_parquet(expected, files)
    return ["pyarrow", "duckdb"]


def duckdb_type(column_type):
    if column_type.startswith("list<"):
        return duckdb_type(column_type[5:-1]) + "[]"
    return DUCKDB_TYPES[column_type]


def check_duckdb_parquet(expected, files):
    tables = {}
    for name, file in files.items():
        query = "select * from read_parquet(?)"
        described = DUCKDB.execute("describe " + query, [str(file)]).fetchall()
        wanted = [duckdb_type(c["type"]) for c in expected[name]["columns"]]
        if [row[1] for row in described] != wanted:
            raise Wrong(f"{name}: DuckDB types {[row[1] for row in described]}, expected {wanted}")
        tables[name] = [list(row) for row in DUCKDB.execute(query, [str(file)]).fetchall()]
        properties = DUCKDB.execute("from parquet_kv_metadata(?)", [str(file)]).fetchall()
        if (b"transmog.path", expected[name]["path"].encode()) not in [row[1:3] for row in properties]:
            raise Wrong(f"{name}: properties {properties}")
    compare(expected, tables, lambda cell, _: cell, None)


def check_arrow(expected, files):
    tables = {n: pyarrow.ipc.open_file(str(f)).read_all() for n, f in files.items()}
    check_arrow_tables(expected, tables)
    check_arrow_properties(expected, tables)
    return ["pyarrow"]


def check_orc(expected, files):
    tables = {}
    for name, file in files.items():
        table = pyarrow.orc.ORCFile(str(file)).read()
        fields = [
            pyarrow.field(f.name, ARROW_TYPES["timestamp"]) if pyarrow.types.is_timestamp(f.type) else f
            for f in table.schema
        ]
        tables[name] = table.cast(pyarrow.schema(fields))

    def is_text(column_type):
        return column_type.startswith(("list<", "decimal("))

    check_arrow_tables(
        expected,
        tables,
        lambda cell, column_type: text(cell) if is_text(column_type) else cell,
        lambda column_type: "text" if is_text(column_type) else column_type,
    )
    return ["pyarrow"]


def check_avro(expected, files):
    tables = {}
    for name, file in files.items():
        with open(file, "rb") as stream:
            reader = fastavro.reader(stream)
            fields = reader.writer_schema["fields"]
            check_properties(name, expected[name], reader.writer_schema, fields)
            tables[name] = [list(record.values()) for record in reader]
        originals = [field.get("doc", field["name"]) for field in fields]
        names_match(expected, {name: originals}, lambda name: name)
        for field, column in zip(fields, expected[name]["columns"]):
            avro_type_matches(field["type"], column["type"])
    compare(expected, tables, lambda cell, _: cell, None)
    return ["fastavro"]


def avro_type_matches(avro, column_type):
    branches = avro if isinstance(avro, list) else [avro]
    value = next(branch for branch in branches if branch != "null")
    if column_type.startswith("list<"):
        if value["type"] != "array":
            raise Wrong(f"Avro type {value}, expected {column_type}")
        return avro_type_matches(value["items"], column_type[5:-1])
    plain = {"boolean": "boolean", "int64": "long", "float64": "double", "text": "string"}
    decimals = {f"decimal(38,{scale})": "decimal" for scale in range(39)}
    logical = {**decimals, "timestamp": "timestamp-micros"}
    if column_type in logical:
        is_right = isinstance(value, dict) and value.get("logicalType") == logical[column_type]
    else:
        is_right = (value["type"] if isinstance(value, dict) else value) == plain[column_type]
    if not is_right:
        raise Wrong(f"Avro type {value}, expected {column_type}")
    return None


def check_csv(expected, files):
    def convert(cell, column_type):
        value = text(cell)
        if value is None:
            return ""
        return guarded(value) if column_type == "text" else value

    tables = {}
    for name, file in files.items():
        with open(file, newline="", encoding="utf-8") as stream:
            header, *rows = csv.reader(stream, strict=True)
        names_match(expected, {name: header}, guarded)
        tables[name] = rows
    compare(expected, tables, convert, None)

    def convert_null(cell, column_type):
        return None if cell is None else convert(cell, column_type)

    tables = {}
    for name, file in files.items():
        query = (
            "select * from read_csv(?, header=true, all_varchar=true, delim=',', quote='\"',"
            " escape='\"', auto_detect=false, columns=$columns, allow_quoted_nulls=false)"
        )
        columns = {f"c{at}": "VARCHAR" for at in range(len(expected[name]["columns"]))}
        listed = "{" + ", ".join(f"'{c}': '{t}'" for c, t in columns.items()) + "}"
        query = query.replace("$columns", listed).replace("all_varchar=true, ", "")
        tables[name] = [list(row) for row in DUCKDB.execute(query, [str(file)]).fetchall()]
    compare(expected, tables, convert_null, None)
    return ["csv", "duckdb"]


CHECKS = {
    "csv": check_csv,
    "parquet": check_parquet,
    "orc": check_orc,
    "avro": check_avro,
    "arrow": check_arrow,
}
DUCKDB = duckdb.connect()
DUCKDB.execute("set timezone = 'UTC'")


# Whole, and record by record, so that every change of a schema is one of a
# file that is written already.
WAYS = {"": [], " in pieces": ["--memory-limit", "1"]}


def run(transmog, case, output_format, directory, way):
    options = case.get("options", {})
    source = directory / f"input.{options.get('extension', 'jsonl')}"
    if "input" in case:
        source.write_bytes(case["input"].encode("utf-8"))
    else:
        source.write_bytes(base64.b64decode(case["input_base64"]))
    out = directory / output_format
    command = [transmog, "flatten", str(source), "-o", str(out), "-f", output_format]
    command += ["--report", "json", *arguments(options), *WAYS[way]]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if "error" in case:
        if done.returncode not in (1, 2) or not done.stderr.strip():
            raise Wrong(f"exit {done.returncode}, expected an error")
        if out.exists() and any(out.iterdir()):
            raise Wrong("a failed run left files behind")
        return ["exit status"]
    if done.returncode != 0:
        raise Wrong(f"exit {done.returncode}: {done.stderr}")
    report = json.loads(done.stdout)
    expected = case.get("tables", {})
    if [table["name"] for table in report["tables"]] != list(expected):
        raise Wrong(f"tables {[table['name'] for table in report['tables']]}")
    files = {table["name"]: out / table["file"] for table in report["tables"]}
    return CHECKS[output_format](expected, files)


def main(transmog, cases):
    counts, failures = {}, []
    paths = sorted(pathlib.Path(cases).glob("*.json"))
    for path in paths:
        case = json.loads(path.read_text(encoding="utf-8"))
        for output_format in FORMATS:
            for way in WAYS:
                name = f"{path.stem} as {output_format}{way}"
                with tempfile.TemporaryDirectory() as directory:
                    folder = pathlib.Path(directory)
                    try:
                        for reader in run(transmog, case, output_format, folder, way):
                            key = f"{output_format}{way} by {reader}"
                            counts[key] = counts.get(key, 0) + 1
                    except Wrong as wrong:
                        failures.append(f"{name}: {wrong}")
                    except Exception as error:  # a reader that cannot read
                        failures.append(f"{name}: {type(error).__name__}: {error}")
    for key in sorted(counts):
        print(f"{counts[key]:>5} cases as {key}")
    if failures or len(paths) < 100:
        sys.exit("\n".join(failures) or f"only {len(paths)} cases")


if __name__ == "__main__":
    main(*sys.argv[1:])
