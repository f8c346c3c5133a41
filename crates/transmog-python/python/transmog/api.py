"""The operations."""

import dataclasses
import json
import logging
from collections.abc import Callable, Iterable, Iterator, Sized
from os import PathLike
from pathlib import Path
from typing import Any, Protocol

from transmog import _transmog
from transmog._transmog import RecordBatch, Schema, Table
from transmog.config import TransmogConfig
from transmog.types import JsonDict, ProgressCallback

logger = logging.getLogger(__name__)



class Readable(Protocol):
    """A stream of bytes or text."""

    def read(self, size: int, /) -> bytes | bytearray | str:
        """The next bytes or characters, at most this many; none at the end."""


class ArrowStream(Protocol):
    """A table that shares its record batches by Arrow's PyCapsule interface."""

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object:
        """A capsule with the stream."""


_Path = str | PathLike[str]
Data = (
    JsonDict
    | Iterable[JsonDict]
    | _Path
    | list[str]
    | list[PathLike[str]]
    | list[_Path]
    | tuple[_Path, ...]
    | bytes
    | bytearray
    | Readable
    | ArrowStream
)
"""A dict, dicts, a path or a list of paths, JSON text or bytes, a stream, a data frame or a table."""


class FlattenResult:
    """The tables that ``flatten`` made.

    ``main``, ``tables`` and ``all_tables`` are lists of dicts, made on first use.
    ``arrow`` returns the same tables without making dicts. ``save`` ignores changes to
    the lists.
    """

    def __init__(self, native: _transmog.Result) -> None:
        """Made by ``flatten``."""
        self._native = native
        self._arrow = {table.name: table for table in native.tables()}
        self._rows: dict[str, list[JsonDict]] = {}

    @property
    def entity_name(self) -> str:
        """The main table's name."""
        return next(iter(self._arrow))

    @property
    def main(self) -> list[JsonDict]:
        """The main table: one row for each record."""
        return self._of(self.entity_name)

    @property
    def tables(self) -> dict[str, list[JsonDict]]:
        """The child tables by name."""
        names = list(self._arrow)[1:]
        return {name: self._of(name) for name in names}

    @property
    def all_tables(self) -> dict[str, list[JsonDict]]:
        """The main table and the child tables by name."""
        return {name: self._of(name) for name in self._arrow}

    @property
    def arrow(self) -> dict[str, Table]:
        """All tables by name, for libraries that read Arrow's PyCapsule streams.

        ``pyarrow.table(result.arrow["data"])``, ``polars.DataFrame(...)`` and DuckDB
        read them without a copy.
        """
        return dict(self._arrow)

    @property
    def summary(self) -> dict[str, Any]:
        """The summary of the run: records, tables with their columns, the loss ledger."""
        summary: dict[str, Any] = json.loads(self._native.summary())
        return summary

    def save(
        self,
        path: str | PathLike[str],
        output_format: str | None = None,
        **format_options: Any,
    ) -> list[str] | dict[str, str]:
        """Writes the tables; all files appear, or none.

        Args:
            path: The file, if there is only the main table. Otherwise the directory of
                all tables is the path without its extension.
            output_format: csv, parquet, orc, avro or arrow. Default: the path's
                extension, or csv.
            **format_options: As for ``flatten_stream``.

        Returns:
            The file in a list, or the files by table name.

        Raises:
            UnsupportedFormatError: When the format is unknown; it is also a ``ValueError``.
            ConfigurationError: When the format does not have an option.
            OutputError: When a file cannot be written.
        """
        path = Path(path)
        if output_format is None:
            output_format = path.suffix.lower().lstrip(".") or "csv"
        logger.info("save started, entity=%s, format=%s, path=%s", self.entity_name, output_format, path)
        saved: list[str] | dict[str, str]
        if len(self._arrow) > 1:
            directory = path.with_suffix("") if path.suffix else path
            names = self._native.save_to(directory, output_format, format_options)
            files = [str(directory / name) for name in names]
            saved = dict(zip(self._arrow, files, strict=True))
        else:
            file = path if path.suffix else path.with_suffix(f".{output_format}")
            self._native.save_main(file, output_format, format_options)
            saved = [str(file)]
        logger.info("save completed, entity=%s, tables_written=%d", self.entity_name, len(saved))
        return saved

    def __repr__(self) -> str:
        """The tables and how many rows they have."""
        tables = ", ".join(f"{name}: {len(table)}" for name, table in self._arrow.items())
        return f"<transmog.FlattenResult {tables}>"

    def _of(self, name: str) -> list[JsonDict]:
        if name not in self._rows:
            self._rows[name] = self._arrow[name].to_pylist()
        return self._rows[name]


class WrittenFiles(list[Path]):
    """The files that ``flatten_stream`` wrote, and its summary."""

    summary: dict[str, Any]
    """Records, tables with their files and columns, the loss ledger."""

    def __init__(self, files: Iterable[Path], summary: dict[str, Any]) -> None:
        """Made by ``flatten_stream``."""
        super().__init__(files)
        self.summary = summary


class Batches(Iterator[tuple[str, RecordBatch]]):
    """Record batches of a run in progress, each with its table's name."""

    def __init__(self, native: _transmog.Batches) -> None:
        """Made by ``flatten_batches``."""
        self._native = native

    def __iter__(self) -> "Batches":
        """The batches that are left."""
        return self

    def __next__(self) -> tuple[str, RecordBatch]:
        """The next batch."""
        return next(self._native)

    @property
    def summary(self) -> dict[str, Any] | None:
        """The summary of the run; ``None`` before its end."""
        report = self._native._summary()
        return None if report is None else json.loads(report)


def flatten(
    data: Data,
    name: str = "data",
    config: TransmogConfig | None = None,
    progress_callback: ProgressCallback | None = None,
    **options: Any,
) -> FlattenResult:
    """Flattens nested records into tables in memory.

    Args:
        data: A dict, an iterable of dicts, the path of a file, a directory or a pattern
            (``"logs/*.jsonl.gz"``), a URL (``"s3://bucket/logs/*.jsonl.gz"``), a list of these, JSON text, bytes, plain or compressed, an
            object with a method ``read``, a data frame of pandas or Polars, or any other table
            with Arrow's method ``__arrow_c_stream__``.
        name: Name of the main table and prefix of the others.
        config: The options of the Python library.
        progress_callback: Called with the records done and their total, or ``None``, every
            ``config.batch_size`` records. An exception in it ends the run and is raised here.
        **options: The fields of ``config``, and:
            separator (``"_"``), names (``"exact"``, ``"case_insensitive"`` or ``"sql"``),
            root_field (``None``), index_field (``None``), source_field, line_field and byte_field
            (``None``: columns of the main table with the input of a record, and where it begins),
            recursive (``False``: the directories in a directory are left out),
            storage_options (a dict of options of the stores that URLs lead to, such as ``endpoint``;
            what is not given comes from the environment),
            records_path (``None``; a path such as ``"$.data.items"``), key_field (``"_key"``),
            encoding (``None``; a label such as ``"latin1"``), lenient (none; a list of
            ``"non_finite"``, ``"surrogates"``, ``"commas"``, ``"comments"``),
            threads (all cores), numbers (``"float64"`` or ``"exact"``),
            detect_types (``False``, ``True`` or a list of ``"date"``, ``"timestamp"``, ``"uuid"``),
            on_error (``"fail"``, or ``"skip"``), max_errors (``None``, a count, or a share
            such as 0.01 or ``"1%"``), strict (``False``, ``True`` or a list of kinds of loss),
            schema (``None`` or a ``Schema``), on_drift (``"evolve"``, ``"error"`` or ``"quarantine"``),
            allow_empty (``False``: standard input or a pipe that ends without a byte is an error),
            max_columns, max_tables, max_record_bytes, memory_limit (bytes).

            The rules by path: select, drop, json, parse, map, table, list and carry (a path such
            as ``"$.items[*].size"``, or a list of paths); rename, type and mask (a dict of a path to
            a name, to a type such as ``"int64"`` or ``"decimal(10,2)"``, and to ``"hmac"``,
            ``"null"`` or ``"redact"``), on_mismatch (``"reject"``, or ``"null"``: what becomes of a
            value that is not of the type of its rule), maps (``"off"``, or ``"auto"``: objects whose
            keys are data are found before the run; an iterator is an error then, because it can be
            read only once). key_field is also the column of the keys in the tables of maps.

    Returns:
        The tables.

    Raises:
        ValidationError: When the input cannot be read or flattened. Its attributes ``file``,
            ``record``, ``line``, ``column``, ``byte`` and ``path`` say where. It is also a
            ``FileNotFoundError``, ``PermissionError`` or ``TypeError`` if that is why.
        ConfigurationError: When options are wrong.
    """
    logger.info("flatten started, name=%s, input_type=%s", name, type(data).__name__)
    native = _transmog.flatten(
        data, name, _keywords(config, 1000, options), _progress(progress_callback, data)
    )
    result = FlattenResult(native)
    logger.info(
        "flatten completed, name=%s, main_records=%d, child_tables=%d",
        name,
        len(result._arrow[result.entity_name]),
        len(result._arrow) - 1,
    )
    return result


def flatten_stream(
    data: Data,
    output_path: str | PathLike[str],
    name: str = "data",
    output_format: str = "csv",
    config: TransmogConfig | None = None,
    progress_callback: ProgressCallback | None = None,
    **format_options: Any,
) -> WrittenFiles:
    """Flattens nested records to one file for each table, in one pass and bounded memory.

    All files appear when the run succeeds. Otherwise existing files stay as they were.

    Args:
        data: As for ``flatten``.
        output_path: The directory for the files; created if missing.
        name: Name of the main table and prefix of the others.
        output_format: csv, parquet, orc, avro or arrow.
        config: The options of the Python library.
        progress_callback: As for ``flatten``.
        **format_options: The options of ``flatten``; on_error also allows ``"quarantine"``,
            if_exists (``"overwrite"`` or ``"error"``), layout (``"file"``, or ``"dataset"``: a
            directory for each table), and those of the format:

            - csv: compression (``None``, gzip, zstd), delimiter, quotechar, include_header,
              formula_guard, schema_drift (accepted, has no effect; late columns are in the file)
            - parquet: compression (snappy, zstd, gzip, brotli, lz4, ``None``), row_group_size,
              encodings (``"default"``, or ``"compact"``: smaller, for newer readers)
            - orc: compression (zstd, snappy, zlib, lz4, ``None``), batch_size (also rows of a stripe)
            - avro: codec (snappy, deflate, zstd, bzip2, xz, ``"null"``), sync_interval (bytes)
            - arrow: compression (lz4, zstd, ``None``)

    Returns:
        The files, the main table's first, with the ``summary`` of the run.

    Raises:
        ValidationError: When the input cannot be read or flattened.
        OutputError: When a file cannot be written.
        ConfigurationError: When options are wrong.
    """
    directory = Path(output_path)
    logger.info(
        "flatten_stream started, name=%s, format=%s, output=%s", name, output_format, directory
    )
    keywords = _keywords(config, 100, format_options)
    if "batch_size" in format_options:
        # It is an option of the format, too.
        keywords["batch_size"] = format_options["batch_size"]
    report = _transmog.flatten_stream(
        data, directory, name, output_format.lower(), keywords, _progress(progress_callback, data)
    )
    summary = json.loads(report)
    files = (directory / table["file"] for table in summary["tables"])
    logger.info("flatten_stream completed, name=%s", name)
    return WrittenFiles(files, summary)


def flatten_batches(
    data: Data,
    name: str = "data",
    config: TransmogConfig | None = None,
    progress_callback: ProgressCallback | None = None,
    **options: Any,
) -> Batches:
    """Flattens nested records to Arrow record batches, one after another in bounded memory.

    A later batch of a table may have more columns and wider types than an earlier one.
    To get one schema for all batches, find it first::

        schema = tm.discover("large.jsonl")
        for table, batch in tm.flatten_batches("large.jsonl", schema=schema):
            ...

    Args:
        data: As for ``flatten``.
        name: Name of the main table and prefix of the others.
        config: The options of the Python library.
        progress_callback: As for ``flatten``.
        **options: As for ``flatten``.

    Returns:
        An iterator of table names and batches; it has a ``summary`` after the end.

    Raises:
        ValidationError: When the input cannot be read or flattened.
        ConfigurationError: When options are wrong.
    """
    keywords = _keywords(config, 1000, options)
    native = _transmog.flatten_batches(data, name, keywords, _progress(progress_callback, data))
    return Batches(native)


def discover(
    data: Data, name: str = "data", config: TransmogConfig | None = None, **options: Any
) -> Schema:
    """Finds the exact schema of the tables, without writing data.

    Args:
        data: As for ``flatten``.
        name: Name of the main table and prefix of the others.
        config: The options of the Python library.
        **options: As for ``flatten``, but maps is ``"auto"`` unless the data are records that can be
            read only once. A run with the schema makes its maps.

    Returns:
        The schema, for ``flatten_stream(..., schema=...)`` or to keep as JSON.

    Raises:
        ValidationError: When the input cannot be read or flattened.
        ConfigurationError: When options are wrong.
    """
    return _transmog.discover(data, name, _keywords(config, 1000, options))


def _keywords(
    config: TransmogConfig | None, batch_size: int, options: dict[str, Any]
) -> dict[str, Any]:
    """All options of a run by name."""
    given = config or TransmogConfig(batch_size=batch_size)
    keywords = {field.name: getattr(given, field.name) for field in dataclasses.fields(given)}
    keywords.update(options)
    keywords["callback_size"] = keywords.pop("batch_size")
    mode = keywords["array_mode"]
    keywords["array_mode"] = getattr(mode, "value", mode)
    return keywords


def _progress(
    callback: ProgressCallback | None, data: Data
) -> Callable[[int, int, int | None], None] | None:
    """Wraps the callback for the engine, and calls it once for each number of records."""
    if callback is None:
        return None
    total = _total(data)
    done = 0

    def report(records: int, _bytes: int, _total_bytes: int | None) -> None:
        nonlocal done
        if records != done:
            done = records
            callback(records, total)

    return report


def _total(data: Data) -> int | None:
    """Number of records, if it is known without reading."""
    if isinstance(data, dict):
        return 1
    if isinstance(data, list):
        is_paths = any(isinstance(item, str | PathLike) for item in data[:1])
        return None if is_paths else len(data)
    if type(data).__name__ == "DataFrame" and isinstance(data, Sized):
        return len(data)
    rows: int | None = getattr(data, "num_rows", None)
    return rows


__all__ = [
    "flatten",
    "flatten_stream",
    "flatten_batches",
    "discover",
    "FlattenResult",
    "WrittenFiles",
    "Batches",
    "TransmogConfig",
]
