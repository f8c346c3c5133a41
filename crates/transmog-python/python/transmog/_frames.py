"""Data frames of pandas as Arrow tables, or as dicts where Arrow would change a value.

Frames of Polars are Arrow tables, unless a column has objects of Python.
"""

import importlib
from collections.abc import Iterator
from typing import Any

from transmog.exceptions import InputTypeError, ValidationError

ROWS = 4096
"""Rows that are dicts at the same time."""

ARROW_KINDS = "biufMm"
"""Kinds of NumPy types that Arrow has: booleans, numbers and times."""

ARROW_TYPES = ("StringDtype", "ArrowDtype")
"""Types of pandas that Arrow has."""

PLAIN = ("string", "boolean", "empty")
"""What a column of objects may hold for Arrow to keep every value as it is."""


def prepared(frame: Any, pandas: Any) -> Any:
    """The frame as an Arrow table or an iterator of dicts, with its index if that has a name."""
    if frame.shape[1] == 0 and all(name is None for name in frame.index.names):
        return ({} for _ in range(len(frame)))
    unnamed = [level for level, name in enumerate(frame.index.names) if name is None]
    if len(unnamed) == frame.index.nlevels:
        frame = frame.reset_index(drop=True)
    else:
        frame = frame.droplevel(unnamed) if unnamed else frame
        frame = frame.reset_index(allow_duplicates=True)
    frame = frame.set_axis([str(name) for name in frame.columns], axis=1)
    twice = frame.columns[frame.columns.duplicated()]
    if len(twice):
        raise ValidationError(f"two columns have the name {twice[0]!r}; rename one of them")
    arrow = _pyarrow()
    columns = (frame.iloc[:, at] for at in range(frame.shape[1]))
    if arrow is not None and all(_is_exact(column, pandas) for column in columns):
        try:
            return arrow.Table.from_pandas(frame, preserve_index=False)
        except (arrow.ArrowException, OverflowError, TypeError, ValueError):
            # The dicts say which value is the reason, if it is one for them.
            pass
    return _dicts(frame)


def _pyarrow() -> Any:
    try:
        return importlib.import_module("pyarrow")
    except ImportError:
        return None


def _is_exact(column: Any, pandas: Any) -> bool:
    """Whether Arrow has a type that keeps every value of the column."""
    dtype = column.dtype
    name = type(dtype).__name__
    if name == "CategoricalDtype":
        return _is_exact(dtype.categories, pandas)
    if dtype.kind in ARROW_KINDS and not name.startswith("Sparse"):
        return True
    if name in ARROW_TYPES:
        return True
    return dtype == object and pandas.api.types.infer_dtype(column, skipna=True) in PLAIN


def _dicts(frame: Any) -> Iterator[dict[str, Any]]:
    for start in range(0, len(frame), ROWS):
        yield from frame.iloc[start : start + ROWS].to_dict("records")


def refuse_objects(frame: Any) -> None:
    """An error if a column of Polars has objects of Python, which it would give as pointers."""
    schema = frame.schema if hasattr(frame, "schema") else {frame.name: frame.dtype}
    for name, dtype in schema.items():
        if _has_objects(dtype):
            raise InputTypeError(
                f"column {name!r}: expected a type that Arrow has, found Object, whose values are objects "
                "of Python; give the rows as dicts, frame.to_dicts(), or cast the column"
            )


def _has_objects(dtype: Any) -> bool:
    if str(dtype) == "Object":
        return True
    fields = [field.dtype for field in getattr(dtype, "fields", None) or ()]
    inner = getattr(dtype, "inner", None)
    return any(_has_objects(part) for part in (*fields, *([] if inner is None else [inner])))
