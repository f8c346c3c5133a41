"""What can go wrong."""


class TransmogError(Exception):
    """Any error of this package."""


class ValidationError(TransmogError):
    """The input cannot be read or taken; the message says where and why."""


class MissingDependencyError(TransmogError):
    """Something optional is not installed. Nothing is optional here, so it is never raised."""


class ConfigurationError(TransmogError):
    """Options are wrong or contradict each other."""


class OutputError(TransmogError):
    """The output cannot be written. What was there before is as it was."""


class UnsupportedFormatError(ConfigurationError, ValueError):
    """A format that files cannot have."""


__all__ = [
    "TransmogError",
    "ValidationError",
    "MissingDependencyError",
    "ConfigurationError",
    "UnsupportedFormatError",
    "OutputError",
]
