"""Rules by path, and maps that are found, for every kind of input."""

import io
import json

import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import transmog as tm

OPTIONS = {"id_generation": "hash", "time_field": None}
ORDER = {
    "id": 1,
    "mail": "ada@example.com",
    "raw": '{"ip":"10.0.0.1"}',
    "at": {"x": 1, "y": 2},
    "stock": {"4711": 3, "4712": 0},
    "items": [{"sku": "a", "qty": "2"}],
    "tags": ["x", "y"],
}
TEXT = json.dumps(ORDER)
# What can be read again, and what can be read only once.
AGAIN = {
    "dict": lambda: ORDER,
    "list": lambda: [ORDER],
    "tuple": lambda: (ORDER,),
    "pandas": lambda: pd.DataFrame([ORDER]),
    "Table": lambda: pa.Table.from_pylist([ORDER]),
    "RecordBatch": lambda: pa.RecordBatch.from_pylist([ORDER]),
    "polars": lambda: pl.DataFrame([ORDER]),
    "text": lambda: TEXT,
    "bytes": lambda: TEXT.encode(),
    "stream": lambda: io.BytesIO(TEXT.encode()),
}
ONCE = {
    "iterator": lambda: iter([ORDER]),
    "generator": lambda: (record for record in [ORDER]),
    "RecordBatchReader": lambda: pa.Table.from_pylist([ORDER]).to_reader(),
}


def tables(data, **options):
    """The tables without ids."""
    found = tm.flatten(data, **OPTIONS, **options).all_tables
    ids = ("_id", "_parent_id")
    return {name: [{k: v for k, v in row.items() if k not in ids} for row in rows] for name, rows in found.items()}


@pytest.mark.parametrize("kind", AGAIN | ONCE)
@pytest.mark.parametrize(
    "rules, table, expected",
    [
        ({"select": ["$.id", "$.at.x"]}, "data", [{"id": 1, "at_x": 1}]),
        ({"select": ["$.id", "$.at"], "drop": "$.at.y"}, "data", [{"id": 1, "at_x": 1}]),
        ({"select": "$.at", "json": ["$.at"]}, "data", [{"at": '{"x":1,"y":2}'}]),
        ({"select": "$.raw", "parse": "$.raw"}, "data", [{"raw_ip": "10.0.0.1"}]),
        ({"map": "$.at", "key_field": "name"}, "data_at", [{"name": "x", "value": 1}, {"name": "y", "value": 2}]),
        ({"table": "$.tags"}, "data_tags", [{"value": "x"}, {"value": "y"}]),
        ({"select": "$.items", "list": "$.items"}, "data", [{"items": ['{"sku":"a","qty":"2"}']}]),
        ({"rename": {"$.items": "lines", "$.items[*].sku": "article"}}, "lines", [{"article": "a", "qty": "2"}]),
        ({"type": {"$.items[*].qty": "int64"}}, "data_items", [{"sku": "a", "qty": 2}]),
        ({"select": "$.mail", "mask": {"$.mail": "redact"}}, "data", [{"mail": "***"}]),
        ({"carry": ["$.id"]}, "data_items", [{"data_id": 1, "sku": "a", "qty": "2"}]),
    ],
    ids=lambda value: "-".join(value) if isinstance(value, dict) else "",
)
def test_rules(kind, rules, table, expected):
    assert tables((AGAIN | ONCE)[kind](), **rules)[table] == expected


def test_rules_hold_for_files_batches_and_schemas(tmp_path):
    rules = {"select": ["$.id", "$.items"], "type": {"$.items[*].qty": "int64"}}
    expected = {"$": {"$.id": "int64"}, "$.items[*]": {"$.items[*].sku": "text", "$.items[*].qty": "int64"}}
    assert tm.discover(ORDER, **rules).tables == expected
    files = tm.flatten_stream(ORDER, tmp_path, output_format="parquet", **rules)
    assert [file.name for file in files] == ["data.parquet", "data_items.parquet"]
    batches = dict(tm.flatten_batches(ORDER, **rules))
    assert batches["data_items"].to_pylist()[0]["qty"] == 2


def test_the_summary_tells_what_rules_did():
    rules = {"drop": ["$.mail", "$.nothing"], "parse": "$.mail2", "type": {"$.tags[*]": "int64"}, "on_mismatch": "null"}
    summary = tm.flatten(ORDER | {"mail2": "no JSON"}, **rules).summary
    assert {(entry["kind"], entry["path"], entry["count"]) for entry in summary["ledger"]} == {
        ("by_rule", "$.mail", 1),
        ("not_json", "$.mail2", 1),
        ("type_mismatch", "$.tags[*]", 2),
    }
    assert summary["rules_without_effect"] == ["drop $.nothing"]


def test_a_value_of_another_type_says_where_it_is():
    with pytest.raises(tm.ValidationError, match="int64") as raised:
        tm.flatten([{"a": {"n": 1}}, {"a": {"n": "x"}}], type={"$.a.n": "int64"})
    assert (raised.value.file, raised.value.record, raised.value.path) == ("<values>", 2, "$.a.n")


def test_the_key_of_masks_comes_from_the_environment(monkeypatch):
    rules = {"mask": {"$.mail": "hmac"}}
    monkeypatch.delenv("TRANSMOG_MASK_KEY", raising=False)
    with pytest.raises(tm.ConfigurationError, match="TRANSMOG_MASK_KEY"):
        tm.flatten(ORDER, **rules)
    monkeypatch.setenv("TRANSMOG_MASK_KEY", "Jefe")
    row, other = tm.flatten([ORDER, {"mail": "what do ya want for nothing?"}], **rules).main
    assert len(row["mail"]) == 64
    assert other["mail"] == "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"


@pytest.mark.parametrize(
    "options, message",
    [
        ({"map": 5}, "map: expected a path or a list of paths, found int"),
        ({"drop": ["$.a", 1]}, "drop: expected a path or a list of paths, found list"),
        ({"rename": "$.a=b"}, "rename: expected a dict of a path to a name, found str"),
        ({"rename": {"$.a": 1}}, "rename $.a: expected a name, found int"),
        ({"rename": {"$.a=b": "c"}}, "rule rename $.a=b: `$.a=b` is not a path"),
        ({"type": {"$.a": "int65"}}, "unknown type `int65`"),
        ({"mask": {"$.a": "hide"}}, "unknown mask `hide`; expected hmac, null or redact"),
        ({"select": "a"}, "expected a path that begins with"),
        ({"drop": "$.a", "json": "$.a"}, "contradict each other"),
        ({"on_mismatch": "drop"}, "expected reject or null"),
        ({"maps": "always"}, "maps: expected auto or off"),
        ({"maps": True}, "maps: expected auto, off or None, found bool"),
    ],
    ids=str,
)
def test_wrong_rules_are_named(options, message):
    for run in (tm.flatten, tm.discover):
        with pytest.raises(tm.ConfigurationError) as raised:
            run(ORDER, **options)
        assert message in str(raised.value)


def test_none_is_no_rule():
    nothing = dict.fromkeys(["select", "drop", "map", "rename", "type", "mask", "on_mismatch", "maps"])
    assert tables(ORDER, **nothing) == tables(ORDER)


@pytest.mark.parametrize("kind", AGAIN)
def test_maps_are_found_in_what_can_be_read_again(kind, tmp_path):
    stock = [{"_key": "4711", "value": 3}, {"_key": "4712", "value": 0}]
    assert "data_stock" not in tables(AGAIN[kind]())
    assert tables(AGAIN[kind](), maps="auto")["data_stock"] == stock
    assert "data_stock" in dict(tm.flatten_batches(AGAIN[kind](), maps="auto"))
    files = tm.flatten_stream(AGAIN[kind](), tmp_path, maps="auto")
    assert tmp_path / "data_stock.csv" in files
    schema = tm.discover(AGAIN[kind]())
    assert schema.maps == ["$.stock"] and "$.stock.*" in schema.tables
    for known in (schema, tm.Schema.from_json(schema.to_json()), schema.merge(schema)):
        assert known.maps == ["$.stock"]
        assert tables(AGAIN[kind](), schema=known, on_drift="error")["data_stock"] == stock
    assert tm.discover(AGAIN[kind](), maps="off").maps == []


@pytest.mark.parametrize("kind", ONCE)
def test_maps_are_not_found_in_what_is_read_once(kind, tmp_path):
    for run in (tm.flatten, tm.discover, tm.flatten_batches):
        with pytest.raises(tm.ConfigurationError, match="read only once"):
            run(ONCE[kind](), maps="auto")
    schema = tm.discover(ONCE[kind]())
    assert schema.maps == [] and "$.stock['4711']" in schema.tables["$"]


def test_what_reading_again_raises_is_raised():
    class Fragile(list):
        reads = 0

        def __iter__(self):
            self.reads += 1
            if self.reads > 2:
                raise KeyError("enough")
            return super().__iter__()

    with pytest.raises(KeyError, match="enough"):
        tm.flatten(Fragile([ORDER]), maps="auto")
    assert tm.flatten(Fragile([ORDER])).main


def test_progress_is_that_of_the_run():
    seen = []
    config = tm.TransmogConfig(batch_size=1)
    tm.flatten([ORDER] * 3, config=config, maps="auto", progress_callback=lambda *at: seen.append(at))
    assert seen == [(1, 3), (2, 3), (3, 3)]
