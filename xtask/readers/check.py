"""Runs every case of the corpus through the command line in every format and holds what
readers find in the files against the case. Prints a table: reader by format.

usage: check.py TRANSMOG CASES [PYTHON_WITH_PYSPARK...]
"""

import base64
import json
import pathlib
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).parent
sys.path.insert(0, str(HERE.parent))
from cases import arguments, environment  # noqa: E402
from expected import Wrong, compare, guarded  # noqa: E402
from readers import READERS, check_properties  # noqa: E402

FORMATS = ["csv", "parquet", "orc", "avro", "arrow"]
# Whole, and record by record, so that every change of a schema is one of a
# file that is written already.
WAYS = {"": [], " in pieces": ["--memory-limit", "1"]}
SPARK_FORMATS = ["csv", "parquet", "orc"]
MIN_CASES = 100


def write(transmog, case, output_format, directory, way):
    """The report of the case, or none where it expects an error."""
    options = case.get("options", {})
    source = directory / f"input.{options.get('extension', 'jsonl')}"
    if "input" in case:
        source.write_bytes(case["input"].encode("utf-8"))
    else:
        source.write_bytes(base64.b64decode(case["input_base64"]))
    out = directory / output_format
    command = [transmog, "flatten", str(source), "-o", str(out), "-f", output_format]
    command += ["--report", "json", *arguments(options), *WAYS[way]]
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, env=environment(options)
    )
    if "error" in case:
        if done.returncode not in (1, 2) or not done.stderr.strip():
            raise Wrong(f"exit {done.returncode}, expected an error")
        if out.exists() and any(out.iterdir()):
            raise Wrong("a failed run left files behind")
        return None
    if done.returncode != 0:
        raise Wrong(f"exit {done.returncode}: {done.stderr}")
    return json.loads(done.stdout)


def names_in_files(expected, report, output_format):
    """The names of the columns by table: those of the case, but for what a format lacks,
    which the ledger counts."""
    if [table["name"] for table in report["tables"]] != list(expected):
        raise Wrong(f"tables {[table['name'] for table in report['tables']]}")
    renamed = {line["path"] for line in report["ledger"] if line["kind"] == "column_renamed"}
    names = {}
    for table in report["tables"]:
        columns = expected[table["name"]]["columns"]
        names[table["name"]] = found = [column["name"] for column in table["columns"]]
        if [column["path"] for column in table["columns"]] != [c["path"] for c in columns]:
            raise Wrong(f"{table['name']}: paths of {table['columns']}")
        for name, column in zip(found, columns):
            wanted = guarded(column["name"]) if output_format == "csv" else column["name"]
            may_differ = output_format in ("avro", "orc") and column["path"] in renamed
            if name != wanted and not may_differ:
                raise Wrong(f"{table['name']}: column {name!r}, expected {wanted!r}")
    return names


class Results:
    """Cases by reader and format, and what is wrong."""

    def __init__(self):
        self.counts = {}
        self.failures = []
        self.failed = {}
        self.refused = {}

    def add(self, reader, output_format):
        key = (reader, output_format)
        self.counts[key] = self.counts.get(key, 0) + 1

    def fail(self, reader, output_format, what):
        key = (reader, output_format)
        self.failed[key] = self.failed.get(key, 0) + 1
        self.failures.append(f"{what} by {reader}" if reader else what)

    def refuse(self, reader, output_format, why):
        key = (reader, output_format, why)
        self.refused[key] = self.refused.get(key, 0) + 1

    def table(self):
        keys = [*self.counts, *self.failed]
        readers = list(dict.fromkeys(reader for reader, _ in keys if reader))
        lines = [["reader", *FORMATS]]
        for reader in readers:
            cells = []
            for output_format in FORMATS:
                key = (reader, output_format)
                failed = self.failed.get(key, 0)
                cell = str(self.counts.get(key, 0)) if key in keys else "-"
                cells.append(f"{cell}, {failed} WRONG" if failed else cell)
            lines.append([reader, *cells])
        notes = [
            f"{reader} cannot read {count} as {output_format}: {why}"
            for (reader, output_format, why), count in self.refused.items()
        ]
        widths = [max(map(len, column)) for column in zip(*lines)]
        rows = (
            "  ".join(cell.ljust(width) for cell, width in zip(line, widths)).rstrip()
            for line in lines
        )
        return "\n".join([*rows, *notes])


def read(results, label, expected, names, files, output_format):
    for reader in READERS:
        if output_format not in reader.formats:
            continue
        rows = reader.formats[output_format]
        refused = reader.refuses(output_format, expected)
        if refused:
            results.refuse(reader.name, output_format, refused)
            continue
        # In CSV names are cells as any other.
        wanted = names
        if output_format != "csv":
            wanted = {name: reader.names(columns) for name, columns in names.items()}
        try:
            found = {name: rows(file) for name, file in files.items()}
            compare(output_format, expected, wanted, found, reader.sees, reader.sees_type)
            results.add(reader.name, output_format)
        except Wrong as wrong:
            results.fail(reader.name, output_format, f"{label}: {wrong}")
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # a reader that cannot read, or panics
            what = f"{label}: {type(error).__name__}: {error}"
            results.fail(reader.name, output_format, what)


def check(transmog, cases, folder, results):
    """Reads all cases here; gives the work for Spark."""
    for_spark = []
    for path in cases:
        case = json.loads(path.read_text(encoding="utf-8"))
        expected = case.get("tables", {})
        for output_format in FORMATS:
            for way in WAYS:
                label = f"{path.stem} as {output_format}{way}"
                directory = folder / label.replace(" ", "-")
                directory.mkdir()
                try:
                    report = write(transmog, case, output_format, directory, way)
                    if report is None:
                        continue
                    names = names_in_files(expected, report, output_format)
                    out = directory / output_format
                    files = {table["name"]: out / table["file"] for table in report["tables"]}
                    check_properties(output_format, expected, files)
                except Wrong as wrong:
                    results.fail(None, output_format, f"{label}: {wrong}")
                    continue
                read(results, label, expected, names, files, output_format)
                if output_format in SPARK_FORMATS and not way:
                    for_spark.append(
                        {
                            "label": label,
                            "format": output_format,
                            "expected": expected,
                            "names": names,
                            "files": {name: str(file) for name, file in files.items()},
                        }
                    )
    return for_spark


def spark(python, work, folder, results):
    """Lets a Spark read its part, and takes what it says."""
    task, said = folder / "spark.json", folder / "spark-said.json"
    task.write_text(json.dumps(work), encoding="utf-8")
    script = str(HERE / "spark.py")
    done = subprocess.run(
        [python, script, str(task), str(said)], capture_output=True, text=True, check=False
    )
    if done.returncode != 0 or not said.exists():
        results.fail(None, "spark", f"{python}: exit {done.returncode}: {done.stderr[-2000:]}")
        return
    answer = json.loads(said.read_text(encoding="utf-8"))
    said.unlink()
    for output_format, why in answer["refused"]:
        results.refuse(answer["name"], output_format, why)
    for output_format, wrong in answer["read"]:
        if wrong:
            results.fail(answer["name"], output_format, wrong)
        else:
            results.add(answer["name"], output_format)


def main(transmog, cases, *sparks):
    results = Results()
    paths = sorted(pathlib.Path(cases).glob("*.json"))
    with tempfile.TemporaryDirectory() as directory:
        folder = pathlib.Path(directory)
        work = check(transmog, paths, folder, results)
        for python in sparks:
            spark(python, work, folder, results)
    print("Cases whose files hold what they must, whole and in pieces (Spark: whole):\n")
    print(results.table())
    if results.failures or len(paths) < MIN_CASES:
        sys.exit("\n".join(results.failures) or f"only {len(paths)} cases")


if __name__ == "__main__":
    main(*sys.argv[1:])
