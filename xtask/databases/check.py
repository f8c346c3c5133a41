"""Loads the output of `transmog flatten --sql` into PostgreSQL, DuckDB and SQLite, with keys, and compares the
systems' rows with the files. Checks datapackage.json with frictionless.

usage: check.py TRANSMOG CASES [INPUT...]
"""

import base64
import datetime
import decimal
import glob
import json
import os
import pathlib
import re
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import uuid

import duckdb
import frictionless

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent))
from cases import Wrong, arguments  # noqa: E402

FORMS = {"duckdb": ["csv", "csv gzip", "csv zstd", "parquet"]}
# Each system must load at least this percentage of the inputs; it may refuse the rest.
MIN_SHARE = 85
CELL = re.compile(r'(?:"((?:[^"]|"")*)"|([^,\n]*))(,|\n|\Z)')


def read_csv(text):
    """The rows of RFC 4180 text; an unquoted empty cell is a null, a quoted one is not."""
    rows, row, at = [], [], 0
    while at < len(text):
        cell = CELL.match(text, at)
        if cell is None:
            raise Wrong(f"no CSV at {text[at:at + 40]!r}")
        quoted, plain, end = cell.groups()
        row.append(quoted.replace('""', '"') if quoted is not None else plain or None)
        at = cell.end()
        if end != ",":
            rows.append(row)
            row = []
    return rows


def value(column_type, text):
    """A cell of a file as a value."""
    if text is None:
        return None
    if column_type == "boolean":
        return {"true": True, "false": False, "t": True, "f": False}[text]
    if column_type == "int64":
        return int(text)
    if column_type == "float64":
        return float(text)
    if column_type.startswith("decimal("):
        return decimal.Decimal(text)
    if column_type.startswith("list<"):
        found = json.loads(text, parse_float=str, parse_int=str)
        words = {True: "true", False: "false"}
        return [value(column_type[5:-1], words.get(element, element) if isinstance(element, bool) else element) for element in found]
    if column_type in ("timestamp", "local_timestamp"):
        # The time in UTC without a zone. Fractions have as many digits as the system likes.
        text = re.sub(r"\.(\d+)", lambda digits: "." + digits[1].ljust(6, "0"), text.upper())
        text = re.sub(r"([+-]\d\d)$", r"\1:00", text[:10] + "T" + text[11:])
        return plain(datetime.datetime.fromisoformat(text.replace("Z", "+00:00")))
    if column_type == "local_timestamp(ns)":
        return text.replace("T", " ")
    if column_type == "date":
        return datetime.date.fromisoformat(text)
    if column_type == "uuid":
        return uuid.UUID(text)
    if column_type == "json":
        return text if not isinstance(text, str) else json.loads(text, parse_float=decimal.Decimal)
    return text


class Postgres:
    """A server of its own on a socket in a directory of its own."""

    name = "postgres"

    def __init__(self, directory):
        binaries = sorted(glob.glob("/usr/lib/postgresql/*/bin"), key=lambda path: int(path.split("/")[4]))
        self.path = os.pathsep.join(binaries[-1:] + [os.environ["PATH"]])
        self.directory = directory
        directory.chmod(0o755)
        self.data = directory / "data"
        self.data.mkdir()
        # The server does not run as root.
        self.prefix = ["runuser", "-u", "postgres", "--"] if os.getuid() == 0 else []
        if self.prefix:
            shutil.chown(self.data, "postgres")
            shutil.chown(directory, "postgres")
        self.run("initdb", "-D", self.data, "-U", "transmog", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync")
        options = f"-c listen_addresses= -c unix_socket_directories={directory} -c fsync=off"
        self.run("pg_ctl", "-D", self.data, "-w", "-l", directory / "log", "-o", options, "start")

    def run(self, program, *words):
        program = shutil.which(program, path=self.path)
        command = [*self.prefix, program, *map(str, words)]
        done = subprocess.run(command, capture_output=True, text=True, cwd=self.directory)
        if done.returncode != 0:
            raise Wrong(f"{command}: {done.stderr}")

    def psql(self, folder, *words):
        program = shutil.which("psql", path=self.path)
        command = [program, "-X", "-q", "-h", str(self.directory), "-U", "transmog", "-d", "postgres", *words]
        done = subprocess.run(command, capture_output=True, cwd=folder)
        if done.returncode != 0 or done.stderr:
            raise Wrong(done.stderr.decode())
        return done.stdout.decode()

    def load(self, folder):
        self.psql(folder, "-c", "SET client_min_messages = error; DROP SCHEMA public CASCADE; CREATE SCHEMA public")
        self.psql(folder, "-v", "ON_ERROR_STOP=1", "-f", "schema.sql", "-f", "load.sql")

    def rows(self, table):
        # An array comes back as JSON, which tells null from empty text.
        name = table.replace("'", "''")
        query = (
            "SELECT coalesce(string_agg(CASE WHEN data_type = 'ARRAY' THEN format('to_json(%I)', column_name) "
            "ELSE format('%I', column_name) END, ', ' ORDER BY ordinal_position), '*') "
            f"FROM information_schema.columns WHERE table_schema = 'public' AND table_name = '{name}'"
        )
        columns = self.psql(self.directory, "-At", "-c", query).removesuffix("\n")
        query = f"SET TIME ZONE 'UTC'; COPY (SELECT {columns} FROM {quoted(table)}) TO STDOUT (FORMAT csv)"
        return read_csv(self.psql(self.directory, "-c", query))

    def stop(self):
        self.run("pg_ctl", "-D", self.data, "-m", "immediate", "stop")


class DuckDb:
    name = "duckdb"

    def __init__(self, directory):
        self.connection = None

    def load(self, folder):
        self.connection = duckdb.connect()
        home = os.getcwd()
        os.chdir(folder)
        try:
            self.connection.execute(pathlib.Path("schema.sql").read_text(encoding="utf-8"))
            self.connection.execute(pathlib.Path("load.sql").read_text(encoding="utf-8"))
        except duckdb.Error as error:
            raise Wrong(str(error)) from error
        finally:
            os.chdir(home)

    def rows(self, table):
        return self.select(quoted(table))

    def select(self, source):
        """The rows; nanoseconds as text, because Python's times have none."""
        columns = self.connection.execute(f"DESCRIBE SELECT * FROM {source}").fetchall()
        columns = [quoted(name) + "::VARCHAR" * (kind == "TIMESTAMP_NS") for name, kind, *_ in columns]
        return self.connection.execute(f"SELECT {', '.join(columns)} FROM {source}").fetchall()

    def stop(self):
        pass


class Sqlite:
    name = "sqlite"

    def __init__(self, directory):
        self.file = directory / "tables.db"

    def load(self, folder):
        self.file.unlink(missing_ok=True)
        for script in ("schema.sql", "load.sql"):
            done = subprocess.run(["sqlite3", "-batch", str(self.file), f".read {script}"], capture_output=True, cwd=folder)
            if done.returncode != 0 or done.stderr:
                raise Wrong(done.stderr.decode())

    def rows(self, table):
        with sqlite3.connect(self.file) as connection:
            assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
            return connection.execute(f"SELECT * FROM {quoted(table)}").fetchall()

    def stop(self):
        pass


def quoted(name):
    return '"' + name.replace('"', '""') + '"'


def plain(found):
    """A value of a system as `value` has it."""
    if isinstance(found, datetime.datetime) and found.tzinfo is not None:
        return found.replace(tzinfo=None) - found.utcoffset()
    if isinstance(found, list):
        return [plain(element) for element in found]
    return found


IDENTIFIER = r'"((?:[^"]|"")*)"'
INTO = {
    "postgres": rf"\\copy (?:{IDENTIFIER} FROM '{{file}}'|transmog_loading FROM '{{file}}' .*\nINSERT INTO {IDENTIFIER})",
    "duckdb": rf"INSERT INTO {IDENTIFIER} SELECT .* FROM read_(?:parquet|csv)\('{{file}}'",
    "sqlite": rf" {{file}} transmog_loading\nINSERT INTO main\.{IDENTIFIER}",
}


def loaded_into(system, load, file):
    """The table that load.sql loads a file into."""
    found = re.search(INTO[system.name].replace("{file}", re.escape(file)), load)
    if found is None:
        raise Wrong(f"{file} is not loaded")
    return next(group for group in found.groups() if group is not None).replace('""', '"')


def check(system, transmog, source, options, form, refusal=None):
    """Loads one input; says what became of it. With a refusal it must not load."""
    with tempfile.TemporaryDirectory() as out:
        os.chmod(out, 0o755)
        output_format, _, compression = form.partition(" ")
        command = [transmog, "flatten", *options, "-o", out, "-f", output_format, "--sql", system.name, "--report", "json"]
        command += ["--compression", compression, source] if compression else [source]
        done = subprocess.run(command, capture_output=True, text=True)
        if system.name == "sqlite" and "--include-nulls" in options:
            if done.returncode == 0 or "include_nulls" not in done.stderr:
                raise Wrong("sqlite with nulls is refused")
            return "refused"
        if done.returncode != 0 and system.name != "duckdb" and "cannot load" in done.stderr:
            return "refused: text"
        if done.returncode != 0 and form == "parquet" and "has no type for the timestamps" in done.stderr:
            return "refused: type"
        if done.returncode != 0:
            raise Wrong(done.stderr)
        report = json.loads(done.stdout)
        folder = pathlib.Path(out)
        if form == "csv":
            files = {table["name"]: (folder / table["file"]).read_bytes().decode() for table in report["tables"]}
            expected = {name: read_csv(text)[1:] for name, text in files.items()}
        else:
            expected = None
        if expected is not None:
            for table in report["tables"]:
                ids = [row[0] for row in expected[table["name"]]]
                if len(set(ids)) < len(ids):
                    refusal = "ids repeat"
            if system.name != "duckdb" and any("\0" in text for text in files.values()):
                raise Wrong("text with NUL was not refused")
        try:
            system.load(folder)
        except Wrong:
            if refusal is None:
                raise
            return f"refused: {refusal}"
        if refusal is not None:
            raise Wrong(f"was loaded although {refusal}")
        if list(folder.glob("planted*")):
            raise Wrong("a command in the data was run")
        load = (folder / "load.sql").read_text(encoding="utf-8")
        for table in report["tables"]:
            rows = [list(map(plain, row)) for row in system.rows(loaded_into(system, load, table["file"]))]
            if len(rows) != table["rows"]:
                raise Wrong(f"{table['name']}: {len(rows)} rows, not {table['rows']}")
            if expected is not None:
                compare(system, table, rows, expected[table["name"]])
            elif output_format == "parquet":
                path = str(folder / table["file"]).replace("'", "''")
                wanted = system.select(f"read_parquet('{path}')")
                if repr([list(map(plain, row)) for row in wanted]) != repr(rows):
                    raise Wrong(f"{table['name']}: not what the file holds")
        return "loaded"


def id_key(id_type, cell):
    """The same text for the same id, as the file and as a system have it."""
    if isinstance(cell, str):
        cell = value(id_type, cell)
    if id_type == "boolean":
        cell = bool(cell)
    return format(cell.normalize(), "f") if isinstance(cell, decimal.Decimal) else str(cell)


def compare(system, table, rows, expected):
    """Holds the rows of a system against those of the file."""
    id_type = table["columns"][0].get("value_type", table["columns"][0]["type"])
    by_id = {id_key(id_type, row[0]): row for row in rows}
    for row in expected:
        found = by_id[id_key(id_type, row[0])]
        for column, cell, got in zip(table["columns"], row, found, strict=True):
            column_type = column.get("value_type", column["type"])
            if system.name == "sqlite" and "value_type" in column:
                column_type = "text"
            if isinstance(got, str):
                got = value(column_type, got)
            elif column_type == "list<json>" and got is not None:
                got = [value("json", element) for element in got]
            elif system.name == "sqlite" and column_type == "boolean" and got is not None:
                got = bool(got)
            if got != value(column_type, cell):
                raise Wrong(f"{table['name']}.{column['name']}: {got!r}, not {cell!r}")


def check_package(transmog, source, options):
    """The files are what datapackage.json says, keys and types, by frictionless."""
    with tempfile.TemporaryDirectory() as out:
        command = [transmog, "flatten", *options, "-o", out, "--data-package", "--no-formula-guard", source]
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode != 0:
            raise Wrong(done.stderr)
        with frictionless.system.use_context(trusted=True):
            report = frictionless.Package(os.path.join(out, "datapackage.json")).validate()
        problems = {row[0] for row in report.flatten(["type"])}
        # Equal records have one hash, and a key may be empty.
        if problems and problems <= {"unique-error", "primary-key", "blank-label"}:
            return f"refused: {', '.join(sorted(problems))}"
        # It takes white space off the names in a header, and then misses them.
        with open(os.path.join(out, "datapackage.json"), encoding="utf-8") as file:
            resources = json.load(file)["resources"]
        names = [field["name"] for resource in resources for field in resource["schema"]["fields"]]
        if problems == {"incorrect-label"} and any(name != name.strip() for name in names):
            return "refused: incorrect-label"
        if not report.valid:
            raise Wrong(str(report.flatten(["title", "message"])[:3]) + str(report.errors[:3]))
        return "valid"


HOSTILE = {
    "loading": '{"a":1,"loading":[{"a":2}],"temp":[{"b":1}]}',
    "sqlite_master": '{"xmin":1,"ctid":2,"rowid":3,"sequence":[{"oid":1}]}',
    "a.csv.b": '{"pkey":[{"x":1}],"a.b":[{"x":"\\n\\\\.x\\n"}],":name":1,"%s":2,"\\\\":3,"A":4,"a":5}',
    "x" * 63 + "é": '{"' + "ä" * 40 + '1":1,"' + "ä" * 40 + '2":2,"a\\nb":[{"c\\rd":1}]}',
    "ends": '{"t":"a\\n\\\\.\\nb"}',
    "q\"'`$$;": '{"a\'b\\"c":1,":id":2,"$$;--":3,"\\\\! touch planted":[{"\\\\q":"x"}],"`touch planted`":"\\\\q"}',
    ":'name'\n\\! touch planted\n": '{"\\n\\\\! touch planted\\n":[{":\\"x\\"":1}],"a\\u202eb\\u2028":1,"a\\\\":2}',
    # Keys that not every system loads, and whose files then are refused.
    "NUL in a header": '{"a\\u0000b":1}\n{"a\\u0000b":2}\n{"t":[{"c\\u0000":3}]}',
    "an end in a header": '{"\\n\\\\.\\n":1}\n{"\\n\\\\.\\n":2}\n{"b":3}',
}


# Values that have types in a database, found or by rules: `NAME=TYPE` for each of these.
TYPED = {
    "times": (
        [],
        '{"a":"0001-01-01T00:00:00Z","b":"2026-01-02t03:04:05.5z","c":"2026-01-02T03:04:05+05:30","d":"0001-01-01",'
        '"u":"0190163D-8694-739B-AEA5-966C26F8AD90","l":"2026-01-02 03:04:05"}\n'
        '{"a":"9999-12-31T23:59:59.999999Z","b":"2026-01-02t03:04:05z","c":"1969-12-31T23:59:59+05:30","d":"9999-12-31",'
        '"u":"0190163D-8694-739B-AEA5-966C26F8AD91","l":"1999-12-31 23:59:59"}\n',
    ),
    "times that not all have": (
        [],
        '{"a":"2026-01-02T03:04:05.123456789Z","b":"2026-01-02T03:04:05.123456789","c":"2026-01-02T03:04:05+23:59"}\n',
    ),
    "local times in nanoseconds": ([], '{"b":"2026-01-02T03:04:05.123456789"}\n{"b":"1999-12-31T23:59:59.000000001"}\n'),
    "lists": (
        [],
        '{"t":["a",null,"","null","NULL","a,b","\\"q\\"","\\\\n","\\n","{}","é"],"i":[1,null,-9223372036854775808],'
        '"f":[0.1,1e300,5e-324,null],"n":[1,18446744073709551616],"b":[true,null,false],"d":["0001-01-01",null],'
        '"z":["2026-01-02t03:04:05.5z",null],"u":["0190163d-8694-739b-aea5-966c26f8ad90"],"m":[1,"1",null,true]}\n'
        '{"t":["\\\\.","\\n\\\\.\\n","\'","$$"],"i":[9223372036854775807]}\n{"t":[null]}\n{"x":1}\n',
    ),
    "kept whole": (
        ["j=json"],
        '{"j":{"b":[1.0000000000000000000001,{"z":null,"a":"\\\\u0000 \\" é"}],"a":1e400}}\n{"j":[]}\n{"x":1}\n',
    ),
    "kept whole, with what jsonb refuses": (["j=json"], '{"j":{"b":"\\u0000"}}\n{"j":{"a":1e140000}}\n'),
    "lists with NUL": ([], '{"t":["a\\u0000"]}\n'),
}


def inputs(cases, more, scratch):
    for case in sorted(pathlib.Path(cases).glob("*.json")):
        parsed = json.loads(case.read_text(encoding="utf-8"))
        if not parsed.get("tables"):
            continue
        text = parsed.get("input_base64")
        data = base64.b64decode(text) if text else parsed["input"].encode("utf-8", "surrogatepass")
        extension = parsed.get("options", {}).get("extension")
        source = scratch / (f"{case.stem}.{extension}" if extension else case.stem)
        source.write_bytes(data)
        yield case.stem, source, arguments(parsed.get("options", {}))
    # Names that the systems have already, or would take for something else.
    for at, (name, records) in enumerate(HOSTILE.items()):
        source = scratch / f"hostile {at}"
        source.write_text(records, encoding="utf-8")
        yield f"named {name}", source, ["-n", name]
    for at, (name, (types, records)) in enumerate(TYPED.items()):
        source = scratch / f"typed {at}"
        source.write_text(records, encoding="utf-8")
        detected = ["-n", "typed", "--detect-types=date,timestamp,uuid"]
        yield f"typed {name}", source, [*detected, *(word for of in types for word in ("--type", f"$.{of}"))]
    for source in more:
        yield source, pathlib.Path(source).resolve(), []


def check_book(transmog, postgres, scratch):
    """Runs the commands of the book and the README that need a database; gives how many."""
    block = re.compile(r"^```sh\n(.*?)^```\n(?:\n```text\n(.*?)^```\n)?", re.DOTALL | re.MULTILINE)
    places = [str(pathlib.Path(program).parent) for program in (transmog, sys.executable)]
    environment = {
        **os.environ,
        "PATH": os.pathsep.join([*places, postgres.path]),
        "PGHOST": str(postgres.directory),
        "PGUSER": "transmog",
        "PGDATABASE": "postgres",
        "PGOPTIONS": "-c client_min_messages=warning",
    }
    count = 0
    for page in [*sorted(pathlib.Path("docs/src").glob("*.md")), pathlib.Path("README.md")]:
        folder = scratch / f"book-{page.stem}"
        shutil.copytree("fixtures", folder / "fixtures")
        for commands, expected in block.findall(page.read_text(encoding="utf-8")):
            if not re.search(r"\b(psql|duckdb|sqlite3) ", commands):
                continue
            count += 1
            postgres.psql(folder, "-c", "SET client_min_messages = error; DROP SCHEMA public CASCADE; CREATE SCHEMA public")
            command = ["bash", "-c", f"set -eo pipefail; exec 2>&1; {commands}"]
            done = subprocess.run(command, stdout=subprocess.PIPE, text=True, cwd=folder, env=environment)
            if done.returncode != 0 or (expected and done.stdout.strip() != expected.strip()):
                raise Wrong(f"{page}: {commands}{done.stdout}")
    return count


def main():
    transmog, cases, *more = sys.argv[1:]
    transmog = str(pathlib.Path(transmog).resolve())
    failures, counts = [], {}
    with tempfile.TemporaryDirectory() as scratch:
        scratch = pathlib.Path(scratch)
        scratch.chmod(0o755)
        # The key of all cases that mask values.
        os.environ["TRANSMOG_MASK_KEY"] = "a key"
        all_inputs = list(inputs(cases, more, scratch))
        for kind in (Postgres, DuckDb, Sqlite):
            folder = scratch / kind.name
            folder.mkdir()
            system = kind(folder)
            try:
                if kind is Postgres:
                    count = check_book(transmog, system, scratch)
                    print(f"book: {count} blocks of commands that need a database")
                    if count < 7:
                        failures.append("the book: its commands were not found")
                for name, source, options in all_inputs:
                    refusal = None
                    for form in FORMS.get(kind.name, ["csv"]):
                        try:
                            became = check(system, transmog, source, options, form, refusal)
                            _, _, refusal = became.partition("refused: ")
                            refusal = refusal or None
                        except (Wrong, AssertionError) as error:
                            became = "failed"
                            failures.append(f"{kind.name} {form} {name}: {error}")
                        key = (kind.name, form, became)
                        counts[key] = counts.get(key, 0) + 1
            finally:
                system.stop()
        for name, source, options in all_inputs:
            try:
                became = check_package(transmog, source, options)
            except Wrong as error:
                became = "failed"
                failures.append(f"datapackage {name}: {error}")
            key = ("frictionless", "csv", became)
            counts[key] = counts.get(key, 0) + 1
    for failure in failures:
        print(failure)
    for (system, form, became), count in counts.items():
        print(f"{system} {form}: {count} {became}")
    taken = [count for (_, _, became), count in counts.items() if became in ("loaded", "valid")]
    # Three systems in their forms, and the data package.
    enough = len(taken) == 7 and all(count * 100 >= len(all_inputs) * MIN_SHARE for count in taken)
    if failures or not enough:
        sys.exit(1)


main()
