"""The configuration."""

from dataclasses import dataclass

from transmog.exceptions import ConfigurationError
from transmog.types import ArrayMode


@dataclass
class TransmogConfig:
    """The options of the Python library. All others are keyword arguments of the functions.

    Raises:
        ConfigurationError: When a value is not allowed, or two columns would have
            the same name.
    """

    array_mode: ArrayMode = ArrayMode.SMART
    """What arrays become."""

    include_nulls: bool = False
    """Whether nulls and empty strings are kept apart."""

    stringify_values: bool = False
    """Whether every leaf becomes text."""

    max_depth: int = 100
    """Deepest level that is flattened; deeper values are kept as JSON text."""

    id_generation: str | list[str] = "random"
    """How rows get their ids: random, sequence, hash, natural, or the fields to hash."""

    id_field: str = "_id"
    """Name of the id column."""

    parent_field: str = "_parent_id"
    """Name of the column with the id of the parent row."""

    time_field: str | None = "_timestamp"
    """Name of the column with the start of the run; ``None`` leaves it out."""

    batch_size: int = 1000
    """Records between two calls of the progress callback."""

    def __post_init__(self) -> None:
        """Checks the values."""
        for option in ("batch_size", "max_depth"):
            value = getattr(self, option)
            if isinstance(value, bool) or not isinstance(value, int) or value < 1:
                raise ConfigurationError(f"{option} must be at least 1, got {value!r}")
        for option in ("include_nulls", "stringify_values"):
            value = getattr(self, option)
            if not isinstance(value, bool):
                raise ConfigurationError(f"{option} must be a boolean, got {type(value).__name__}")
        _check_id_generation(self.id_generation)
        names = [self.id_field, self.parent_field, self.time_field]
        given = [name for name in names if name]
        if len(given) != len(set(given)):
            raise ConfigurationError(
                "id_field, parent_field and time_field must differ, got "
                f"{self.id_field!r}, {self.parent_field!r} and {self.time_field!r}"
            )


def _check_id_generation(value: object) -> None:
    if isinstance(value, str):
        if value not in ("random", "sequence", "natural", "hash"):
            raise ConfigurationError(
                "id_generation must be random, sequence, natural, hash or a list of fields, "
                f"got {value!r}"
            )
    elif isinstance(value, list):
        if not value or not all(isinstance(field, str) for field in value):
            raise ConfigurationError("id_generation must be a list of field names, with at least one")
    else:
        raise ConfigurationError(
            f"id_generation must be a string or a list, got {type(value).__name__}"
        )


__all__ = ["TransmogConfig"]
