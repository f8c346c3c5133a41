"""Writes tables of random integers, floats, texts and lists in every format and
compares what pyarrow, fastavro and Python's csv read with what was written.

Values come in stretches: repeats, steps, small values with a few large ones,
every width, with nulls. A failure names its seed.

usage: random_tables.py TRANSMOG [FIRST_SEED [TABLES]]
"""

import csv
import json
import pathlib
import random
import subprocess
import sys
import tempfile

import fastavro
import pyarrow.ipc
import pyarrow.orc
import pyarrow.parquet

WIDEST = [2**63 - 1, -(2**63), 2**53, 2147483647, -2147483648, 1700000000, 0, -1]
CHARACTERS = ["a", "é", "😀", '"', ",", "\n", " ", "0", "\\"]


def integer(dice):
    if dice.random() < 0.1:
        return dice.choice(WIDEST)
    return dice.getrandbits(64) - 2**63 >> dice.randrange(64)


def text(dice, kind):
    length = dice.randrange(1, 12)
    if kind == 3 and dice.random() < 0.02:
        length = dice.randrange(1000, 60000)
    return dice.choice(CHARACTERS) * length + dice.choice("xyz")


def number(dice, kind, last):
    if kind == 0:
        return last
    if kind == 1:
        return max(-(2**63), min(2**63 - 1, last + dice.choice([1, 7, -3, 1000])))
    if kind == 2:
        return integer(dice)
    if kind == 3 and dice.random() < 0.04:
        return integer(dice)
    return dice.randrange(10)


def real(dice, kind, last):
    if kind == 0:
        return last
    # A half keeps it a float for every reader.
    return dice.choice([0.5, -0.5, 1.5e300, 5e-324, 0.1, dice.random(), -dice.random() * 1e9 - 0.5])


def stretches(dice, rows, make, first):
    values, last, nulls = [], first, dice.choice([0, 0.1, 0.5])
    while len(values) < rows:
        kind = dice.randrange(5)
        for _ in range(dice.choice([1, 4, 30, 600])):
            last = make(dice, kind, last)
            values.append(None if dice.random() < nulls else last)
    return values[:rows]


def table(seed):
    dice = random.Random(seed)
    rows = dice.choice([1, 10, 40, 600, 3000])
    columns = {
        "whole": stretches(dice, rows, number, 5),
        "step": stretches(dice, rows, number, -(2**40)),
        "real": stretches(dice, rows, real, 0.5),
        "yes": stretches(dice, rows, lambda d, k, last: last if k < 2 else d.random() < 0.5, True),
        "text": stretches(dice, rows, lambda d, k, last: last if k == 0 else text(d, k), "a"),
        "wholes": [[integer(dice) for _ in range(dice.randrange(1, 4))] for _ in range(rows)],
        "texts": [
            [None if dice.random() < 0.2 else text(dice, 3) for _ in range(dice.randrange(3))] + ["z"]
            for _ in range(rows)
        ],
    }
    # All columns must exist, in this order.
    full = {"whole": 1, "step": 2, "real": 0.5, "yes": True, "text": "t", "wholes": [1], "texts": ["t"]}
    lines = [dict(zip(columns, values)) for values in zip(*columns.values())]
    return [full] + lines


def as_text(cell):
    if isinstance(cell, list):
        return json.dumps(cell, ensure_ascii=False, separators=(",", ":"))
    return cell


def read(file, file_format):
    if file_format == "csv":
        with open(file, newline="") as lines:
            return list(csv.DictReader(lines))
    if file_format == "avro":
        with open(file, "rb") as data:
            return list(fastavro.reader(data))
    if file_format == "arrow":
        return pyarrow.ipc.open_file(file).read_all().to_pylist()
    module = {"parquet": pyarrow.parquet, "orc": pyarrow.orc}[file_format]
    return module.read_table(file).to_pylist()


def csv_cell(cell):
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return str(cell).lower()
    return str(as_text(cell))


def check(transmog, seed, folder):
    wanted = table(seed)
    source = folder / "data.jsonl"
    source.write_text("".join(json.dumps(record) + "\n" for record in wanted))
    sizes = [["--memory-limit", "4M"], ["--threads", "1"], []][seed % 3]
    for file_format in ["orc", "parquet", "avro", "arrow", "csv"]:
        options = ["--no-time-field", "--report", "none", *sizes]
        if file_format == "csv":
            options.append("--no-formula-guard")
        command = [transmog, "flatten", str(source), "-o", str(folder), "-n", "t", "-f", file_format]
        subprocess.run(command + options, check=True)
        rows = read(folder / f"t.{file_format}", file_format)
        assert len(rows) == len(wanted), (file_format, len(rows))
        for at, (row, record) in enumerate(zip(rows, wanted)):
            for name, cell in record.items():
                given = row[name]
                if file_format == "csv":
                    if isinstance(cell, float):
                        assert float(given) == cell, (file_format, at, name, given, cell)
                        continue
                    cell = csv_cell(cell)
                elif file_format == "orc":
                    cell = as_text(cell)
                same = type(given) is type(cell) and given == cell
                assert same, (file_format, at, name, str(given)[:200], str(cell)[:200])


def main():
    csv.field_size_limit(1 << 30)
    transmog = str(pathlib.Path(sys.argv[1]).resolve())
    first = int(sys.argv[2]) if len(sys.argv) > 2 else 1
    tables = int(sys.argv[3]) if len(sys.argv) > 3 else 40
    for seed in range(first, first + tables):
        with tempfile.TemporaryDirectory() as folder:
            try:
                check(transmog, seed, pathlib.Path(folder))
            except (AssertionError, subprocess.CalledProcessError) as wrong:
                sys.exit(f"random_tables.py: the table of seed {seed}: {wrong}")
    print(f"{tables} random tables from seed {first} in 5 formats: as written")


main()
