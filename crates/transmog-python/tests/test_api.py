"""The functions as the reference has them."""

import csv
import gzip
import http.server
import io
import json
import logging
import threading
from functools import partial
from pathlib import Path

import pyarrow.orc
import pyarrow.parquet
import pytest

import transmog as tm


def without_ids(rows):
    return [{k: v for k, v in row.items() if not k.startswith("_")} for row in rows]


def test_rows_are_plain_dicts(records):
    result = tm.flatten(records, name="company")
    assert result.entity_name == "company"
    assert without_ids(result.main) == [
        {"id": 1, "name": "Acme", "tags": ["a", "b"]},
        {"id": 2, "name": "Böhm", "address_city": "Ulm"},
        {"id": 3},
    ]
    teams = result.tables["company_teams"]
    assert without_ids(teams) == [{"name": "R&D", "size": 7}, {"name": "Ops"}, {"size": 2}]
    ids = [row["_id"] for row in result.main]
    assert [row["_parent_id"] for row in teams] == [ids[0], ids[1], ids[1]]
    assert list(result.all_tables) == ["company", "company_teams"]
    assert result.main is result.main
    time = result.main[0]["_timestamp"]
    assert len(time) == len("2026-01-02 03:04:05.678901") and time[10] == " "


@pytest.mark.parametrize("kind", ["list", "iterator", "generator", "tuple", "text", "bytes", "path", "str", "gz"])
def test_every_input_gives_the_same(records, jsonl, kind, tmp_path):
    packed = tmp_path / "packed.gz"
    packed.write_bytes(gzip.compress(jsonl.read_bytes()))
    data = {
        "list": records,
        "iterator": iter(records),
        "generator": (record for record in records),
        "tuple": tuple(records),
        "text": json.dumps(records),
        "bytes": jsonl.read_bytes(),
        "path": jsonl,
        "str": str(jsonl),
        "gz": packed,
    }[kind]
    config = tm.TransmogConfig(id_generation="hash", time_field=None)
    expected = tm.flatten(records, config=config)
    result = tm.flatten(data, config=config)
    assert result.all_tables == expected.all_tables


def test_a_dict_is_one_record_and_a_pattern_many_files(jsonl):
    assert len(tm.flatten({"a": 1}).main) == 1
    assert len(tm.flatten(str(jsonl.parent / "*.jsonl")).main) == 3


def test_nulls_are_absent_or_none():
    data = [{"a": None, "b": "", "c": 1}]
    (row,) = tm.flatten(data).main
    assert "a" not in row and "b" not in row and row["c"] == 1
    (row,) = tm.flatten(data, config=tm.TransmogConfig(include_nulls=True)).main
    assert (row["a"], row["b"]) == (None, "")


@pytest.mark.parametrize("mode", tm.ArrayMode)
def test_array_modes(mode):
    config = tm.TransmogConfig(array_mode=mode)
    result = tm.flatten({"id": 1, "tags": ["a", 1]}, config=config)
    by_mode = {
        tm.ArrayMode.SMART: ["a", "1"],
        tm.ArrayMode.INLINE: '["a",1]',
    }
    assert result.main[0].get("tags") == by_mode.get(mode)
    values = [row["value"] for row in result.tables.get("data_tags", [])]
    assert values == (["a", "1"] if mode is tm.ArrayMode.SEPARATE else [])


def test_options_beyond_the_reference(records):
    result = tm.flatten(
        json.dumps({"data": {"items": records}}),
        records_path="/data/items",
        separator=".",
        root_field="_root",
        index_field="_index",
        array_mode="smart",
        threads=2,
    )
    assert "address.city" in result.main[1]
    assert [row["_index"] for row in result.tables["data.teams"]] == [0, 0, 1]
    assert {row["_root"] for row in result.tables["data.teams"]} <= {r["_id"] for r in result.main}


def test_where_records_come_from(tmp_path):
    (tmp_path / "in" / "old").mkdir(parents=True)
    (tmp_path / "in" / "a.jsonl").write_text('{"a": 1}\n\n{"a": 2}\n')
    (tmp_path / "in" / "old" / "b.json").write_text('[{"a": 3}]')
    fields = {"source_field": "_source", "line_field": "_line", "byte_field": "_byte"}
    result = tm.flatten(tmp_path / "in", **fields)
    places = [(row["_source"], row["_line"], row["_byte"]) for row in result.main]
    path = str(tmp_path / "in" / "a.jsonl")
    assert places == [(path, 1, 0), (path, 3, 10)]
    old = str(tmp_path / "in" / "old")
    assert result.summary["left_out"] == {"count": 1, "names": [old + "/"]}
    result = tm.flatten(tmp_path / "in", recursive=True, **fields)
    assert [row["_byte"] for row in result.main] == [0, 10, 1]
    with pytest.raises(tm.ConfigurationError, match="recursive"):
        tm.flatten(tmp_path / "in", recursive="yes")
    # Values have none.
    table = tm.flatten([{"a": 1}], time_field=None, **fields).summary["tables"][0]
    assert [column["name"] for column in table["columns"]] == ["_id", *fields.values(), "a"]


def test_an_input_may_be_a_url(tmp_path):
    (tmp_path / "a.jsonl").write_text('{"a": 1}\n{"a": 2}\n')
    handler = partial(http.server.SimpleHTTPRequestHandler, directory=tmp_path)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{server.server_port}/a.jsonl"
        assert [row["a"] for row in tm.flatten(url).main] == [1, 2]
        assert len(tm.flatten([url, tmp_path / "a.jsonl"]).main) == 4
        with pytest.raises(tm.TransmogError, match="there is no such object"):
            tm.flatten(url + "x")
        with pytest.raises(tm.ConfigurationError, match="storage_options"):
            tm.flatten(url, storage_options={"retries": 1})
        server.shutdown()
    with pytest.raises(tm.TransmogError, match="cannot be reached"):
        tm.flatten("http://127.0.0.1:1/a.json", storage_options={"retries": "0"})
    with pytest.raises(tm.ConfigurationError, match="`regoin` is no option"):
        tm.flatten("s3://bucket/a.json", storage_options={"regoin": "x"})


def test_urls_are_no_paths(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for path in ("s3://bucket/a", Path("s3://bucket/a")):
        with pytest.raises(tm.ConfigurationError, match="found a URL"):
            tm.flatten_stream([{"a": 1}], path)
        with pytest.raises(tm.ConfigurationError, match="found a URL"):
            tm.flatten([{"a": 1}]).save(path)
    with pytest.raises(tm.ConfigurationError, match="-o orders -f parquet"):
        tm.flatten_stream([{"a": 1}], "orders.parquet")
    assert list(tmp_path.iterdir()) == []


def test_names_for_readers_that_ignore_case():
    result = tm.flatten({"Id": 1, "id": "a"}, names="case_insensitive", time_field=None)
    assert {"Id": 1, "id__2": "a"}.items() <= result.main[0].items()
    assert [line["kind"] for line in result.summary["ledger"]] == ["column_renamed"]


def test_summary_and_ledger():
    result = tm.flatten([{"x": 1}, {"x": 2.9}, {"x": "abc", "e": []}])
    assert [row["x"] for row in result.main] == ["1", "2.9", "abc"]
    summary = result.summary
    assert summary["records"] == {"read": 3, "accepted": 3, "rejected": 0}
    assert {entry["kind"] for entry in summary["ledger"]} == {"joined_to_text", "empty_array"}
    with pytest.raises(tm.ValidationError, match="joined_to_text"):
        tm.flatten([{"x": 1}, {"x": "a"}], strict=["joined_to_text"])


def test_stream_gives_paths_and_a_summary(jsonl, tmp_path):
    files = tm.flatten_stream(jsonl, tmp_path / "out", name="company")
    assert files == [tmp_path / "out" / "company.csv", tmp_path / "out" / "company_teams.csv"]
    assert all(isinstance(file, Path) for file in files)
    assert files.summary["tables"][1]["rows"] == 3
    rows = list(csv.DictReader(io.StringIO(files[0].read_text(encoding="utf-8"))))
    assert [row["id"] for row in rows] == ["1", "2", "3"]
    assert json.loads(rows[0]["tags"]) == ["a", "b"]


@pytest.mark.parametrize(
    ("output_format", "options"),
    [
        ("csv", {"compression": "gzip", "delimiter": ";"}),
        ("csv", {"schema_drift": "drop"}),
        ("parquet", {"compression": "snappy", "row_group_size": 50000}),
        ("parquet", {"compression": None}),
        ("parquet", {"encodings": "compact", "names": "sql"}),
        ("orc", {"compression": "zstd", "batch_size": 50000}),
        ("avro", {"codec": "deflate", "sync_interval": 8000}),
        ("arrow", {}),
    ],
)
def test_every_format_and_its_options(records, tmp_path, output_format, options):
    files = tm.flatten_stream(records, tmp_path, output_format=output_format, **options)
    assert len(files) == 2 and all(file.stat().st_size > 0 for file in files)
    if output_format == "parquet":
        assert pyarrow.parquet.read_table(files[0]).column("id").to_pylist() == [1, 2, 3]
    if output_format == "orc":
        assert pyarrow.orc.read_table(files[0]).column("id").to_pylist() == [1, 2, 3]


@pytest.mark.parametrize("output_format", ["csv", "parquet", "orc", "avro", "arrow"])
def test_batch_size_is_taken_everywhere(records, tmp_path, output_format):
    calls = []
    tm.flatten_stream(
        records * 10,
        tmp_path,
        output_format=output_format,
        batch_size=10,
        progress_callback=lambda *at: calls.append(at),
    )
    assert calls == [(10, 30), (20, 30), (30, 30)]
    tm.flatten(records, batch_size=2).save(tmp_path / "again", output_format, batch_size=10)
    if output_format == "orc":
        assert pyarrow.orc.ORCFile(tmp_path / "data.orc").nstripes > 1


def test_save_as_the_reference_does(records, tmp_path):
    result = tm.flatten(records)
    saved = result.save(tmp_path / "all.csv")
    assert saved == {
        "data": str(tmp_path / "all" / "data.csv"),
        "data_teams": str(tmp_path / "all" / "data_teams.csv"),
    }
    alone = tm.flatten({"a": 1})
    assert alone.save(tmp_path / "one", "parquet") == [str(tmp_path / "one.parquet")]
    assert pyarrow.parquet.read_table(tmp_path / "one.parquet").column("a").to_pylist() == [1]
    assert alone.save(str(tmp_path / "table.txt"), "csv") == [str(tmp_path / "table.txt")]
    with pytest.raises(ValueError, match="xlsx"):
        result.save(tmp_path / "a.xlsx")


def test_progress_counts_as_the_reference_does(records):
    calls = []
    config = tm.TransmogConfig(batch_size=2)
    tm.flatten(records, config=config, progress_callback=lambda *at: calls.append(at))
    assert calls == [(2, 3), (3, 3)]
    calls.clear()
    tm.flatten(iter(records + records), config=config, progress_callback=lambda *at: calls.append(at))
    assert calls == [(2, None), (4, None), (6, None)]


def test_config_is_that_of_the_reference():
    config = tm.TransmogConfig()
    assert config == tm.TransmogConfig() and config != tm.TransmogConfig(max_depth=5)
    assert repr(config) == (
        "TransmogConfig(array_mode=<ArrayMode.SMART: 'smart'>, include_nulls=False, "
        "stringify_values=False, max_depth=100, id_generation='random', id_field='_id', "
        "parent_field='_parent_id', time_field='_timestamp', batch_size=1000)"
    )
    for wrong in [
        {"batch_size": 0},
        {"max_depth": 0},
        {"include_nulls": 1},
        {"stringify_values": "yes"},
        {"id_generation": "uuid"},
        {"id_generation": []},
        {"id_generation": [1]},
        {"id_generation": None},
        {"id_field": "x", "parent_field": "x"},
    ]:
        with pytest.raises(tm.ConfigurationError):
            tm.TransmogConfig(**wrong)


@pytest.mark.parametrize("option", [
    {"nonsense": 1}, {"separator": 3}, {"threads": 0}, {"threads": True}, {"strict": "x"},
    {"strict": ["nonsense"]}, {"max_errors": 1.5}, {"on_error": "shrug"}, {"schema": "{}"},
    {"delimiter": ";;"}, {"schema_drift": "loose"}, {"row_group_size": 5}, {"compression": "snappy"}, {"array_mode": "clever"},
])
def test_wrong_options_are_named(option, tmp_path):
    with pytest.raises(tm.ConfigurationError, match=next(iter(option))):
        tm.flatten_stream([{"a": 1}], tmp_path, **option)
    assert list(tmp_path.iterdir()) == []


def test_modules_people_import_from():
    from transmog.config import TransmogConfig
    from transmog.exceptions import ConfigurationError, MissingDependencyError, OutputError
    from transmog.types import ArrayMode, JsonDict, ProgressCallback

    assert TransmogConfig is tm.TransmogConfig and ArrayMode is tm.ArrayMode
    assert issubclass(MissingDependencyError, tm.TransmogError)
    assert issubclass(ConfigurationError, tm.TransmogError)
    assert issubclass(OutputError, tm.TransmogError)
    assert JsonDict and ProgressCallback
    assert tm.__version__.count(".") == 2
    assert all(hasattr(tm, name) for name in tm.__all__)


def test_it_logs(caplog, records, tmp_path):
    with caplog.at_level(logging.INFO, logger="transmog"):
        tm.flatten_stream(records, tmp_path)
    assert [record.name for record in caplog.records] == ["transmog.api"] * 2


def test_discover_and_its_schema(records, tmp_path):
    schema = tm.discover(records)
    assert schema.tables["$"]["$.id"] == "int64"
    assert tm.Schema.from_json(schema.to_json()) == schema
    merged = schema.merge(tm.discover([{"id": "x"}]))
    assert merged.tables["$"]["$.id"] == "text" and merged != schema
    with pytest.raises(tm.ValidationError, match=r"\$\.new"):
        tm.flatten_stream([{"new": 1}], tmp_path, schema=schema, on_drift="error")
    files = tm.flatten_stream(records, tmp_path, schema=schema, on_drift="error")
    assert len(files) == 2
    with pytest.raises(tm.ValidationError):
        tm.Schema.from_json("{}")
