"""What the tests share."""

import json
from pathlib import Path

import pytest

RECORDS = [
    {"id": 1, "name": "Acme", "tags": ["a", "b"], "teams": [{"name": "R&D", "size": 7}]},
    {"id": 2, "name": "Böhm", "address": {"city": "Ulm"}, "teams": [{"name": "Ops"}, {"size": 2}]},
    {"id": 3},
]


@pytest.fixture
def records() -> list[dict]:
    """Some nested records."""
    return json.loads(json.dumps(RECORDS))


@pytest.fixture
def jsonl(tmp_path: Path) -> Path:
    """The same as a file of lines."""
    path = tmp_path / "records.jsonl"
    path.write_text("".join(json.dumps(record) + "\n" for record in RECORDS), encoding="utf-8")
    return path
