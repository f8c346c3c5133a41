"""Random nested tables give what their dicts give, however they are cut."""

import datetime as dt
import random
from decimal import Decimal

import pyarrow as pa
import pytest

import transmog as tm

NOON = dt.datetime(2026, 7, 2, 12, 30, 5)
UTC = dt.timezone.utc

# Types without others inside, with some of their values.
LEAVES = {
    pa.null(): [None],
    pa.bool_(): [True, False],
    pa.int8(): [-7, 0, 100],
    pa.uint64(): [0, 2**64 - 1],
    pa.float32(): [0.5, -2.25],
    pa.float64(): [0.1, 1e20, 3.0],
    pa.decimal128(20, 3): [Decimal("-0.005"), Decimal("12345678901234.5")],
    pa.decimal256(50, 2): [Decimal("1.10"), Decimal(10**40)],
    pa.string(): ["", "ü", "longer than a view holds"],
    pa.large_string(): ["", "a"],
    pa.string_view(): ["", "longer than a view holds"],
    pa.binary(): [b"", b"\x00\xff"],
    pa.binary_view(): [b"a", b"longer than a view holds"],
    pa.dictionary(pa.int8(), pa.string()): ["x", "y"],
    pa.date32(): [NOON.date()],
    pa.time64("us"): [NOON.time(), dt.time(1, 2, 3, 500_000)],
    pa.timestamp("us"): [NOON, NOON.replace(microsecond=70)],
    pa.timestamp("ns", "UTC"): [NOON.replace(tzinfo=UTC)],
    pa.timestamp("ms", "America/New_York"): [NOON.replace(tzinfo=UTC, month=1), NOON.replace(tzinfo=UTC)],
    pa.duration("ms"): [dt.timedelta(days=-1, milliseconds=5), dt.timedelta(0)],
}


def random_type(rng, levels):
    if levels == 0 or rng.random() < 0.4:
        return rng.choice(list(LEAVES))
    inner = random_type(rng, levels - 1)
    kinds = [
        lambda: pa.list_(inner),
        lambda: pa.large_list(inner),
        lambda: pa.list_view(inner),
        lambda: pa.list_(inner, 2),
        lambda: pa.map_(pa.string(), inner),
        lambda: pa.struct([("a", inner), ("b", random_type(rng, levels - 1))]),
    ]
    return rng.choice(kinds)()


def random_value(rng, kind):
    if rng.random() < 0.2:
        return None
    if kind in LEAVES:
        return rng.choice(LEAVES[kind])
    if pa.types.is_struct(kind):
        return {field.name: random_value(rng, field.type) for field in kind}
    if pa.types.is_map(kind):
        return [(key, random_value(rng, kind.item_type)) for key in rng.sample(["k", 'q"', "ü"], rng.randrange(4))]
    length = 2 if pa.types.is_fixed_size_list(kind) else rng.randrange(4)
    return [random_value(rng, kind.value_type) for _ in range(length)]


def as_dict(value, kind):
    """A value of ``to_pylist``, with maps as dicts."""
    if value is None or kind in LEAVES:
        return value
    if pa.types.is_struct(kind):
        return {field.name: as_dict(value[field.name], field.type) for field in kind}
    if pa.types.is_map(kind):
        return {key: as_dict(item, kind.item_type) for key, item in value}
    return [as_dict(item, kind.value_type) for item in value]


@pytest.mark.parametrize("seed", range(60))
def test_random_tables_give_what_their_dicts_give(seed):
    rng = random.Random(seed)
    schema = pa.schema([(f"c{at}", random_type(rng, 3)) for at in range(rng.randrange(1, 5))])
    rows = [{field.name: random_value(rng, field.type) for field in schema} for _ in range(9)]
    table = pa.Table.from_pylist(rows, schema)
    rows = [{field.name: as_dict(row[field.name], field.type) for field in schema} for row in table.to_pylist()]
    options = {
        "id_generation": "hash",
        "time_field": None,
        "include_nulls": rng.random() < 0.5,
        "array_mode": rng.choice(["smart", "separate", "inline"]),
        "numbers": rng.choice(["float64", "exact"]),
    }
    expected = tm.flatten(rows, **options).all_tables
    cut = rng.randrange(1, 9)
    parts = [table.slice(0, cut), table.slice(cut)]
    assert tm.flatten(table, **options).all_tables == expected
    assert tm.flatten(pa.concat_tables(parts), **options).all_tables == expected
    expected = tm.flatten(rows[cut:], **options).all_tables
    assert tm.flatten(parts[1], **options).all_tables == expected
    struct = table.to_struct_array().combine_chunks()
    assert tm.flatten(struct.slice(cut), **options).all_tables == expected
