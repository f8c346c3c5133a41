"""The exceptions."""


class TransmogError(Exception):
    """Any error of this package."""


class ValidationError(TransmogError):
    """The input cannot be read or flattened; the message says where and why."""


class MissingDependencyError(TransmogError):
    """Never raised, because this package has no optional dependencies."""


class ConfigurationError(TransmogError):
    """An option is wrong, or options conflict."""


class OutputError(TransmogError):
    """The output cannot be written. Existing files are unchanged."""


class UnsupportedFormatError(ConfigurationError, ValueError):
    """The file format is not supported."""


__all__ = [
    "TransmogError",
    "ValidationError",
    "MissingDependencyError",
    "ConfigurationError",
    "UnsupportedFormatError",
    "OutputError",
]
