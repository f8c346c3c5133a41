"""A nested Arrow table beside the same records as JSON lines and as dicts, through transmog-rs.

Usage: python_arrow.py JSONL RECORDS

Prints the CPU seconds of finding the schema, which writes nothing, and of writing Parquet files with one
thread: the best of five, and how many times as fast as JSON the others are. It needs pyarrow.
"""

import itertools
import json
import sys
import tempfile
import time

import pyarrow as pa
import transmog as tm

with open(sys.argv[1], "rb") as lines:
    text = b"".join(itertools.islice(lines, int(sys.argv[2])))
records = [json.loads(line) for line in text.splitlines()]
inputs = {"JSON": text, "Arrow": pa.Table.from_pylist(records), "dicts": records}


def best(work):
    """CPU seconds, which other programs of the machine change less than the time on the wall."""

    def once():
        started = time.process_time()
        work()
        return time.process_time() - started

    return min(once() for _ in range(5))


with tempfile.TemporaryDirectory() as output:
    rows = {
        name: (
            best(lambda: tm.discover(data, threads=1)),
            best(lambda: tm.flatten_stream(data, output, output_format="parquet", threads=1)),
        )
        for name, data in inputs.items()
    }

print(f"{len(text) / 1e6:.0f} MB of JSON, {inputs['Arrow'].nbytes / 1e6:.0f} MB of Arrow\n")
print("| input | schema, seconds | x JSON | Parquet, seconds | x JSON |")
print("| --- | ---: | ---: | ---: | ---: |")
for name, (schema, files) in rows.items():
    of_schema, of_files = (rows["JSON"][at] / seconds for at, seconds in enumerate((schema, files)))
    print(f"| {name} | {schema:.2f} | {of_schema:.1f} x | {files:.2f} | {of_files:.1f} x |")
