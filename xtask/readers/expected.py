"""What a reader must find in the file of a case. It uses only the standard library,
because it runs in the environment of every reader."""

import datetime
import decimal
import json
import re
import unicodedata
import uuid
from collections import namedtuple


class Wrong(Exception):
    """A file that does not hold what it must."""


Read = namedtuple("Read", "names types rows")
"""What a reader found: column names, their types as cases name them (none where the
reader has no types), and the rows."""


EPOCH = datetime.datetime(1970, 1, 1)
SECOND = 1_000_000_000
TIMES = ("timestamp", "timestamp(ns)", "local_timestamp", "local_timestamp(ns)")


class Time:
    """A time in nanoseconds since 1970, equal to what readers return for it."""

    def __init__(self, nanos):
        self.nanos = nanos

    @classmethod
    def of_text(cls, text):
        """A timestamp of RFC 3339; one without a zone is in UTC."""
        second, fraction, zone = re.fullmatch(r"(.{19})(?:\.([0-9]{1,9}))?(.*)", text).groups()
        at = datetime.datetime.fromisoformat(second.upper()) - EPOCH
        nanos = (at.days * 86_400 + at.seconds) * SECOND + int((fraction or "0").ljust(9, "0"))
        offset = re.fullmatch(r"([+-])([0-9]{2}):([0-9]{2})", zone)
        if offset:
            sign, hours, minutes = offset.groups()
            nanos -= int(sign + "1") * (int(hours) * 60 + int(minutes)) * 60 * SECOND
        return cls(nanos)

    @classmethod
    def of_day(cls, day):
        return cls((day - EPOCH.date()).days * 86_400 * SECOND)

    def __eq__(self, other):
        if isinstance(other, datetime.datetime):
            is_aware = other.tzinfo is not None
            # A method of datetime that pandas's class does not have.
            plain = datetime.datetime(
                other.year, other.month, other.day, other.hour, other.minute, other.second, other.microsecond
            )
            at = plain - EPOCH - (other.utcoffset() if is_aware else datetime.timedelta())
            micros = (at.days * 86_400 + at.seconds) * 1_000_000 + at.microseconds
            return self.nanos == micros * 1000 + getattr(other, "nanosecond", 0)
        return self.nanos == other

    def __repr__(self):
        return f"Time({self.nanos})"


class Uuid:
    """A UUID that is equal to its bytes, its text in lower case, and Python's UUID."""

    def __init__(self, text):
        self.value = uuid.UUID(text)

    def __eq__(self, other):
        return other in (self.value, self.value.bytes, str(self.value))

    def __repr__(self):
        return repr(self.value)


def float_text(value):
    """ECMAScript's Number::toString, as RFC 8785 has it."""
    if value == int(value) and abs(value) < 1e21:
        return str(int(value))
    text = repr(value)
    exponent = decimal.Decimal(text).adjusted()
    if -7 < exponent < 21:
        return format(decimal.Decimal(text), "f")
    mantissa, exponent = format(decimal.Decimal(text), "e").split("e")
    if "." in mantissa:
        mantissa = mantissa.rstrip("0").rstrip(".")
    return f"{mantissa}e{int(exponent):+d}"


def decimal_text(value):
    """Its digits without zeros at the end; below 0.000001 with an exponent."""
    with decimal.localcontext(prec=80):
        value = value.normalize()
    if value == 0:
        return "0"
    if value.adjusted() >= -6:
        return format(value, "f")
    mantissa, exponent = format(value, "e").split("e")
    return f"{mantissa}e{int(exponent)}"


def json_text(value):
    if isinstance(value, list):
        return "[" + ",".join(map(json_text, value)) + "]"
    if isinstance(value, float):
        return float_text(value)
    if isinstance(value, decimal.Decimal):
        return decimal_text(value)
    return json.dumps(value, ensure_ascii=False)


def text(value):
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, datetime.datetime):
        return value.strftime("%Y-%m-%d %H:%M:%S.%f")
    return json_text(value)


# Code points that show nothing and are neither white space, controls nor of the category Cf.
IGNORED = {0x34F, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x2065, 0x3164, 0xFFA0}
IGNORED |= {*range(0x180B, 0x1810), *range(0xFE00, 0xFE10), *range(0xFFF0, 0xFFF9), *range(0xE0000, 0xE1000)}
# Of the category Cf, these show something.
SHOWN = {*range(0x600, 0x606), 0x6DD, 0x70F, 0x890, 0x891, 0x8E2, 0x110BD, 0x110CD, *range(0x13430, 0x13440)}


def is_blank(character):
    """Whether a character shows nothing; by another way than that of the writer."""
    at = ord(character)
    category = unicodedata.category(character)
    return character.isspace() or category == "Cc" or at in IGNORED or (category == "Cf" and at not in SHOWN)


def guarded(cell):
    is_number = re.fullmatch(r"[+-]?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?", cell)
    begins = next((c for c in cell if c in "\t\r" or not is_blank(c)), "")
    # Forms of a character have it in their compatibility decomposition; U+2212 is the minus sign.
    form = unicodedata.normalize("NFKC", begins)[:1]
    is_formula = begins and (begins in "\t\r" or form in "=+-@\u2212")
    return "'" + cell if is_formula and not is_number else cell


def is_generated(cell):
    """Whether the case leaves the cell open: an id, or the time of the run."""
    return isinstance(cell, dict) or cell == "<time>"


def value_of(cell, column_type):
    """The Python value of a cell of a case, in a file that has the type."""
    if cell is None or (isinstance(cell, dict) and "id" in cell) or cell == "<time>":
        return cell
    if column_type.startswith("list<"):
        return [value_of(item, column_type[5:-1]) for item in cell]
    if column_type == "int64":
        return int(cell)
    if column_type == "float64":
        return float(cell)
    if column_type.startswith("decimal("):
        return decimal.Decimal(cell["decimal"])
    if column_type == "date":
        return datetime.date.fromisoformat(cell)
    if column_type in TIMES:
        return Time.of_text(cell)
    if column_type == "uuid":
        return Uuid(cell)
    return cell


def element_of(column_type):
    """The type of the values, or of the elements of lists."""
    return column_type.removeprefix("list<").rstrip(">")


def is_of_text(column_type):
    """Whether cells of the type are the text in the input, of which the type is made."""
    return element_of(column_type) in ("date", "uuid", *TIMES)


def is_beyond_nanos(expected):
    """Whether tables have dates or times that 64 bits of nanoseconds do not reach."""
    for table in expected.values():
        for at, column in enumerate(table["columns"]):
            for cell in (row[at] for row in table["rows"]):
                of = element_of(column["type"])
                if cell is None or cell == "<time>" or of not in ("date", *TIMES):
                    continue
                for item in cell if isinstance(cell, list) else [cell]:
                    value = value_of(item, of)
                    value = Time.of_day(value) if of == "date" and value else value
                    if value and not -(2**63) <= value.nanos < 2**63:
                        return True
    return False


def stored_type(output_format, column_type):
    """The type that a format has for a type of the contract."""
    is_absent = column_type.startswith(("list<", "decimal(", "uuid"))
    if output_format == "csv" or (output_format == "orc" and is_absent):
        return "text"
    if column_type == "json" and output_format not in ("parquet", "arrow"):
        return "text"
    if output_format == "orc" and column_type in TIMES:
        return "timestamp"
    return column_type


def stored_value(output_format, column_type, value):
    """The value in a file of the format."""
    if value is None:
        return None
    if output_format == "csv":
        return guarded(text(value)) if column_type == "text" else text(value)
    if output_format == "orc" and stored_type(output_format, column_type) == "text":
        return text(value)
    return value


class Parsed:
    """JSON text that is equal to what it says."""

    def __init__(self, text):
        self.value = json.loads(text)

    def __eq__(self, other):
        return self.value == other

    def __repr__(self):
        return repr(self.value)


class Matching:
    """Compares cells; generated ids are what the id column of their row holds."""

    def __init__(self, tables):
        self.tables = tables
        self.ids = {}

    def cell(self, wanted, given):
        if wanted == "<time>":
            now = datetime.datetime.now(datetime.timezone.utc)
            if isinstance(given, str):
                given = datetime.datetime.strptime(given, "%Y-%m-%d %H:%M:%S.%f")
            if given.tzinfo is None:
                given = given.replace(tzinfo=datetime.timezone.utc)
            return abs(now - given) < datetime.timedelta(hours=1)
        if isinstance(wanted, (Parsed, Time, Uuid)):
            return wanted == given
        if isinstance(wanted, list) and any(isinstance(item, (Time, Uuid)) for item in wanted):
            return wanted == given
        if isinstance(wanted, dict):
            table, row = wanted["id"].rsplit("/", 1)
            is_id = given == self.tables[table][int(row)][0]
            return is_id and self.ids.setdefault(given, wanted["id"]) == wanted["id"]
        return type(wanted) is type(given) and repr(wanted) == repr(given)


def plain_type(column_type, _output_format):
    """Some readers have a type for JSON; all have its text."""
    return "text" if column_type == "json" else column_type


def type_without(absent):
    """How a reader shows types that has others for those of `absent`."""

    def sees_type(column_type, output_format):
        element = element_of(column_type)
        if element in absent:
            return column_type.replace(element, absent[element])
        return plain_type(column_type, output_format)

    return sees_type


def compare(output_format, expected, names, found, sees=lambda value, _: value, sees_type=plain_type):
    """Compares what a reader found in all tables of a case with the expected tables.

    `names` are the names in the report and in the files; `sees` and `sees_type` return
    how the reader shows a value and a type.
    """
    matching = Matching({name: read.rows for name, read in found.items()})
    for name, table in expected.items():
        read, columns = found[name], table["columns"]
        if read.names != names[name]:
            raise Wrong(f"{name}: columns {read.names}, expected {names[name]}")
        types = [stored_type(output_format, column["type"]) for column in columns]
        if read.types is not None:
            wanted = [sees_type(of, output_format) for of in types]
            if wanted != read.types:
                raise Wrong(f"{name}: types {read.types}, expected {wanted}")
        if len(read.rows) != len(table["rows"]):
            raise Wrong(f"{name}: {len(read.rows)} rows, expected {len(table['rows'])}")
        for at, (wanted, given) in enumerate(zip(table["rows"], read.rows)):
            if len(wanted) != len(given):
                raise Wrong(f"{name}: row {at} has {len(given)} cells")
            for cell, value, column, stored in zip(wanted, given, columns, types):
                is_text = stored == "text" and is_of_text(column["type"])
                cell = cell if is_text else value_of(cell, column["type"])
                if not is_generated(cell):
                    cell = sees(stored_value(output_format, column["type"], cell), stored)
                if not matching.cell(cell, value):
                    place = f"{name}: row {at}, {column['name']!r}"
                    raise Wrong(f"{place}: {value!r}, expected {cell!r}")
