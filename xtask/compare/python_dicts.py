"""Dicts to tables through the Python API, the same calls for transmog 2.0.4 and transmog-rs.

Prints the seconds of `flatten`, and of reading all of its rows as dicts after it.
"""

import itertools
import json
import sys
import time

import transmog

source, count = sys.argv[1], int(sys.argv[2])
with open(source, encoding="utf-8") as lines:
    records = [json.loads(line) for line in itertools.islice(lines, count)]

started = time.perf_counter()
result = transmog.flatten(records)
flattened = time.perf_counter()
rows = sum(len(rows) for rows in result.all_tables.values())
read = time.perf_counter()
print(json.dumps({"records": len(records), "rows": rows, "flatten": flattened - started, "rows_read": read - flattened}))
