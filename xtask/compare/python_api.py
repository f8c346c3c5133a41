"""Compares the package transmog-rs with the Python library whose API it has: both run the same scripts.

Usage: python_api.py PYTHON_OF_TRANSMOG_RS PYTHON_OF_THE_REFERENCE DATA_DIRECTORY MEGABYTES RUNS

The library is so slow that it reads each file only once.
"""

import json
import os
import shutil
import statistics
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
RECORDS = 100_000

ours, reference, data, megabytes, runs = *sys.argv[1:4], int(sys.argv[4]), int(sys.argv[5])
source = os.path.join(data, f"orders-{megabytes}.jsonl")
output = os.path.join(data, "output")


def stream(python, form):
    """Seconds of a process that reads the file and writes all tables."""
    shutil.rmtree(output, ignore_errors=True)
    os.sync()
    started = time.perf_counter()
    subprocess.run([python, os.path.join(HERE, "python_stream.py"), source, output, form, "2"], check=True)
    return time.perf_counter() - started


def dicts(python):
    command = [python, os.path.join(HERE, "python_dicts.py"), source, str(RECORDS)]
    return json.loads(subprocess.run(command, check=True, capture_output=True).stdout)


def row(what, seconds, of_reference):
    print(f"| {what} | {seconds:.2f} | {of_reference:.2f} | {of_reference / seconds:.1f} x |")


times = {form: [] for form in ("parquet", "csv")}
mine, theirs = [], []
for _ in range(runs):
    for form in times:
        times[form].append(stream(ours, form))
    mine.append(dicts(ours))
    theirs.append(dicts(reference))

print("\n| through Python | transmog-rs, seconds | transmog 2.0.4, seconds | transmog-rs is |")
print("| --- | ---: | ---: | ---: |")
for form, seconds in times.items():
    row(f"`flatten_stream`, {megabytes} MB of orders to {form}", statistics.median(seconds), stream(reference, form))
name = f"`flatten`, {mine[0]['records']:,} dicts"
for label, parts in ((name, ("flatten",)), (f"{name}, and all rows read as dicts", ("flatten", "rows_read"))):
    seconds, of_reference = (
        statistics.median(sum(run[part] for part in parts) for run in all_runs) for all_runs in (mine, theirs)
    )
    row(label, seconds, of_reference)
shutil.rmtree(output, ignore_errors=True)
