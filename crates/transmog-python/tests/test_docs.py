"""The examples of the documentation run."""

import doctest
import re
from pathlib import Path

import pytest

import transmog

PACKAGE = Path(__file__).parents[1]
PAGES = [PACKAGE / "README.md", PACKAGE.parents[1] / "docs/src/python.md"]
# A comment before a block says why it is not run.
BLOCK = re.compile(r"(<!-- not run: [^\n]*-->\n)?```python\n(.*?)```", re.DOTALL)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_page(page, tmp_path, monkeypatch, jsonl):
    monkeypatch.chdir(tmp_path)
    Path("orders.jsonl").write_bytes(jsonl.read_bytes())
    names = {}
    blocks = BLOCK.findall(page.read_text(encoding="utf-8"))
    assert blocks
    for reason, code in blocks:
        if not reason:
            exec(compile(code, page.name, "exec"), names)


def test_the_package_itself():
    assert doctest.testmod(transmog).attempted > 0
    assert doctest.testmod(transmog).failed == 0
