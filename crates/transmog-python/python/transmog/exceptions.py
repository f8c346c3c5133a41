"""The exceptions."""


class TransmogError(Exception):
    """Any error of this package. If it is about the input, it says where; ``None`` is unknown."""

    file: str | None = None
    """Name of the input: a path, or a substitute such as ``<values>``."""

    record: int | None = None
    """Number of the record in the run, from 1."""

    line: int | None = None
    """Line in the file, from 1."""

    column: int | None = None
    """Column in the line, in bytes, from 1."""

    byte: int | None = None
    """Offset in the (decompressed) file, in bytes from 0."""

    path: str | None = None
    """JSONPath of the value in the record."""

    def __str__(self) -> str:
        """The message; ``OSError`` would take its parts apart."""
        return str(self.args[0]) if self.args else ""


class ValidationError(TransmogError):
    """The input cannot be read or flattened; the message says where and why."""


class InputNotFoundError(ValidationError, FileNotFoundError):
    """An input does not exist, or a pattern matches nothing."""


class InputPermissionError(ValidationError, PermissionError):
    """An input must not be read."""


class InputTypeError(ValidationError, TypeError):
    """The data is of a type that is not an input."""


class MissingDependencyError(TransmogError):
    """Never raised, because this package has no optional dependencies."""


class ConfigurationError(TransmogError):
    """An option is wrong, or options conflict."""


class OutputError(TransmogError):
    """The output cannot be written. Existing files are unchanged."""


class OutputPermissionError(OutputError, PermissionError):
    """The output must not be written."""


class UnsupportedFormatError(ConfigurationError, ValueError):
    """The file format is not supported."""


__all__ = [
    "TransmogError",
    "ValidationError",
    "InputNotFoundError",
    "InputPermissionError",
    "InputTypeError",
    "MissingDependencyError",
    "ConfigurationError",
    "UnsupportedFormatError",
    "OutputError",
    "OutputPermissionError",
]
