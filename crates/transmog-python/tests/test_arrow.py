"""Tables go to whatever reads Arrow."""

import duckdb
import polars as pl
import pyarrow as pa

import transmog as tm


def test_pyarrow_reads_tables(records):
    result = tm.flatten(records)
    table = pa.table(result.arrow["data"])
    assert table.column_names == result.arrow["data"].column_names
    assert table.column("id").to_pylist() == [1, 2, 3]
    assert table.column("tags").to_pylist() == [["a", "b"], None, None]
    assert table.schema.field("_timestamp").type == pa.timestamp("us", "UTC")
    assert pa.schema(result.arrow["data"]) == table.schema
    big = pa.table(tm.flatten([{"n": 10**30}]).arrow["data"])
    assert big.schema.field("n").type == pa.decimal128(38, 0)
    narrow = tm.flatten([{"id": 1}], time_field=None).arrow["data"]
    requested = pa.schema([("_id", pa.string()), ("id", pa.int32())])
    cast = pa.table(narrow, schema=requested)
    assert cast.num_rows == 1 and cast.schema.field("id").type == pa.int32()


def test_polars_reads_tables(records):
    table = tm.flatten(records).arrow["data_teams"]
    frame = pl.DataFrame(table)
    assert frame["size"].to_list() == [7, None, 2]
    series = pl.from_arrow(table)
    assert isinstance(series, pl.Series) and series.struct.unnest().equals(frame)


def test_duckdb_reads_tables(records):
    tables = tm.flatten(records, name="company").arrow
    main, teams = tables["company"], tables["company_teams"]
    query = "select name, (select sum(size) from teams where _parent_id = main._id) as s from main order by id"
    assert duckdb.sql(query).fetchall() == [("Acme", 7), ("Böhm", 2), (None, None)]
    assert (len(main), len(teams)) == (3, 3)


def test_empty_tables_have_their_columns():
    table = pa.table(tm.flatten([]).arrow["data"])
    assert table.num_rows == 0 and table.column_names == ["_id", "_timestamp"]


def test_batches_are_all_rows_in_bounded_pieces(tmp_path):
    path = tmp_path / "many.jsonl"
    with path.open("w") as lines:
        for n in range(20_000):
            lines.write('{"n": %d, "items": [{"k": %d}, {"k": "%d"}]}\n' % (n, n, n))
    schema = tm.discover(path)
    batches = tm.flatten_batches(path, schema=schema, memory_limit=4 << 20)
    assert batches.summary is None
    tables = {}
    for table, batch in batches:
        tables.setdefault(table, []).append(pa.record_batch(batch))
    assert len(tables["data"]) > 1
    assert batches.summary["records"]["accepted"] == 20_000
    main = pa.Table.from_batches(tables["data"])
    assert main.column("n").to_pylist() == list(range(20_000))
    items = pa.Table.from_batches(tables["data_items"])
    assert items.column("k").to_pylist() == [str(n // 2) for n in range(40_000)]
    assert list(batches) == []


def test_batches_of_python_values_hold_dicts_too():
    rows = [row for _, batch in tm.flatten_batches({"a": i} for i in range(3)) for row in batch.to_pylist()]
    assert [row["a"] for row in rows] == [0, 1, 2]
