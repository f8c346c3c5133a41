"""Flattening the slow and plain way: cells of rows by their JSON path."""

import json
import re


def tables_of(records, array_mode, include_nulls):
    """The tables by path; each row is a dict of cells that are not null by path."""
    tables = {"$": []}
    for record in records:
        row = {}
        tables["$"].append(row)
        _members(record, "$", row, tables, array_mode, include_nulls)
    for rows in tables.values():
        for path in {path for row in rows for path in row}:
            _join([row for row in rows if path in row], path)
    return tables


def _step(path, key):
    if re.fullmatch(r"[A-Za-z_\u0080-\U0010ffff][A-Za-z0-9_\u0080-\U0010ffff]*", key):
        return f"{path}.{key}"
    escaped = key.replace("\\", "\\\\").replace("'", "\\'")
    return f"{path}['{escaped}']"


def _members(record, path, row, tables, mode, nulls):
    for key, value in record.items():
        _value(value, _step(path, key), row, tables, mode, nulls)


def _value(value, path, row, tables, mode, nulls):
    if isinstance(value, dict):
        _members(value, path, row, tables, mode, nulls)
    elif isinstance(value, list):
        _array(value, path, row, tables, mode, nulls)
    elif value is not None and (value != "" or nulls):
        row[path] = value


def _array(array, path, row, tables, mode, nulls):
    if not array and not nulls:
        return
    is_plain = not any(isinstance(element, (dict, list)) for element in array)
    if mode == "inline":
        row[path] = _Text(_json(array))
    elif mode == "smart" and is_plain:
        row[path] = list(array)
    else:
        path += "[*]"
        for element in array:
            if not nulls and (element is None or element == ""):
                continue
            child = {}
            tables.setdefault(path, []).append(child)
            if isinstance(element, dict):
                _members(element, path, child, tables, mode, nulls)
            elif isinstance(element, list):
                _array(element, path, child, tables, mode, nulls)
            elif element is not None:
                child[path] = element


class _Text(str):
    """JSON text that stands for a value."""


def _join(rows, path):
    """Gives the cells of a column one type."""
    values = [row[path] for row in rows]
    if any(isinstance(value, list) for value in values):
        if all(isinstance(value, list) for value in values):
            scalars = [v for value in values for v in value if v is not None]
            convert = _type(scalars)
            for row in rows:
                row[path] = [None if v is None else convert(v) for v in row[path]]
        else:
            for row in rows:
                row[path] = _text(row[path])
        return
    convert = _type(values)
    for row in rows:
        row[path] = convert(row[path])


def _type(values):
    kinds = set()
    for value in values:
        if isinstance(value, bool):
            kinds.add("boolean")
        elif isinstance(value, int):
            in_range = -(2**63) <= value < 2**63
            kinds.add("int64" if in_range else "decimal")
            if abs(value) > 2**53:
                kinds.add("inexact")
        elif isinstance(value, float):
            kinds.add("float64")
        else:
            kinds.add("text")
    numbers = kinds - {"inexact"}
    if len(numbers) <= 1 and "text" not in kinds:
        return lambda value: value
    if numbers == {"int64", "decimal"}:
        return lambda value: value
    if numbers == {"int64", "float64"} and "inexact" not in kinds:
        return float
    return _text


def _text(value):
    return str(value) if isinstance(value, str) else _json(value)


def _json(value):
    """Compact JSON text, numbers in the form of RFC 8785."""
    if isinstance(value, list):
        return "[" + ",".join(map(_json, value)) + "]"
    if isinstance(value, dict):
        members = (f"{_json(key)}:{_json(item)}" for key, item in value.items())
        return "{" + ",".join(members) + "}"
    if isinstance(value, float):
        return _float(value)
    if isinstance(value, str):
        return _string(value)
    return json.dumps(value)


def _string(value):
    """Escaped no more than RFC 8259 demands."""
    short = {"\b": "\\b", "\f": "\\f", "\n": "\\n", "\r": "\\r", "\t": "\\t", '"': '\\"', "\\": "\\\\"}
    escaped = (short.get(c) or (f"\\u{ord(c):04x}" if c < " " else c) for c in value)
    return '"' + "".join(escaped) + '"'


def _float(value):
    """ECMAScript's Number::toString of the shortest digits that give the value."""
    if value == 0:
        return "0"
    if value < 0:
        return "-" + _float(-value)
    mantissa, exponent = f"{value!r}e0".split("e")[:2]
    whole, _, fraction = mantissa.partition(".")
    digits = (whole + fraction).lstrip("0")
    point = len(whole) + int(exponent) - (len(whole + fraction) - len((whole + fraction).lstrip("0")))
    digits = digits.rstrip("0")
    count = len(digits)
    if count <= point <= 21:
        return digits + "0" * (point - count)
    if 0 < point <= 21:
        return digits[:point] + "." + digits[point:]
    if -6 < point <= 0:
        return "0." + "0" * -point + digits
    sign = "+" if point > 0 else "-"
    rest = "." + digits[1:] if count > 1 else ""
    return f"{digits[0]}{rest}e{sign}{abs(point - 1)}"
