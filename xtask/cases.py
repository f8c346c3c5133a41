"""The cases of `fixtures/cases` as calls of the command line."""

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
    "records_path": "--records-path",
    "encoding": "--encoding",
    "on_error": "--on-error",
    "max_errors": "--max-errors",
    "max_record_bytes": "--max-record-bytes",
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
        elif key == "strict":
            out.append("--strict=" + ",".join(value))
        elif key in SWITCHES:
            out += [SWITCHES[key]] if value else []
        elif key in FLAGS:
            out += [FLAGS[key], str(value)]
        elif key != "extension":
            raise Wrong(f"no flag for the option {key}")
    return out
