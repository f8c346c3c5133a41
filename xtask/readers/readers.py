"""The readers of one environment: pyarrow, DuckDB, Polars, pandas, fastparquet, fastavro and
Python's csv. Each returns the content of a file as plain Python values."""

import csv
import datetime
import decimal
import json
import platform

import duckdb
import fastavro
import fastparquet
import pandas
import polars
import pyarrow
import pyarrow.csv
import pyarrow.ipc
import pyarrow.orc
import pyarrow.parquet
from expected import (
    TIMES,
    Parsed,
    Read,
    Time,
    Wrong,
    element_of,
    is_beyond_nanos,
    plain_type,
    type_without,
)


class Reader:
    """A program that reads files: what it finds by format, and what it makes of values."""

    def __init__(self, name, version, **formats):
        self.name = f"{name} {version}"
        self.formats = formats

    def names(self, names):
        """What it calls columns of these names."""
        return names

    def refuses(self, _output_format, _expected):
        """Why the reader cannot take files of these tables, where that is its own fault."""
        return None

    def sees(self, value, _stored_type):
        return value

    def sees_type(self, column_type, output_format):
        return plain_type(column_type, output_format)


ARROW_TYPES = {
    "boolean": pyarrow.bool_(),
    "int64": pyarrow.int64(),
    "float64": pyarrow.float64(),
    "text": pyarrow.string(),
    "timestamp": pyarrow.timestamp("us", tz="UTC"),
    "timestamp(ns)": pyarrow.timestamp("ns", tz="UTC"),
    "local_timestamp": pyarrow.timestamp("us"),
    "local_timestamp(ns)": pyarrow.timestamp("ns"),
    "date": pyarrow.date32(),
    "uuid": pyarrow.uuid(),
}


def arrow_name(data_type):
    if pyarrow.types.is_list(data_type) or pyarrow.types.is_large_list(data_type):
        return f"list<{arrow_name(data_type.value_type)}>"
    if pyarrow.types.is_decimal(data_type):
        return f"decimal({data_type.precision},{data_type.scale})"
    if pyarrow.types.is_large_string(data_type) or isinstance(data_type, pyarrow.JsonType):
        return "text"
    return next((name for name, known in ARROW_TYPES.items() if known == data_type), str(data_type))


def of_arrow(table):
    rows = list(map(list, zip(*[column.to_pylist() for column in table.columns])))
    rows = rows or [[] for _ in range(table.num_rows)]
    return Read(table.schema.names, [arrow_name(field.type) for field in table.schema], rows)


def without_zones(read):
    """ORC's timestamp has no time zone and no unit; ours are UTC."""
    return read._replace(types=["timestamp" if of in TIMES else of for of in read.types])


def with_header(rows):
    """CSV whose first row are the names, read as any other."""
    return Read(rows[0], None, rows[1:])


def arrow_orc(file):
    table = pyarrow.orc.ORCFile(str(file)).read()
    times = [field.type for field in table.schema if pyarrow.types.is_timestamp(field.type)]
    if any(time.tz is not None for time in times):
        raise Wrong(f"a time with a time zone, which Spark does not read: {times}")
    return without_zones(of_arrow(table))


def arrow_csv(file):
    names = [str(at) for at in range(columns_of(file))]
    table = pyarrow.csv.read_csv(
        file,
        read_options=pyarrow.csv.ReadOptions(column_names=names, block_size=1 << 28),
        parse_options=pyarrow.csv.ParseOptions(newlines_in_values=True),
        convert_options=pyarrow.csv.ConvertOptions(
            column_types={name: pyarrow.string() for name in names},
            null_values=[""],
            strings_can_be_null=True,
            quoted_strings_can_be_null=False,
        ),
    )
    return with_header(of_arrow(table).rows)


def columns_of(file):
    with open(file, newline="", encoding="utf-8") as stream:
        return len(next(csv.reader(stream, strict=True)))


def python_csv(file):
    with open(file, newline="", encoding="utf-8") as stream:
        return with_header(list(csv.reader(stream, strict=True)))


DUCKDB = duckdb.connect()
DUCKDB.execute("set timezone = 'UTC'")
DUCKDB_TYPES = {
    "BOOLEAN": "boolean",
    "BIGINT": "int64",
    "DOUBLE": "float64",
    "VARCHAR": "text",
    "JSON": "text",
    "TIMESTAMP WITH TIME ZONE": "timestamp",
    "TIMESTAMP": "local_timestamp",
    "TIMESTAMP_NS": "local_timestamp(ns)",
    "TIMESTAMPTZ_NS": "timestamp(ns)",
    "DATE": "date",
    "UUID": "uuid",
}


def duckdb_name(data_type):
    if data_type.endswith("[]"):
        return f"list<{duckdb_name(data_type[:-2])}>"
    return DUCKDB_TYPES.get(data_type, data_type.lower())


class InNanos(Reader):
    """Has times, in some formats dates too, in nanoseconds only."""

    def refuses(self, output_format, expected):
        if self.is_narrow(output_format) and is_beyond_nanos(expected):
            return "a date or time that 64 bits of nanoseconds do not reach"
        return None

    def is_narrow(self, output_format):
        return output_format == "orc"


class DuckDb(Reader):
    """Takes names that differ by case for the same, and has no empty one."""

    def names(self, names):
        taken, found = set(), []
        for at, plain in enumerate(names):
            name = plain = plain or f"C{at}"
            number = 0
            while name.lower() in taken:
                number += 1
                name = f"{plain}_{number}"
            taken.add(name.lower())
            found.append(name)
        return found


def duckdb_cell(name, data_type):
    """Python's times, which it makes of DuckDB's, have no nanoseconds."""
    name = '"' + name.replace('"', '""') + '"'
    if data_type.endswith("_NS"):
        return f"epoch_ns({name})"
    if data_type.endswith("_NS[]"):
        return f"list_transform({name}, lambda item: epoch_ns(item))"
    return name


def duckdb_parquet(file):
    query = "from read_parquet(?)"
    described = DUCKDB.execute("describe " + query, [str(file)]).fetchall()
    cells = ", ".join(duckdb_cell(name, data_type) for name, data_type, *_ in described)
    query = f"select {cells} {query}"
    rows = [list(row) for row in DUCKDB.execute(query, [str(file)]).fetchall()]
    return Read([row[0] for row in described], [duckdb_name(row[1]) for row in described], rows)


def duckdb_csv(file):
    columns = ", ".join(f"'c{at}': 'VARCHAR'" for at in range(columns_of(file)))
    query = (
        "from read_csv(?, header=false, delim=',', quote='\"', escape='\"', auto_detect=false,"
        f" columns={{{columns}}}, allow_quoted_nulls=false)"
    )
    return with_header([list(row) for row in DUCKDB.execute(query, [str(file)]).fetchall()])


POLARS_TYPES = {
    polars.Boolean: "boolean",
    polars.Int64: "int64",
    polars.Float64: "float64",
    polars.String: "text",
    polars.Null: "text",
    polars.Date: "date",
}


class Polars(Reader):
    """Its reader of Avro panics at the end of a file that has no blocks."""

    def refuses(self, output_format, expected):
        is_empty = any(not table["rows"] for table in expected.values())
        return "a table without rows" if output_format == "avro" and is_empty else None

    def sees_type(self, column_type, output_format):
        """It has no type for UUIDs, and in Avro none for nanoseconds."""
        absent = {"uuid": "Binary"}
        if output_format == "avro":
            absent = {"uuid": "text", "timestamp(ns)": "int64", "local_timestamp(ns)": "int64"}
        return type_without(absent)(column_type, output_format)


def polars_name(data_type):
    if isinstance(data_type, polars.List):
        return f"list<{polars_name(data_type.inner)}>"
    if isinstance(data_type, polars.Decimal):
        return f"decimal({data_type.precision},{data_type.scale})"
    if str(data_type).startswith("Extension('arrow.json'"):
        return "text"
    if isinstance(data_type, polars.Datetime):
        return ("timestamp" if data_type.time_zone else "local_timestamp") + (
            "(ns)" if data_type.time_unit == "ns" else ""
        )
    return POLARS_TYPES.get(type(data_type), POLARS_TYPES.get(data_type, str(data_type)))


def in_nanos(data_type):
    """Python's times, which it makes of its own, have no nanoseconds."""
    if isinstance(data_type, polars.List):
        return polars.List(in_nanos(data_type.inner))
    is_time = isinstance(data_type, polars.Datetime) and data_type.time_unit == "ns"
    return polars.Int64() if is_time else data_type


def of_polars(frame):
    schema = {name: in_nanos(of) for name, of in frame.schema.items() if in_nanos(of) != of}
    rows = [list(row) for row in frame.cast(schema).rows()]
    return Read(frame.columns, list(map(polars_name, frame.dtypes)), rows)


def polars_csv(file):
    frame = polars.read_csv(file, has_header=False, infer_schema=False)
    return with_header(of_polars(frame).rows)


def of_pandas(frame):
    """A frame of Arrow's types: those of pandas alone have no null integers."""
    return of_arrow(pyarrow.Table.from_pandas(frame, preserve_index=False))


def pandas_csv(file):
    frame = pandas.read_csv(
        file, header=None, dtype=str, keep_default_na=False, na_values=[], lineterminator="\n"
    )
    return with_header(frame.values.tolist())


def plain(value):
    """A value of pandas or NumPy as one of Python."""
    if value is None or value is pandas.NA or value is pandas.NaT:
        return None
    if hasattr(value, "tolist"):
        value = value.tolist()
    if isinstance(value, list):
        return [plain(item) for item in value]
    if isinstance(value, float) and value != value:
        return None
    return value


class FastParquet(InNanos):
    """Decimals are floats in any file; in lists they are their bytes in the file. JSON is what it says. UUIDs
    are bytes without the zeros at their end, and dates are times."""

    def is_narrow(self, output_format):
        return output_format == "parquet"

    def sees(self, value, stored_type):
        if stored_type == "json" and value is not None:
            return Parsed(value)
        element = element_of(stored_type)
        if element in ("date", "uuid") and value is not None:
            see = Time.of_day if element == "date" else self.stripped
            is_list = isinstance(value, list)
            return [item and see(item) for item in value] if is_list else see(value)
        if "decimal(" not in stored_type or value is None:
            return value
        scale = int(stored_type.rstrip(")>").rsplit(",", 1)[1])
        if isinstance(value, list):
            return [item if item is None else self.in_bytes(item, scale) for item in value]
        return float(self.unscaled(value, scale) * 10**-scale)

    def stripped(self, value):
        return value.value.bytes.rstrip(b"\0")

    def unscaled(self, value, scale):
        with decimal.localcontext(prec=80):
            return int(value.scaleb(scale))

    def in_bytes(self, value, scale):
        return self.unscaled(value, scale).to_bytes(16, "big", signed=True).rstrip(b"\0")


def fastparquet_rows(file):
    frame = fastparquet.ParquetFile(str(file)).to_pandas()
    columns = [[plain(value) for value in frame.iloc[:, at]] for at in range(frame.shape[1])]
    rows = list(map(list, zip(*columns))) or [[] for _ in range(len(frame))]
    return Read(list(frame.columns), None, rows)


def avro_name(avro):
    branches = avro if isinstance(avro, list) else [avro]
    value = next(branch for branch in branches if branch != "null")
    if not isinstance(value, dict):
        names = {"long": "int64", "double": "float64", "string": "text"}
        return names.get(value, value)
    if value["type"] == "array":
        return f"list<{avro_name(value['items'])}>"
    if value.get("logicalType") == "decimal":
        return f"decimal({value['precision']},{value['scale']})"
    logical = {
        "date": "date",
        "uuid": "uuid",
        "timestamp-micros": "timestamp",
        "timestamp-nanos": "timestamp(ns)",
        "local-timestamp-micros": "local_timestamp",
        "local-timestamp-nanos": "local_timestamp(ns)",
    }
    return logical.get(value.get("logicalType")) or avro_name(value["type"])


def fastavro_rows(file):
    with open(file, "rb") as stream:
        reader = fastavro.reader(stream)
        fields = reader.writer_schema["fields"]
        rows = [list(record.values()) for record in reader]
    return Read(
        [field["name"] for field in fields], [avro_name(field["type"]) for field in fields], rows
    )


class Untyped(Reader):
    """A reader of CSV that has no null."""

    def sees(self, value, _stored_type):
        return "" if value is None else value


READERS = [
    InNanos(
        "pyarrow",
        pyarrow.__version__,
        csv=arrow_csv,
        parquet=lambda file: of_arrow(pyarrow.parquet.ParquetFile(file).read()),
        orc=arrow_orc,
        arrow=lambda file: of_arrow(pyarrow.ipc.open_file(str(file)).read_all()),
    ),
    DuckDb("DuckDB", duckdb.__version__, csv=duckdb_csv, parquet=duckdb_parquet),
    Polars(
        "Polars",
        polars.__version__,
        csv=polars_csv,
        parquet=lambda file: of_polars(polars.read_parquet(file)),
        avro=lambda file: of_polars(polars.read_avro(file)),
        arrow=lambda file: of_polars(polars.read_ipc(file)),
    ),
    InNanos(
        "pandas",
        pandas.__version__,
        parquet=lambda file: of_pandas(pandas.read_parquet(file, dtype_backend="pyarrow")),
        orc=lambda file: without_zones(of_pandas(pandas.read_orc(file, dtype_backend="pyarrow"))),
        arrow=lambda file: of_pandas(pandas.read_feather(file, dtype_backend="pyarrow")),
    ),
    Untyped("pandas", pandas.__version__, csv=pandas_csv),
    FastParquet("fastparquet", fastparquet.__version__, parquet=fastparquet_rows),
    Reader("fastavro", fastavro.__version__, avro=fastavro_rows),
    Untyped("Python csv", platform.python_version(), csv=python_csv),
]


def check_properties(output_format, expected, files):
    """What a file says of its table and its columns."""

    def decoded(metadata):
        return {key.decode(): value.decode() for key, value in (metadata or {}).items()}

    for name, file in files.items():
        if output_format == "avro":
            with open(file, "rb") as stream:
                of_table = fastavro.reader(stream).writer_schema
            of_columns = of_table["fields"]
            originals = [field.get("doc", field["name"]) for field in of_columns]
            wanted = [column["name"] for column in expected[name]["columns"]]
            if originals != wanted:
                raise Wrong(f"{name}: names {originals}, expected {wanted}")
        elif output_format in ("parquet", "arrow"):
            schema = (
                pyarrow.parquet.read_schema(file)
                if output_format == "parquet"
                else pyarrow.ipc.open_file(str(file)).schema
            )
            of_table, of_columns = decoded(schema.metadata), [decoded(f.metadata) for f in schema]
        else:
            continue
        wanted = {"transmog.table": name, "transmog.path": expected[name]["path"]}
        found = {key: of_table.get(key) for key in wanted}
        if found != wanted or "array_mode" not in json.loads(of_table["transmog.parameters"]):
            raise Wrong(f"{name}: properties {of_table}, expected {wanted}")
        paths = [properties.get("transmog.path") for properties in of_columns]
        if paths != [column["path"] for column in expected[name]["columns"]]:
            raise Wrong(f"{name}: paths {paths}")
