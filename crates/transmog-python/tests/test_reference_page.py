"""Every example of the reference's streaming page runs as it stands there."""

import json
import os

import pytest

import transmog as tm

EXAMPLES = {
    "stream": '''
tm.flatten_stream(
    large_data,
    output_path="output/",
    name="dataset",
    output_format="csv"
)

tm.flatten_stream(
    large_data,
    output_path="output/",
    name="dataset",
    output_format="parquet",
    compression="snappy"
)

tm.flatten_stream(
    large_data,
    output_path="output/",
    name="dataset",
    output_format="orc",
    compression="zstd"
)
''',
    "batch size": '''
result = tm.flatten(data)

tm.flatten_stream(large_data, "output/")

config = tm.TransmogConfig(batch_size=100)
tm.flatten_stream(large_data, "output/", config=config)

config = tm.TransmogConfig(batch_size=10000)
result = tm.flatten(data, config=config)
''',
    "files": '''
tm.flatten_stream("large_file.json", "output/", output_format="parquet")
tm.flatten_stream("large_file.jsonl", "output/", output_format="csv")
''',
    "formats": '''
tm.flatten_stream(data, "output/", output_format="csv")
tm.flatten_stream(data, "output/", output_format="parquet")
tm.flatten_stream(data, "output/", output_format="parquet", compression="snappy")
tm.flatten_stream(data, "output/", output_format="parquet", row_group_size=50000)
tm.flatten_stream(data, "output/", output_format="orc")
tm.flatten_stream(data, "output/", output_format="orc", compression="zstd")
''',
    "dataset": '''
config = tm.TransmogConfig(batch_size=100)
tm.flatten_stream(
    "large_dataset.json",
    "processed/",
    name="records",
    output_format="parquet",
    compression="snappy",
    config=config
)
''',
    "pipeline": '''
config = tm.TransmogConfig(batch_size=5000)
tm.flatten_stream("raw_data.jsonl", "transformed/", name="events", output_format="parquet", config=config)
''',
}


@pytest.mark.parametrize("name", EXAMPLES)
def test_example(name, tmp_path, monkeypatch, records):
    monkeypatch.chdir(tmp_path)
    for document in ("large_file.json", "large_dataset.json"):
        (tmp_path / document).write_text(json.dumps(records))
    for lines in ("large_file.jsonl", "raw_data.jsonl"):
        (tmp_path / lines).write_text("".join(json.dumps(record) + "\n" for record in records))
    exec(EXAMPLES[name], {"tm": tm, "data": records, "large_data": records})
    written = [file for folder in ("output", "processed", "transformed") if os.path.isdir(folder) for file in os.listdir(folder)]
    assert len(written) >= 2
