"""The engine of the package ``transmog``."""

from collections.abc import Callable
from os import PathLike
from typing import Any, Final, final

__all__ = [
    "Batches",
    "RecordBatch",
    "Result",
    "Schema",
    "Table",
    "__version__",
    "discover",
    "end_runs",
    "flatten",
    "flatten_batches",
    "flatten_stream",
]

__version__: Final[str]

_Progress = Callable[[int, int, int | None], None]

@final
class Table:
    """A table in memory, shared with libraries that read Arrow's PyCapsule streams."""

    @property
    def name(self) -> str:
        """The table's name."""
    @property
    def num_rows(self) -> int:
        """Number of rows."""
    @property
    def column_names(self) -> list[str]:
        """Names of the columns in order."""
    def to_pylist(self) -> list[dict[str, Any]]:
        """The rows as dicts."""
    def __len__(self) -> int: ...
    def __arrow_c_schema__(self) -> object: ...
    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object: ...

@final
class RecordBatch:
    """Some rows of a table, shared with libraries that read Arrow's PyCapsules."""

    @property
    def num_rows(self) -> int:
        """Number of rows."""
    @property
    def column_names(self) -> list[str]:
        """Names of the columns in order."""
    def to_pylist(self) -> list[dict[str, Any]]:
        """The rows as dicts."""
    def __len__(self) -> int: ...
    def __arrow_c_schema__(self) -> object: ...
    def __arrow_c_array__(
        self, requested_schema: object | None = None
    ) -> tuple[object, object]: ...

@final
class Schema:
    """The exact schema of all tables."""

    @staticmethod
    def from_json(text: str) -> Schema:
        """Reads the text of ``to_json``."""
    def to_json(self) -> str:
        """The schema as JSON text, the same for the same schema."""
    def merge(self, other: Schema) -> Schema:
        """A schema with the tables and columns of both."""
    @property
    def tables(self) -> dict[str, dict[str, str]]:
        """By table path: column paths and their types."""
    @property
    def maps(self) -> list[str]:
        """The paths of the maps, which a run with this schema makes."""
    def __eq__(self, other: object, /) -> bool: ...

@final
class Result:
    """The tables that ``flatten`` made."""

    def tables(self) -> list[Table]:
        """The tables, the main one first."""
    def summary(self) -> str:
        """The report as JSON."""
    def save_to(
        self, directory: str | PathLike[str], output_format: str, options: dict[str, Any]
    ) -> list[str]:
        """Writes every table to a file in the directory; returns the file names."""
    def save_main(
        self, path: str | PathLike[str], output_format: str, options: dict[str, Any]
    ) -> None:
        """Writes the main table to this file."""

@final
class Batches:
    """Record batches of a run in progress."""

    def __iter__(self) -> Batches: ...
    def __next__(self) -> tuple[str, RecordBatch]: ...
    def _summary(self) -> str | None: ...

def flatten(
    data: object, name: str, options: dict[str, Any], progress: _Progress | None
) -> Result:
    """Flattens to tables in memory."""

def flatten_stream(
    data: object,
    directory: str | PathLike[str],
    name: str,
    output_format: str,
    options: dict[str, Any],
    progress: _Progress | None,
) -> str:
    """Flattens to files; returns the report as JSON."""

def flatten_batches(
    data: object, name: str, options: dict[str, Any], progress: _Progress | None
) -> Batches:
    """Flattens to record batches, one after another."""

def end_runs() -> None:
    """Ends all runs, and waits for their threads, as the end of the interpreter does."""

def discover(data: object, name: str, options: dict[str, Any]) -> Schema:
    """Finds the schema of the tables."""
