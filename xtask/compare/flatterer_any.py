"""Any JSON to tables with flatterer; it finds the tables itself."""

import shutil
import sys

import flatterer

source, directory, form, threads = sys.argv[1:5]
shutil.rmtree(directory, ignore_errors=True)
flatterer.flatten(
    source,
    directory,
    ndjson=not source.endswith(".json"),
    csv=form == "csv",
    parquet=form == "parquet",
    force=True,
    threads=int(threads),
)
