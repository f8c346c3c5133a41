"""Frames, tables, streams and lists of paths are inputs."""

import bz2
import datetime
import gzip
import io
import lzma
from decimal import Decimal

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.dataset
import pytest

import transmog as tm

OPTIONS = {"id_generation": "hash", "time_field": None}

NESTED = [
    {"id": 1, "at": {"city": "Ulm", "zip": None}, "items": [{"sku": "a", "price": 1.5}], "tags": ["x", "y"]},
    {"id": 2, "at": {"city": "Köln", "zip": "50667"}, "items": [], "tags": None},
    {"id": 3, "at": None, "items": [{"sku": "b", "price": None}, {"sku": "c", "price": 2.5}], "tags": []},
]


def tables(data, **options):
    return tm.flatten(data, **OPTIONS, **options).all_tables


def rows(data, **options):
    return [{k: v for k, v in row.items() if k != "_id"} for row in tables(data, **options)["data"]]


def nested(kind):
    table = pa.Table.from_pylist(NESTED)
    return {
        "Table": lambda: table,
        "RecordBatch": lambda: table.to_batches()[0],
        "RecordBatchReader": table.to_reader,
        "chunks": lambda: pa.concat_tables([table.slice(at, 1) for at in range(3)]),
        "Dataset": lambda: pa.dataset.dataset(table),
        "Scanner": lambda: pa.dataset.dataset(table).scanner(batch_size=2),
        "struct": lambda: table.to_struct_array(),
        "polars": lambda: pl.DataFrame(table),
        "duckdb": lambda: duckdb.from_arrow(table),
        "ArrowDtype": lambda: table.to_pandas(types_mapper=pd.ArrowDtype),
        "pandas": table.to_pandas,
        "pandas of dicts": lambda: pd.DataFrame(NESTED),
    }[kind]()


@pytest.mark.parametrize(
    "kind",
    ["Table", "RecordBatch", "RecordBatchReader", "chunks", "Dataset", "Scanner", "struct", "polars", "duckdb"]
    + ["ArrowDtype", "pandas", "pandas of dicts"],
)
@pytest.mark.parametrize("options", [{}, {"include_nulls": True}, {"array_mode": "inline"}], ids=str)
def test_nested_tables_give_what_their_dicts_give(kind, options, tmp_path):
    assert tables(nested(kind), **options) == tables(NESTED, **options)
    files = tm.flatten_stream(nested(kind), tmp_path, output_format="parquet", **options)
    assert files.summary["records"]["accepted"] == 3
    assert tm.discover(nested(kind), **options) == tm.discover(NESTED, **options)


def test_tables_of_a_run_are_inputs():
    result = tm.flatten(NESTED)
    assert rows(result.arrow["data_items"], id_field="id", parent_field="parent")
    batches = [batch for _, batch in tm.flatten_batches(NESTED)]
    assert len(tm.flatten(batches[0], id_field="id").main) == len(batches[0])


def frame():
    return pd.DataFrame(
        {
            "int": [1, 2],
            "float": [0.5, np.nan],
            "bool": [True, False],
            "text": ["a", None],
            "nullable": pd.array([1, None], dtype="Int64"),
            "time": pd.to_datetime(["2026-01-02T03:04:05.5", None]),
            "zoned": pd.to_datetime(["2026-07-02T01:00:00Z", None]).tz_convert("Europe/Berlin"),
            "delta": pd.to_timedelta(["90s", None]),
            "class": pd.Categorical(["x", None]),
        }
    )


EXPECTED = [
    {
        "int": 1,
        "float": 0.5,
        "bool": True,
        "text": "a",
        "nullable": 1,
        "time": "2026-01-02T03:04:05.5",
        "zoned": "2026-07-02T03:00:00+02:00",
        "delta": "PT90S",
        "class": "x",
    },
    {"int": 2, "bool": False},
]


def test_frames_keep_every_value():
    assert rows(frame()) == EXPECTED
    assert rows(frame().to_dict("records")) == EXPECTED
    mixed = frame().assign(any=[1, "a"])
    assert rows(mixed) == [{**EXPECTED[0], "any": "1"}, {**EXPECTED[1], "any": "a"}]


@pytest.mark.parametrize(
    "values",
    [
        [b"a", "b"],
        [1, True],
        [Decimal("1.10"), 0.5],
        [datetime.date(2026, 1, 2), datetime.datetime(2026, 1, 2)],
        [{"a": 1}, {"a": "x", "b": [1, {"c": 2}]}],
        [[1, "a"], [2.5]],
        [2**70, -1],
        [{}, None],
    ],
    ids=str,
)
def test_columns_of_objects_are_as_their_values(values):
    values_as_dicts = [{"id": at, "v": value} for at, value in enumerate(values)]
    assert tables(pd.DataFrame({"id": [0, 1], "v": pd.Series(values, dtype=object)})) == tables(values_as_dicts)


def test_without_pyarrow_a_frame_is_its_dicts(monkeypatch):
    monkeypatch.setattr("transmog._frames._pyarrow", lambda: None)
    assert rows(frame()) == EXPECTED
    assert tables(pd.DataFrame(NESTED)) == tables(NESTED)


def test_an_index_is_a_column_if_it_has_a_name():
    plain = pd.DataFrame({"v": [1, 2]}, index=["a", "b"])
    assert rows(plain) == [{"v": 1}, {"v": 2}]
    assert rows(plain.rename_axis("key")) == [{"key": "a", "v": 1}, {"key": "b", "v": 2}]
    levels = pd.MultiIndex.from_tuples([("a", 1), ("b", 2)], names=["key", None])
    assert rows(plain.set_axis(levels)) == [{"key": "a", "v": 1}, {"key": "b", "v": 2}]
    assert rows(pd.DataFrame([[1, 2]])) == [{"0": 1, "1": 2}]
    with pytest.raises(tm.ValidationError, match="two columns have the name 'a'"):
        tm.flatten(pd.DataFrame([[1, 2]], columns=["a", "a"]))
    with pytest.raises(tm.ValidationError, match="two columns have the name 'v'"):
        tm.flatten(plain.rename_axis("v"))


def test_missing_numbers_are_null_in_pandas_and_errors_elsewhere():
    values = pd.DataFrame({"v": pd.array([1.0, np.nan], dtype=pd.ArrowDtype(pa.float64()))})
    assert rows(values) == [{"v": 1.0}, {}]
    with pytest.raises(tm.ValidationError, match="NaN") as caught:
        tm.flatten(pa.table({"v": [1.0, float("nan")]}))
    assert (caught.value.file, caught.value.record, caught.value.path) == ("<arrow>", 2, "$.v")
    with pytest.raises(tm.ValidationError, match="infinity"):
        tm.flatten(pd.DataFrame({"v": [np.inf]}))
    result = tm.flatten(pa.table({"v": [1.0, float("nan"), 2.0]}), on_error="skip")
    assert [row["v"] for row in result.main] == [1.0, 2.0]


def test_a_column_is_not_a_table():
    for column in (pa.array([1]), pl.Series([1]), pa.chunked_array([[1]])):
        with pytest.raises(TypeError, match="expected a table, found a column"):
            tm.flatten(column)
    with pytest.raises(TypeError, match="call its method collect"):
        tm.flatten(pl.LazyFrame({"a": [1]}))
    with pytest.raises(tm.ValidationError, match="found null"):
        tm.flatten(pa.array([{"a": 1}, None]))


def test_what_a_reader_raises_is_told():
    def batches():
        yield pa.record_batch({"a": [1]})
        raise RuntimeError("the line is dead")

    reader = pa.RecordBatchReader.from_batches(pa.schema([("a", pa.int64())]), batches())
    with pytest.raises(tm.ValidationError, match="the line is dead"):
        tm.flatten(reader)


def test_the_progress_of_tables_has_a_total():
    for data in (frame(), pa.table({"a": [1, 2]}), pl.DataFrame({"a": [1, 2]})):
        calls = []
        tm.flatten(data, progress_callback=lambda *at: calls.append(at))
        assert calls == [(2, 2)]


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("kind", ["bytes", "text", "file", "gzip", "gzip text", "bz2", "xz", "packed"])
def test_what_reads_is_a_stream(kind, threads, jsonl, tmp_path, records):
    content = jsonl.read_bytes()
    packed = tmp_path / "packed"
    open_packed = {"gzip": gzip.open, "gzip text": gzip.open, "bz2": bz2.open, "xz": lzma.open}.get(kind, gzip.open)
    with open_packed(packed, "wb") as file:
        file.write(content)
    stream = {
        "bytes": lambda: io.BytesIO(content),
        "text": lambda: io.StringIO(content.decode()),
        "file": lambda: jsonl.open("rb"),
        "gzip text": lambda: gzip.open(packed, "rt", encoding="utf-8"),
        "packed": lambda: io.BytesIO(packed.read_bytes()),
    }.get(kind, lambda: open_packed(packed))
    assert tables(stream(), threads=threads) == tables(records)


def test_a_stream_is_read_in_blocks_and_named():
    class Stream:
        name = "numbers.jsonl"

        def __init__(self):
            self.sizes = []

        def read(self, size):
            self.sizes.append(size)
            return b'{"a": 1}\n' * 20_000 if len(self.sizes) < 20 else b"{" if len(self.sizes) == 20 else b""

    stream = Stream()
    with pytest.raises(tm.ValidationError, match=r"numbers.jsonl, record 380001") as caught:
        tm.flatten(stream)
    assert caught.value.file == "numbers.jsonl"
    assert len(stream.sizes) >= 21 and max(stream.sizes) < 1 << 20
    for wrong in (5, None):
        broken = type("Broken", (), {"read": lambda self, size, block=wrong: block})()
        with pytest.raises(tm.ValidationError, match="expected bytes or text from read"):
            tm.flatten(broken)
    assert rows(bytearray(b'{"a": 1}')) == [{"a": 1}]


def test_a_list_of_paths_is_inputs(jsonl, records):
    for data in ([jsonl, str(jsonl)], (jsonl, jsonl)):
        assert tables(data) == tables(records + records)
    for data in ([jsonl, {}], [{}, str(jsonl)], ({}, jsonl)):
        with pytest.raises(TypeError, match="paths or a list of records, found both") as caught:
            tm.flatten(data)
        assert isinstance(caught.value, tm.ValidationError)
    assert tables([]) == {"data": []}


def test_what_a_null_hides_is_not_looked_at():
    # The elements of a null have keys, and the dictionary is empty.
    kind = pa.list_(pa.dictionary(pa.int8(), pa.string()), 2)
    assert rows(pa.table({"id": [1, 2], "v": pa.array([None, None], kind)})) == [{"id": 1}, {"id": 2}]


def test_slices_of_nested_structs_are_their_rows():
    values = [{"a": {"b": at, "c": [{"d": at}, {"d": -at}]}, "p": [{"e": at}, {"e": None}]} for at in range(6)]
    kind = pa.struct(
        [
            ("a", pa.struct([("b", pa.int64()), ("c", pa.list_(pa.struct([("d", pa.int64())])))])),
            ("p", pa.list_(pa.struct([("e", pa.int64())]), 2)),
        ]
    )
    table = pa.table({"v": pa.array(values, kind)})
    for start, count in [(0, 6), (1, 2), (2, 2), (3, 3), (5, 1)]:
        expected = [{"v": value} for value in values[start : start + count]]
        assert tables(table.slice(start, count)) == tables(expected)


def test_text_that_is_not_utf8_is_an_error_of_its_record():
    offsets = np.array([0, 1, 2], dtype="int32")
    text = pa.Array.from_buffers(pa.string(), 2, [None, pa.py_buffer(offsets), pa.py_buffer(b"a\xff")])
    with pytest.raises(tm.ValidationError, match="expected text in UTF-8") as caught:
        tm.flatten(pa.table({"v": text}))
    assert (caught.value.record, caught.value.path) == (2, "$.v")
    keys = pa.DictionaryArray.from_arrays(pa.array([0, 7], pa.int8()), pa.array(["a"]), safe=False)
    with pytest.raises(tm.ValidationError, match="the column is broken"):
        tm.flatten(pa.table({"v": keys}))


def test_columns_of_nulls_of_polars():
    frame = pl.DataFrame(
        {"a": [None, None], "b": [1, 2], "s": [{"x": None}, None], "l": [[None], []]}
    )
    assert frame.schema["a"] == pl.Null
    for data in (frame, frame.to_struct("rows"), frame.to_arrow()):
        rows = tm.flatten(data, include_nulls=True).main
        assert [row["b"] for row in rows] == [1, 2]
        assert all(row["a"] is None for row in rows)


def test_columns_of_objects_of_polars():
    objects = pl.Series("o", [object(), 1], dtype=pl.Object)
    frame = pl.DataFrame({"a": [1, 2], "o": objects})
    for data in (frame, objects):
        with pytest.raises(tm.InputTypeError, match=r"column 'o': .* found Object.*to_dicts"):
            tm.flatten(data)


def test_rows_without_columns():
    assert len(tm.flatten(pd.DataFrame(index=range(3))).main) == 3


def test_text_with_a_byte_order_mark():
    assert tm.flatten('\ufeff {"a":1}').main[0]["a"] == 1


def test_an_iterator_of_paths(tmp_path):
    (tmp_path / "a.json").write_text("{}")
    for data in (tmp_path.glob("*.json"), iter(["a.json"])):
        with pytest.raises(tm.ValidationError, match="if these are paths, make a list of them"):
            tm.flatten(data)


def test_options_of_text_are_refused_for_values():
    frame = pd.DataFrame({"a": [1]})
    options = {"records_path": "/a", "key_field": "k", "lenient": ["commas"], "encoding": "latin1"}
    for data in ({"a": [{}]}, iter([{}]), frame, pa.table({"a": [1]}), frame.astype(object)):
        for name, value in options.items():
            with pytest.raises(tm.ConfigurationError, match=f"{name}: expected JSON text"):
                tm.flatten(data, **{name: value})


def test_text_has_no_encoding():
    for data in ('{"a":1}', io.StringIO('{"a":1}')):
        with pytest.raises(tm.ConfigurationError, match="already decoded"):
            tm.flatten(data, encoding="latin1")
    assert tm.flatten(b'{"a":"\xe9"}', encoding="latin1").main[0]["a"] == "\u00e9"
