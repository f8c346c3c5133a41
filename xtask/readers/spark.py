"""Prints what Spark reads from files: one session reads all of them.

usage: spark.py TASK ANSWER
"""

import json
import os
import sys
import time
from multiprocessing.pool import ThreadPool

# Spark's times arrive in the time zone of this process.
os.environ["TZ"] = "UTC"
time.tzset()

import pyspark  # noqa: E402
from expected import TIMES, Read, Time, Wrong, compare, element_of, type_without  # noqa: E402
from pyspark.sql import SparkSession, types  # noqa: E402

THREADS = 4
SETTINGS = {
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.driver.extraJavaOptions": "-Duser.timezone=UTC",
    "spark.driver.host": "127.0.0.1",
    "spark.sql.session.timeZone": "UTC",
    # Files of a few rows need neither compiled queries nor the page of a cluster.
    "spark.sql.adaptive.enabled": "false",
    "spark.sql.codegen.factoryMode": "NO_CODEGEN",
    "spark.sql.codegen.wholeStage": "false",
    "spark.ui.enabled": "false",
    # Days before 1582-10-15 are those of the calendar that ISO 8601 has.
    "spark.sql.parquet.datetimeRebaseModeInRead": "CORRECTED",
    # It has no times with nanoseconds.
    "spark.sql.legacy.parquet.nanosAsLong": "true",
}
TYPES = {
    types.BooleanType: "boolean",
    types.LongType: "int64",
    types.DoubleType: "float64",
    types.StringType: "text",
    types.TimestampType: "timestamp",
    types.TimestampNTZType: "local_timestamp",
    types.DateType: "date",
    types.BinaryType: "Binary",
}

# UUIDs are their bytes, and nanoseconds numbers.
SEES_TYPE = type_without({"uuid": "Binary", "timestamp(ns)": "int64", "local_timestamp(ns)": "int64"})


def type_name(data_type):
    if isinstance(data_type, types.ArrayType):
        return f"list<{type_name(data_type.elementType)}>"
    if isinstance(data_type, types.DecimalType):
        return f"decimal({data_type.precision},{data_type.scale})"
    return TYPES.get(type(data_type), str(data_type))


def find(session, output_format, file):
    if output_format == "csv":
        frame = session.read.csv(file, multiLine=True, quote='"', escape='"', emptyValue="")
        # It leaves the character NUL out of some cells and keeps it in others.
        rows = [[None if cell is None else cell.replace("\0", "") or None for cell in row] for row in frame.collect()]
        return Read([name or "" for name in rows[0]], None, rows[1:])
    frame = session.read.format(output_format).load(file)
    rows = [list(row) for row in frame.collect()]
    return Read(frame.columns, [type_name(field.dataType) for field in frame.schema], rows)


def cells(expected):
    """Each cell of the tables, elements of lists one by one, with its type."""
    for table in expected.values():
        for row in table["rows"]:
            for cell, column in zip(row, table["columns"]):
                element = element_of(column["type"])
                for item in cell if isinstance(cell, list) else [cell]:
                    yield item, element


def refuses(case):
    """Why Spark cannot read or show these tables, where that is its own fault."""
    if case["format"] == "csv":
        return None
    columns = [column for table in case["expected"].values() for column in table["columns"]]
    if case["format"] == "parquet" and any("uuid" in column["type"] for column in columns):
        return "a column of UUIDs"
    for cell, column_type in cells(case["expected"]):
        text = cell if isinstance(cell, str) else ""
        if column_type in TIMES and text.startswith("0001-"):
            return "a time of the year 1, which it has no value of Python for"
        if case["format"] == "orc" and column_type == "date" and "1582-10-05" <= text <= "1582-10-14":
            return "a day that the Julian calendar does not have, which it takes for one ten days later"
    return None


def differ_by_case(names):
    return any(len({name.lower() for name in of_table}) < len(of_table) for of_table in names.values())


def check(session, case):
    """The format, and what is wrong, if anything is."""
    output_format, files = case["format"], case["files"]

    def sees(value, _stored_type):
        if isinstance(value, Time) and output_format == "orc":
            return Time(value.nanos // 1000 * 1000)
        if output_format != "csv" or value is None:
            return value
        # Its reader of CSV leaves the character NUL out at times, and takes empty text for null.
        return value.replace("\0", "") or None

    try:
        found = {name: find(session, output_format, file) for name, file in files.items()}
        compare(output_format, case["expected"], case["names"], found, sees, SEES_TYPE)
        return output_format, None
    except Wrong as wrong:
        return output_format, f"{case['label']}: {wrong}"
    except Exception as error:  # a file that Spark cannot read
        return output_format, f"{case['label']}: {type(error).__name__}: {str(error)[:500]}"


def main(task, said):
    builder = SparkSession.builder.master(f"local[{THREADS}]")
    for setting, value in SETTINGS.items():
        builder = builder.config(setting, value)
    session = builder.getOrCreate()
    session.sparkContext.setLogLevel("OFF")
    with open(task, encoding="utf-8") as stream:
        all_cases = json.load(stream)
    refused = [(case["format"], why) for case in all_cases if (why := refuses(case))]
    cases = [case for case in all_cases if not refuses(case)]
    # Spark refuses names that differ by case only, unless it is told to tell them apart.
    plain = [case for case in cases if not differ_by_case(case["names"])]
    with ThreadPool(THREADS) as pool:
        read = pool.map(lambda case: check(session, case), plain, chunksize=1)
    session.conf.set("spark.sql.caseSensitive", "true")
    read += [check(session, case) for case in cases if differ_by_case(case["names"])]
    session.conf.set("spark.sql.caseSensitive", "false")
    # An instant must be the same in a session of any time zone.
    session.conf.set("spark.sql.session.timeZone", "America/New_York")
    timed = [case for case in plain if "<time>" in json.dumps(case["expected"])]
    read += [check(session, case) for case in timed if case["format"] != "csv"]
    with open(said, "w", encoding="utf-8") as stream:
        answer = {"name": f"Spark {pyspark.__version__}", "read": read, "refused": refused}
        json.dump(answer, stream)


if __name__ == "__main__":
    main(*sys.argv[1:])
