"""Any JSON to tables through the Python API, the same calls for transmog 2.0.4 and transmog-rs."""

import sys

import transmog

source, directory, form, _threads = sys.argv[1:5]
options = {"schema_drift": "drop"} if form == "csv" else {}
transmog.flatten_stream(
    source,
    directory,
    name="data",
    output_format=form,
    config=transmog.TransmogConfig(batch_size=5000),
    **options,
)
