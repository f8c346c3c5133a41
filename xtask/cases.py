"""The cases of `fixtures/cases` as calls of the command line."""

import os

FLAGS = {
    "name": "--name",
    "array_mode": "--array-mode",
    "separator": "--separator",
    "names": "--names",
    "id_field": "--id-field",
    "key_field": "--key-field",
    "parent_field": "--parent-field",
    "root_field": "--root-field",
    "index_field": "--index-field",
    "source_field": "--source-field",
    "line_field": "--line-field",
    "byte_field": "--byte-field",
    "time_field": "--time-field",
    "max_depth": "--max-depth",
    "numbers": "--numbers",
    "seed": "--seed",
    "id_type": "--id-type",
    "records_path": "--records-path",
    "encoding": "--encoding",
    "on_error": "--on-error",
    "max_errors": "--max-errors",
    "max_record_bytes": "--max-record-bytes",
    "on_mismatch": "--on-mismatch",
}
SWITCHES = {"include_nulls": "--include-nulls", "stringify": "--stringify"}


class Wrong(Exception):
    pass


def arguments(options):
    out = []
    if "time_field" not in options:
        out.append("--no-time-field")
    for key, value in options.items():
        if key == "id":
            out += ["--id", value if isinstance(value, str) else ",".join(value)]
        elif key == "lenient":
            out += ["--lenient", ",".join(value)]
        elif key == "detect_types":
            out.append("--detect-types=" + ",".join(value))
        elif key == "strict":
            out.append("--strict=" + ",".join(value))
        elif key in SWITCHES:
            out += [SWITCHES[key]] if value else []
        elif key in FLAGS:
            out += [FLAGS[key], str(value)]
        elif key == "rules":
            for rule in value:
                kind, rest = rule.split(" ", 1)
                # `--json` of `transmog schema` is a file.
                flag = "json-text" if kind == "json" else kind
                out += [f"--{flag}", rest]
        elif key not in ("extension", "mask_key"):
            raise Wrong(f"no flag for the option {key}")
    return out


def environment(options):
    """The environment of the call, with the key of rules that mask values."""
    key = options.get("mask_key")
    plain = {name: value for name, value in os.environ.items() if name != "TRANSMOG_MASK_KEY"}
    return plain if key is None else {**plain, "TRANSMOG_MASK_KEY": key}
