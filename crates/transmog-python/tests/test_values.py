"""Python values arrive exactly, or not at all."""

import datetime
import decimal
import enum
import json
import uuid
from decimal import Decimal

import numpy
import pandas
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from oracle import tables_of

import transmog as tm


def cell(value):
    return tm.flatten({"v": value}).main[0].get("v")


class Color(str, enum.Enum):
    RED = "red"


class Big(int):
    def __repr__(self):
        return "big"

    __str__ = __repr__


class Level(enum.IntEnum):
    HIGH = 3


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (True, True),
        (2**63 - 1, 2**63 - 1),
        (-(2**63), -(2**63)),
        (2**63, 2**63),
        (10**38 - 1, 10**38 - 1),
        (10**38, str(10**38)),
        (0.1, 0.1),
        (5e-324, 5e-324),
        (Decimal("7"), 7),
        (Decimal("1.10"), 1.1),
        (Decimal("1E+3"), 1000.0),
        (Decimal("0.1000000000000000055511151231257827"), Decimal("0.1000000000000000055511151231257827")),
        (Decimal("1.123456789012345678"), Decimal("1.123456789012345678")),
        (Decimal("12345678901234567890.5"), Decimal("12345678901234567890.5")),
        (Decimal("1E-39"), 1e-39),
        (Decimal("1.123456789012345678E-39"), "1.123456789012345678e-39"),
        (Big(2**200), str(2**200)),
        (Decimal("1e400"), "1e400"),
        (Decimal("-0.0"), -0.0),
        (datetime.datetime(2026, 1, 2, 3, 4, 5, 6, datetime.timezone.utc), "2026-01-02T03:04:05.000006+00:00"),
        (datetime.date(2026, 1, 2), "2026-01-02"),
        (datetime.time(3, 4, 5), "03:04:05"),
        (uuid.UUID(int=5), "00000000-0000-0000-0000-000000000005"),
        (b"\x00\xff", "AP8="),
        (bytearray(b"abc"), "YWJj"),
        (datetime.datetime(2026, 1, 2, 3, 4, 5, 500000), "2026-01-02T03:04:05.5"),
        (datetime.timedelta(days=1, microseconds=5), "PT86400.000005S"),
        (datetime.timedelta(seconds=-1), "-PT1S"),
        (Color.RED, "red"),
        (Level.HIGH, 3),
        (("a", "b"), ["a", "b"]),
        ([None, "", "a"], [None, "", "a"]),
        ("Ünï\x00\U0001f600", "Ünï\x00\U0001f600"),
    ],
)
def test_values_are_exact(value, expected):
    result = cell(value)
    assert result == expected and type(result) is type(expected)


@pytest.mark.parametrize(
    ("record", "path"),
    [
        ({"a": {"b": [1, {"c": set()}]}}, "$.a.b[*].c"),
        ({"a b": float("-inf")}, "$['a b']"),
        ({"a": [float("inf")]}, "$.a[*]"),
        ({"a": Decimal("sNaN")}, "$.a"),
        ({"a": Decimal("Infinity")}, "$.a"),
        ({"a": numpy.complex128(1)}, "$.a"),
        ({"a": numpy.array([[1.0], [float("inf")]])}, "$.a[*][*]"),
        ({"a": object()}, "$.a"),
        ({"a": {1: 2}}, "$.a"),
        ({"a": "\ud800"}, "$.a"),
    ],
)
def test_anything_else_is_refused_with_its_path(record, path):
    with pytest.raises(tm.ValidationError) as caught:
        tm.flatten([{"ok": 1}, record])
    assert f"record 2, at {path}: " in str(caught.value)
    assert (caught.value.file, caught.value.record, caught.value.path) == ("<values>", 2, path)
    result = tm.flatten([{"ok": 1}, record, {"ok": 2}], on_error="skip")
    assert [row["ok"] for row in result.main] == [1, 2]
    assert result.summary["records"]["rejected"] == 1


def test_integers_of_any_length_are_exact():
    # Longer than Python itself writes them.
    assert cell(10**5000) == "1" + "0" * 5000
    assert cell(-(10**5000)) == "-1" + "0" * 5000
    assert cell(2**40000) == str(decimal.Decimal(2**40000))


def types(records, **options):
    table = tm.flatten(records, time_field=None, **options).summary["tables"][0]
    return [column["type"] for column in table["columns"][1:]]


@pytest.mark.parametrize("numbers", ["float64", "exact"])
def test_decimals_are_exact_in_either(numbers):
    records = [{"v": Decimal("1.123456789012345678")}, {"v": Decimal("0.5")}, {"v": 7}, {"v": Decimal("1E+3")}]
    assert types(records, numbers=numbers) == ["decimal(38,18)"]
    result = tm.flatten(records, numbers=numbers)
    assert [row["v"] for row in result.main] == [record["v"] for record in records]
    assert result.summary["ledger"] == []
    assert types([{"v": Decimal("0.5")}, {"v": 1}], numbers=numbers) == ["float64"]


@pytest.mark.parametrize("numbers", ["float64", "exact"])
def test_floats_beside_decimals(numbers):
    records = [{"v": Decimal("1.123456789012345678")}, {"v": 0.5}]
    assert types(records, numbers=numbers) == ["text" if numbers == "float64" else "decimal(38,18)"]


def test_values_and_text_have_the_same_numbers():
    text = '{"v":1.123456789012345678,"w":[0.1,1.5E+20,0.10000000000000001]}'
    values = json.loads(text, parse_float=Decimal)
    for mode in ["smart", "inline"]:
        options = {"numbers": "exact", "array_mode": mode, "id_generation": "hash", "time_field": None}
        from_values, from_text = tm.flatten([values], **options), tm.flatten(text, **options)
        assert from_values.all_tables == from_text.all_tables
        assert from_values.summary["tables"][0]["columns"] == from_text.summary["tables"][0]["columns"]
    assert tm.flatten(text).summary["ledger"][0]["kind"] == "rounded"
    with pytest.raises(tm.ValidationError, match="rounded"):
        tm.flatten(text, strict=["rounded"])
    with pytest.raises(tm.ConfigurationError, match="float64 or exact"):
        tm.flatten(text, numbers="float32")


def test_a_value_that_holds_itself_is_refused():
    loop = []
    loop.append(loop)
    with pytest.raises(tm.ValidationError, match="1024 levels"):
        tm.flatten({"a": loop})


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (numpy.int64(-7), -7),
        (numpy.uint64(2**64 - 1), 2**64 - 1),
        (numpy.bool_(True), True),
        (numpy.float32(0.5), 0.5),
        (numpy.float64(0.1), 0.1),
        (numpy.str_("a"), "a"),
        (numpy.bytes_(b"abc"), "YWJj"),
        (numpy.datetime64("2026-01-02T03:04:05.500000001"), "2026-01-02T03:04:05.500000001"),
        (numpy.datetime64("2026-01-02"), "2026-01-02"),
        (numpy.timedelta64(1_500_000_001, "ns"), "PT1.500000001S"),
        (numpy.timedelta64(2, "h"), "PT7200S"),
        (numpy.array([1, 2]), [1, 2]),
        (numpy.array(5), 5),
        (pandas.Timestamp("2026-01-02T03:04:05.000000001", tz="UTC"), "2026-01-02T03:04:05.000000001+00:00"),
        (pandas.Timedelta(5, "ns"), "PT0.000000005S"),
    ],
)
def test_values_of_numpy_and_pandas_are_themselves(value, expected):
    result = cell(value)
    assert result == expected and type(result) is type(expected)


@pytest.mark.parametrize(
    "value",
    [
        float("nan"),
        Decimal("NaN"),
        numpy.float64("nan"),
        numpy.float32("nan"),
        numpy.datetime64("NaT"),
        numpy.timedelta64("NaT"),
        pandas.NaT,
        pandas.NA,
    ],
    ids=repr,
)
def test_missing_values_are_null_and_counted(value):
    result = tm.flatten([{"a": 1, "v": value, "l": [value, 2]}])
    assert result.main[0].keys() == {"_id", "_timestamp", "a", "l"}
    assert result.main[0]["l"] == [None, 2]
    assert [(line["kind"], line["path"]) for line in result.summary["ledger"]] == [("null", "$.v")]
    assert tm.flatten([{"v": value}], include_nulls=True).main[0]["v"] is None


@pytest.mark.parametrize("data", [5, None, object(), [1], [[{}]], {1}])
def test_what_is_no_record_is_refused(data):
    with pytest.raises(tm.ValidationError, match="expected a dict"):
        tm.flatten(data)


KEYS = st.sampled_from(["a", "b", "c", "Key", "ü", "k e y"])
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**70), 2**70),
    st.integers(-9, 9),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(st.characters(blacklist_categories=["Cs"]), max_size=6),
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(KEYS, inner, max_size=4)),
    max_leaves=12,
)
RECORDS = st.lists(st.dictionaries(KEYS, VALUES, max_size=5), max_size=6)


@settings(max_examples=300, deadline=None)
@given(RECORDS, st.sampled_from(["smart", "separate", "inline"]), st.booleans())
def test_tables_are_those_of_the_oracle(records, array_mode, include_nulls):
    result = tm.flatten(
        records, array_mode=array_mode, include_nulls=include_nulls, time_field=None, separator="/"
    )
    paths = {table["name"]: table["path"] for table in result.summary["tables"]}
    columns = {
        table["name"]: {column["name"]: column["path"] for column in table["columns"]}
        for table in result.summary["tables"]
    }
    found = {}
    for name, rows in result.all_tables.items():
        known = columns[name]
        cells = [
            {known[key]: value for key, value in row.items() if known[key] and value is not None}
            for row in rows
        ]
        found[paths[name]] = cells
    assert found == tables_of(records, array_mode, include_nulls)
    for name, rows in list(result.all_tables.items())[1:]:
        parents = {row["_id"] for other in result.all_tables.values() for row in other}
        assert {row["_parent_id"] for row in rows} <= parents, name


@settings(max_examples=100, deadline=None)
@given(RECORDS)
def test_values_and_their_text_give_the_same(records):
    config = tm.TransmogConfig(id_generation="hash", time_field=None)
    from_values = tm.flatten(records, config=config)
    from_text = tm.flatten("\n".join(map(json.dumps, records)) or "[]", config=config)
    assert from_values.all_tables == from_text.all_tables
