"""Nested JSON and JSONL in, related tables out.

    >>> import transmog as tm
    >>> result = tm.flatten({"name": "Acme", "teams": [{"name": "R&D"}, {"name": "Ops"}]})
    >>> result.main[0]["name"]
    'Acme'
    >>> [team["name"] for team in result.tables["data_teams"]]
    ['R&D', 'Ops']

``flatten_stream`` writes input of any size to files, in one pass and bounded memory::

    tm.flatten_stream("large.jsonl", "output/", output_format="parquet")
"""

import logging

from transmog._transmog import RecordBatch, Schema, Table, __version__
from transmog.api import (
    Batches,
    FlattenResult,
    WrittenFiles,
    discover,
    flatten,
    flatten_batches,
    flatten_stream,
)
from transmog.config import TransmogConfig
from transmog.exceptions import (
    ConfigurationError,
    InputNotFoundError,
    InputPermissionError,
    InputTypeError,
    MissingDependencyError,
    OutputError,
    OutputPermissionError,
    TransmogError,
    ValidationError,
)
from transmog.types import ArrayMode

logging.getLogger(__name__).addHandler(logging.NullHandler())

__all__ = [
    "flatten",
    "flatten_stream",
    "flatten_batches",
    "discover",
    "FlattenResult",
    "WrittenFiles",
    "Batches",
    "Table",
    "RecordBatch",
    "Schema",
    "TransmogConfig",
    "ArrayMode",
    "TransmogError",
    "ValidationError",
    "InputNotFoundError",
    "InputPermissionError",
    "InputTypeError",
    "MissingDependencyError",
    "ConfigurationError",
    "OutputError",
    "OutputPermissionError",
    "__version__",
]
