"""Types of the public functions."""

from collections.abc import Callable
from enum import Enum
from typing import Any

JsonDict = dict[str, Any]
"""A record or a row."""

ProgressCallback = Callable[[int, int | None], None]
"""Called with the number of records done and, if known, their total."""


class ArrayMode(Enum):
    """What arrays become."""

    SMART = "smart"
    """Lists of scalars stay in the row, other arrays become child tables."""

    SEPARATE = "separate"
    """Every array becomes a child table."""

    INLINE = "inline"
    """Arrays stay in the row as JSON text."""

    SKIP = "skip"
    """Arrays are left out and counted."""


__all__ = ["JsonDict", "ProgressCallback", "ArrayMode"]
