"""Checks the page of `transmog report` in Chromium.

Usage: check.py [--fix] [--screenshots DIRECTORY] [--template FILE] [REPORT.html ...]

The arguments are finished reports. With --template, more reports are made from that template: an
ordinary one, a hostile one, one with many tables, one with many columns, an empty one. With --fix, the
hashes of the content security policy are updated in all these files before the checks, which needs
neither Playwright nor Chromium. Exits with 1 if a check fails.
"""

import argparse
import base64
import hashlib
import json
import os
import pathlib
import re
import shutil
import sys
import tempfile
import time

PLACEHOLDER = "/*DATA*/"
POLICY = re.compile(r'(<meta http-equiv="Content-Security-Policy" content=")([^"]*)(">)')
SINKS = re.compile(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function|DOMParser|srcdoc")
SEARCH_ROWS = 1000
passed, failed = 0, 0


def check(report, what, problem):
    """Counts and prints a check; `problem` is None, or says what is wrong."""
    global passed, failed
    if problem:
        failed += 1
        print(f"FAIL  {report}: {what}: {str(problem)[:600]}", flush=True)
    else:
        passed += 1
        print(f"ok    {report}: {what}", flush=True)


def differ(seen, wanted):
    """Where two lists part, or None."""
    for at, (one, other) in enumerate(zip(seen, wanted)):
        if one != other:
            return f"item {at} is {one!r:.250}, expected {other!r:.250}"
    return None if len(seen) == len(wanted) else f"{len(seen)} items, expected {len(wanted)}"


# The file as it is


def policy(page):
    """The policy that fits the page's one style and one script."""
    def digest(pattern):
        texts = re.findall(pattern, page, re.S)
        if len(texts) != 1:
            sys.exit(f"check.py: expected one match of {pattern}, found {len(texts)}")
        return base64.b64encode(hashlib.sha256(texts[0].encode()).digest()).decode()

    return (
        f"default-src 'none'; style-src 'sha256-{digest('<style>(.*?)</style>')}'; "
        f"script-src 'sha256-{digest('<script>(.*?)</script>')}'; "
        "img-src data:; base-uri 'none'; form-action 'none'"
    )


def read(path):
    return path.read_bytes().decode()


def fix(path):
    page = read(path)
    path.write_bytes(POLICY.sub(lambda tag: tag[1] + policy(page) + tag[3], page, count=1).encode())


def check_text(report, page):
    found = POLICY.search(page)
    hashes = None if found and found[2] == policy(page) else "they do not; `check.py --fix` updates them"
    check(report, "the policy's hashes match", hashes)
    own = re.sub(r'(<script type="application/json" id="data">).*?(</script>)', r"\1\2", page, count=1, flags=re.S)
    check(report, "no style attributes", re.search(r"<[^>]*\sstyle=", own))
    check(report, "no handler attributes", re.search(r"<\w[^>]*\son\w+=", own))
    check(report, "no way from text to elements", SINKS.search(own))
    check(report, "no addresses elsewhere", re.search(r"(?:src|href|url)\s*[=(]\s*[\"']?(?:https?:)?//", own))


# Reports of our own


def statistics(rows, **changes):
    return {
        "nulls": 0, "distinct": rows, "distinct_is_exact": True, "min": None, "max": None,
        "examples": [], "common": [], "histogram": None, **changes,
    }


def column(name, type_, path, role="data", **changes):
    made = {"ids": changes.get("ids", "random")} if role == "id" else {}
    return {"name": name, "role": role, "type": type_, "path": path, "statistics": changes.get("statistics"), **made}


def table(name, path, rows, columns, parent=None, file=None, size=None):
    keys = [column("_id", "text", None, "id")]
    if parent is not None:
        keys.append(column("_parent_id", "text", None, "parent"))
    columns = keys + columns + [column("_timestamp", "timestamp", None, "time")]
    return {
        "name": name, "path": path, "rows": rows, "parent": parent, "file": file, "bytes": size, "columns": columns,
    }


def report(title, tables, **changes):
    return {
        "version": 1, "title": title, "program": "transmog 0.1.0", "generated": "2026-11-25 08:52:00 UTC",
        "inputs": [f"{title}.jsonl"], "sample": None, "elapsed_ms": 3240, "tables": tables,
        "records": {"read": 0, "accepted": 0, "rejected": 0}, "maps": [], "ledger": [], "rejections": [], **changes,
    }


def ordinary():
    n = 1_204_311
    m = 3_611_870
    bell = [3, 41, 380, 2210, 9120, 26400, 61900, 118300, 171200, 196000, 178100, 130200, 71500, 28100, 7900, 1057]
    slope = [920000, 181000, 61000, 24000, 9800, 4700, 2100, 900, 410, 220, 110, 50, 14, 5, 1, 1]
    orders = [
        column("order_id", "int64", "$.order_id", statistics=statistics(
            n, min="100000001", max="101204311", examples=["100000001", "100000002", "100000003"],
            histogram={"min": 100000001, "max": 101204311, "counts": [n // 16] * 16})),
        column("created_at", "text", "$.created_at", statistics=statistics(
            n, would_be="timestamp", distinct=1_180_220, distinct_is_exact=False, min="2024-01-01T00:00:09Z", max="2025-12-31T23:59:51Z",
            examples=["2024-01-01T00:00:09Z", "2024-06-17T11:02:44Z"])),
        column("status", "text", "$.status", statistics=statistics(
            n, distinct=5, min="cancelled", max="shipped", examples=["shipped", "paid", "open"],
            common=[["shipped", 702114], ["paid", 301200], ["open", 120997], ["returned", 50000], ["cancelled", 30000]])),
        column("total", "float64", "$.total", statistics=statistics(
            n, distinct=84_200, distinct_is_exact=False, nulls=150_539, min="0.5", max="9871.25",
            examples=["49.99", "12.5", "7.0"], histogram={"min": 0.5, "max": 9871.25, "counts": slope})),
        column("currency", "text", "$.currency", statistics=statistics(
            n, distinct=3, min="CHF", max="USD", examples=["EUR"], common=[["EUR", 1100000], ["USD", 94311], ["CHF", 10000]])),
        column("customer_id", "int64", "$.customer.id", statistics=statistics(
            n, distinct=212_008, distinct_is_exact=False, min="1", max="412998", examples=["77", "4102"],
            histogram={"min": 1, "max": 412998, "counts": bell})),
        column("customer_name", "text", "$.customer.name", statistics=statistics(
            n, nulls=12, distinct=180_400, distinct_is_exact=False, min="Aaliyah Abbott", max="Zoë Zimmermann",
            examples=["Maria Schmidt", "José Núñez", "田中 太郎"])),
        column("customer_vip", "boolean", "$.customer.vip", statistics=statistics(
            n, nulls=n - 40, distinct=1, min="true", max="true", examples=["true"], common=[["true", 40]])),
        column("customer_address_geo_lat", "float64", "$.customer.address.geo.lat", statistics=statistics(
            n, nulls=602_155, distinct=51_000, distinct_is_exact=False, min="-54.8019", max="78.2232",
            examples=["52.52", "48.1371"], histogram={"min": -54.8019, "max": 78.2232, "counts": bell[::-1]})),
        column("customer_address_street_with_a_rather_long_name", "text", "$.customer.address['street with a rather long name']",
               statistics=statistics(n, nulls=602_155, distinct=98_100, distinct_is_exact=False, min="1 Abbey Road",
                                     max="Żurawia 12", examples=["Torstraße 118, Hinterhaus, dritter Stock, bei Schmidt-Müller", "1 Abbey Road"])),
        column("tags", "list<text>", "$.tags", statistics=statistics(
            n, nulls=81, distinct=1_310, distinct_is_exact=False, examples=['["new","gift"]', '["sale"]', "[]"])),
        column("account", "decimal(38,0)", "$.account", statistics=statistics(
            n, nulls=n, distinct=0)),
        column("notes", "text", "$.notes"),
    ]
    items = [
        column("sku", "text", "$.items[*].sku", statistics=statistics(
            m, distinct=8_412, distinct_is_exact=False, min="A-0001", max="Z-9999", examples=["B-1022", "K-0817"])),
        column("qty", "int64", "$.items[*].qty", statistics=statistics(
            m, distinct=9, min="1", max="9", examples=["1", "2", "3"], common=[["1", 2600000], ["2", 700000], ["3", 200000], ["4", 81870], ["5", 20000]],
            histogram={"min": 1, "max": 9, "counts": [2600000, 0, 700000, 0, 200000, 0, 81870, 0, 20000, 0, 6000, 0, 3000, 0, 900, 100]})),
        column("price", "float64", "$.items[*].price", statistics=statistics(
            m, distinct=5_400, distinct_is_exact=False, min="0.01", max="2499.0", examples=["9.99"],
            histogram={"min": 0.01, "max": 2499.0, "counts": slope})),
        column("attrs_color", "text", "$.items[*].attrs.color", statistics=statistics(
            m, nulls=1_805_935, distinct=4, min="black", max="white", examples=["black"],
            common=[["black", 900000], ["white", 700000], ["red", 200000], ["blue", 5935]])),
    ]
    tables = [
        table("orders", "$", n, orders, file="orders.parquet", size=148_211_904),
        table("orders_items", "$.items[*]", m, items, "orders", "orders_items.parquet", 202_774_120),
        table("orders_items_discounts", "$.items[*].discounts[*]", 410_022, [
            column("code", "text", "$.items[*].discounts[*].code", statistics=statistics(410_022, distinct=31, examples=["SUMMER", "VIP10"], min="AUTUMN", max="XMAS", common=[["SUMMER", 210000], ["VIP10", 90100], ["XMAS", 44000], ["SPRING", 30001], ["AUTUMN", 9000]])),
            column("percent", "int64", "$.items[*].discounts[*].percent", statistics=statistics(410_022, distinct=40, min="1", max="70", examples=["10", "20"], histogram={"min": 1, "max": 70, "counts": bell})),
        ], "orders_items", "orders_items_discounts.parquet", 9_411_200),
        table("orders_payments", "$.payments[*]", 1_310_774, [
            column("method", "text", "$.payments[*].method", statistics=statistics(1_310_774, distinct=3, examples=["card"], common=[["card", 1000000], ["invoice", 300000], ["cash", 10774]])),
            column("amount", "float64", "$.payments[*].amount", statistics=statistics(1_310_774, distinct=90_000, distinct_is_exact=False, min="0.5", max="9871.25", examples=["49.99"], histogram={"min": 0.5, "max": 9871.25, "counts": slope})),
        ], "orders", "orders_payments.parquet", 31_900_123),
        table("orders_events", "$.events[*]", 5_003_118, [
            column("type", "text", "$.events[*].type", statistics=statistics(5_003_118, distinct=12, examples=["created"], common=[["created", 1204311], ["paid", 1100000]])),
            column("at", "text", "$.events[*].at", statistics=statistics(5_003_118, distinct=4_900_000, distinct_is_exact=False, min="2024-01-01T00:00:09Z", max="2026-01-04T10:00:00Z", examples=["2024-01-01T00:00:09Z"])),
        ], "orders", "orders_events.parquet", 88_122_001),
    ]
    first = {"file": "orders.jsonl", "record": 1042, "line": 1042, "byte": 311_882}
    losses = [
        ("null", "$.customer.vip", 40_112, None, first), ("empty_string", "$.notes", 8_113, None, first),
        ("empty_array", "$.items[*].discounts", 3_201_848, None, {**first, "line": None}),
        ("duplicate_key", "$.customer.id", 3, None, {**first, "byte": None}),
        ("column_renamed", "$['customer_id']", 1, "customer_id is customer_id__2", None),
        ("joined_to_text", "$.zip", 1, None, first), ("a_kind_of_tomorrow", "$.x", 1, None, None),
    ]
    return report(
        "orders", tables, inputs=["orders-2024.jsonl.zst", "orders-2025.jsonl.zst"], sample=1_204_453, elapsed_ms=7_812,
        records={"read": 1_204_453, "accepted": n, "rejected": 142},
        ledger=[dict(zip(("kind", "path", "count", "detail", "first"), loss)) for loss in losses],
        rejections=[{"file": "orders-2024.jsonl.zst", "record": 1000 + at, "line": 1000 + at if at % 2 else None, "column": 17 if at % 2 else None,
                     "byte": 90_000 + 311 * at, "path": "$.items[3].price" if at % 3 else None,
                     "message": "expected `,` or `}` after a member"} for at in range(100)],
    )


HOSTILE = [
    "<script>window.__hacked = 1; alert(1)</script>", '"><img src=x onerror="window.__hacked=1;alert(1)">', "",
    "</script><script>alert(1)</script>", "<!-- <script>", "]]>", "javascript:alert(1)", "' onmouseover='alert(1)' x='",
    "\u202egnp.exe\u202c \u2066isolate", "\u200b", "zero\u200bwidth\u200d\ufeff", "line\nbreak\r\n\ttab\u2028\u2029", "\u0000\u0007\u001b[31m",
    "W" * 10_240, "deep.path " * 600, "مرحبا بالعالم", "𝔘𝔫𝔦𝔠𝔬𝔡𝔢 👩‍👩‍👧‍👦 e\u0301", "__proto__", "constructor", "${alert(1)}{{7*7}}",
    "<svg onload=alert(1)>", "<iframe srcdoc='<script>parent.__hacked=1</script>'>", "&lt;b&gt;&amp;", "#t0", "a" * 300 + "\u0336" * 50,
    "<style>*{display:none}</style>", "   ", "/*DATA*/",
]


def hostile():
    def columns(text):
        values = [text, text[:40] + "…", text]
        seen = statistics(9, would_be=text, distinct=3, min=text, max=text, examples=values)
        return [
            column(text, text, text, statistics={**seen, "common": [[text, 4], [text + "!", 3]]}),
            column(text + "2", "int64", f"$['{text}']", statistics={**seen, "histogram": {"min": -1e300, "max": 1e300, "counts": [1, 0, 9]}}),
            column(text, text, text, role=text), column(text, text, text, role="id", ids=text), column("plain", text, None),
        ]

    names = [f"{text}" for text in HOSTILE]
    tables = [
        table(name, name, at, columns(name), names[(at * 7) % at] if at > 1 else None, name, at)
        for at, name in enumerate(names)
    ]
    # Parents in a circle, and one that is not a table.
    tables += [table("c1", "$", 1, [], "c2"), table("c2", "$", 1, [], "c1"), table("orphan", "$", 1, [], "nowhere"), table("self", "$", 1, [], "self")]
    return report(
        HOSTILE[0], tables, inputs=HOSTILE, program=HOSTILE[1], generated=HOSTILE[0],
        records={"read": 5_000, "accepted": 100, "rejected": 4_900},
        maps=HOSTILE,
        ledger=[{"kind": text, "path": text, "count": 1, "detail": text, "first": {"file": text, "record": 1, "line": 1, "byte": 0}} for text in HOSTILE],
        rejections=[{"file": text, "record": 1, "line": None, "column": None, "byte": 0, "path": text, "message": text} for text in HOSTILE],
    )


def many_tables():
    def plain(path, name, rows):
        return column(name, "int64", f"{path}.{name}", statistics=statistics(rows, min="0", max=str(rows), examples=["1"]))

    tables = [table("catalog", "$", 10, [plain("$", "a", 10)])]
    for at in range(1, 150):
        parent = tables[0 if at < 40 else (at * 31) % at]
        name = f"{parent['name']}_{['part', 'price', 'stock', 'image', 'note'][at % 5]}_{at}"[-70:]
        path = f"{parent['path']}.x{at}[*]"
        tables.append(table(name, path, at * 1717, [plain(path, f"c{n}", at) for n in range(at % 12)], parent["name"]))
    return report("catalog", tables, records={"read": 10, "accepted": 10, "rejected": 0})


def many_columns():
    def made(at):
        rows = 50_000
        spread = {"min": 0, "max": 16, "counts": [(at * step) % 97 for step in range(16)]}
        kind = statistics(rows, nulls=at * 50, min="0", max="16", examples=["1", "2"], histogram=spread) if at % 2 else statistics(
            rows, distinct=3, min="a", max="c", examples=["a"], common=[["a", 40_000], ["b", 9_000], ["c", 1_000]])
        return column(f"measure_{at:04}_value", "float64" if at % 2 else "text", f"$.sensors.unit{at % 40}.measure_{at:04}.value", statistics=kind)

    tables = [table("wide", "$", 50_000, [made(at) for at in range(1000)]), table("wide_small", "$.small[*]", 3, [made(1)], "wide")]
    return report("wide", tables, records={"read": 50_000, "accepted": 50_000, "rejected": 0})


def empty():
    return report("empty", [])


def finish(template, data):
    """The template with the data in it, escaped as the program does."""
    text = json.dumps(data, ensure_ascii=False)
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    if template.count(PLACEHOLDER) != 1:
        sys.exit(f"check.py: expected one {PLACEHOLDER} in the template")
    return template.replace(PLACEHOLDER, text)


# In the browser


WATCH = """
window.__violations = [];
document.addEventListener('securitypolicyviolation', (event) => __violations.push(`${event.violatedDirective} ${event.blockedURI}`));
"""
# What the page shows of each table: heading, and the texts of each row.
SHOWN = """() => [...document.querySelectorAll('.table')].map((section) => ({
  name: section.querySelector('h3').textContent,
  rows: [...section.querySelectorAll('tbody tr')].map((row) => [...row.children].map((cell) =>
    [...cell.querySelectorAll('bdi')].map((text) => text.textContent))),
}))"""
LISTED = """(id) => [...document.querySelectorAll(`#${id} tbody tr`)].map((row) => [...row.querySelectorAll('bdi')].map((text) => text.textContent))"""
FOREIGN = """() => {
  const count = (selector) => document.querySelectorAll(selector).length;
  const found = [];
  if (window.__hacked !== undefined) found.push('a script of the data ran');
  for (const [selector, most] of [['script', 2], ['style', 1], ['link', 1], ['meta', 5], ['base', 0], ['img, image, iframe, object, embed, form, video, audio, foreignObject, use, animate, set', 0]]) {
    if (count(selector) > most) found.push(`${count(selector)} of ${selector}`);
  }
  for (const node of document.querySelectorAll('*')) {
    for (const { name, value } of node.attributes) {
      if (name.startsWith('on') || name === 'style' || name === 'srcdoc') found.push(`${name}=${value}`);
      if ((name === 'href' || name === 'src') && !/^#[a-z0-9-]+$/.test(value) && node.localName !== 'link') found.push(`${name}=${value}`);
    }
  }
  return found.slice(0, 5).join('; ');
}"""
OVERLAPS = """() => {
  const boxes = [...document.querySelectorAll('.er .frame')].map((box) => ['x', 'y', 'width', 'height'].map((side) => Number(box.getAttribute(side))));
  const drawn = document.querySelector('.er').viewBox.baseVal;
  const hit = (a, b) => a[0] < b[0] + b[2] && b[0] < a[0] + a[2] && a[1] < b[1] + b[3] && b[1] < a[1] + a[3];
  const clashes = boxes.filter((a, at) => a[0] < 0 || a[1] < 0 || a[0] + a[2] > drawn.width || a[1] + a[3] > drawn.height || boxes.slice(at + 1).some((b) => hit(a, b)));
  return [boxes.length, clashes.length];
}"""
# Texts with too little contrast (WCAG AA), with colours blended over the background.
CONTRAST = """() => {
  const parse = (colour) => colour.match(/[\\d.]+/g).map(Number);
  const light = ([r, g, b]) => [r, g, b].map((v) => v / 255).map((v) => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
    .reduce((sum, v, at) => sum + v * [0.2126, 0.7152, 0.0722][at], 0);
  const behind = (node) => {
    for (let up = node; up; up = up.parentElement) {
      const colour = parse(getComputedStyle(up).backgroundColor);
      if (colour.length === 3 || colour[3] === 1) return colour;
    }
    return [255, 255, 255];
  };
  const poor = new Set();
  for (const node of document.querySelectorAll('body *')) {
    const drawn = node.localName === 'text';
    const own = [...node.childNodes].some((child) => child.nodeType === 3 && child.data.trim() !== '');
    if (!own || node.closest('script, noscript, style, title') || node.getClientRects().length === 0) continue;
    const ink = parse(drawn ? getComputedStyle(node).fill : getComputedStyle(node).color);
    const ground = drawn ? parse(getComputedStyle(node.closest('a').querySelector('.frame')).fill) : behind(node);
    const [a, b] = [light(ink), light(ground)].sort((x, y) => y - x);
    const ratio = (a + 0.05) / (b + 0.05);
    if (ratio < 4.5) poor.add(`${node.localName}.${node.getAttribute('class')} ${ratio.toFixed(2)}`);
  }
  return [...poor].slice(0, 5).join('; ');
}"""


def until(page, expression, wanted, seconds=20):
    """Whether the expression comes to be what is wanted."""
    end = time.monotonic() + seconds
    while True:
        seen = page.evaluate(expression)
        if seen == wanted:
            return None
        if time.monotonic() > end:
            return f"{expression} is {seen!r}, expected {wanted!r}"
        page.wait_for_timeout(30)


class Visit:
    """A report open in a page of its own, with all that it does written down."""

    def __init__(self, browser, path):
        self.context = browser.new_context(viewport={"width": 1280, "height": 900})
        self.context.add_init_script(WATCH)
        self.url, self.noise, self.dialogs, self.requests = path.as_uri(), [], [], []
        self.context.route("**/*", self.answer)
        self.page = self.context.new_page()
        self.page.on("console", lambda message: self.noise.append(f"{message.type}: {message.text}"))
        self.page.on("pageerror", lambda error: self.noise.append(str(error)))
        self.page.on("dialog", self.dismiss)
        self.page.on("request", lambda request: self.requests.append(request.url))
        started = time.monotonic()
        self.page.goto(self.url)
        self.seconds = time.monotonic() - started

    def answer(self, route):
        own = route.request.url.split("#")[0] == self.url
        route.continue_() if own else route.abort()

    def dismiss(self, dialog):
        self.dialogs.append(dialog.message)
        dialog.dismiss()

    def quiet(self):
        strange = [url for url in self.requests if url.split("#")[0] != self.url and not url.startswith("data:")]
        violations = self.page.evaluate("window.__violations")
        return [
            ("no errors, no messages on the console", "; ".join(self.noise)),
            ("no violation of the policy", "; ".join(violations)),
            ("no dialog", "; ".join(self.dialogs)),
            ("no request leaves the page", "; ".join(strange)),
            ("no elements or attributes of the data", self.page.evaluate(FOREIGN)),
        ]


def expected_row(column_):
    would_be = (column_["statistics"] or {}).get("would_be")
    types = [column_["type"], *([would_be] if would_be is not None else [])]
    row = [[column_["name"]], types, [column_["path"]] if column_["path"] is not None else []]
    seen = column_["statistics"]
    if column_["role"] != "data" or seen is None:
        return row + [[column_["ids"]] if "ids" in column_ else []]
    common = [value for value, _ in seen["common"]]
    if seen["histogram"] and seen["histogram"]["counts"] and (not common or seen["distinct"] > len(common)):
        common = []
    ends = [[end] if end is not None else [] for end in (seen["min"], seen["max"])]
    return row + [[], [], *ends, common, [value for value in seen["examples"] if value not in common]]


def in_tree_order(tables):
    """Tables as the page lists them: each after its parent, in the data's order among its siblings."""
    names = {table_["name"]: at for at, table_ in enumerate(tables)}
    parents = [names.get(table_["parent"]) if table_["parent"] is not None else None for table_ in tables]
    for at in range(len(tables)):
        seen, up = set(), at
        while up is not None and up not in seen:
            seen.add(up)
            up = parents[up]
        if up is not None:
            parents[at] = None
    order, stack = [], [at for at in reversed(range(len(tables))) if parents[at] is None]
    while stack:
        at = stack.pop()
        order.append(at)
        stack.extend(child for child in reversed(range(len(tables))) if parents[child] == at)
    return [tables[at] for at in order], sum(parent is not None for parent in parents)


def check_tables(report_, page, tables):
    page.evaluate("document.querySelectorAll('.table > details').forEach((table) => { table.open = true; })")
    columns = sum(len(table_["columns"]) for table_ in tables)
    check(report_, f"{columns} columns are made", until(page, "document.querySelectorAll('.table tbody tr').length", columns))
    shown = page.evaluate(SHOWN)
    check(report_, "headings are the tables' names", differ([seen["name"] for seen in shown], [table_["name"] for table_ in tables]))
    rows = [row for seen in shown for row in seen["rows"]]
    wanted = [expected_row(column_) for table_ in tables for column_ in table_["columns"]]
    check(report_, "rows are the columns' names, types, paths and values", differ(rows, wanted))


def check_diagram(report_, page, tables, links):
    if not tables:
        return
    check(report_, "a box per table, none over another", differ(page.evaluate(OVERLAPS), [len(tables), 0]))
    check(report_, "a crow's-foot per parent", differ([page.evaluate("document.querySelectorAll('.er .link').length")], [links]))


def check_listings(report_, page, data):
    def place(at):
        return [at["file"]] if at else []

    losses = [
        ([entry["detail"]] if entry["detail"] is not None else []) + [entry["path"]] + place(entry["first"])
        for entry in data["ledger"]
    ]
    check(report_, "the ledger", differ(page.evaluate(LISTED, "ledger"), losses))
    rejected = [
        place(entry) + ([entry["path"]] if entry["path"] is not None else []) + [entry["message"]]
        for entry in data["rejections"]
    ]
    check(report_, "the rejected records", differ(page.evaluate(LISTED, "rejections"), rejected))
    total, kept = data["records"]["rejected"], len(data["rejections"])
    if total > kept:
        wanted = f"first {kept} of {total:,}".replace(",", "\u202f")
        text = page.evaluate("document.getElementById('rejections').textContent")
        check(report_, "how many were rejected", None if wanted in text else f"{wanted!r} is not said")
    notice = page.evaluate("document.getElementById('sample').hidden ? '' : document.getElementById('sample').textContent")
    sample = data["sample"]
    wanted = "" if sample is None else f"first {sample:,} record".replace(",", "\u202f")
    check(report_, "the notice of a sample", None if (wanted in notice and bool(wanted) == bool(notice)) else f"it is {notice!r}")


def counted(number, word):
    return f"{number:,} {word}{'' if number == 1 else 's'}".replace(",", "\u202f")


def check_search(report_, page, tables):
    box, said = page.locator("#search"), "document.getElementById('hits').textContent"
    visible = "[...document.querySelectorAll('.table')].filter((table) => !table.hidden).length"
    open_ = "[...document.querySelectorAll('.table > details')].map((table) => table.open)"
    before = page.evaluate(open_)
    words = [word for table_ in tables for column_ in table_["columns"] for word in re.findall(r"[A-Za-z0-9_]{4,20}", column_["name"])]
    queries = [words[len(words) // 2].upper(), f"int64 {words[-1]}"] if words else []
    for query in queries:
        parts = query.lower().split()
        hits = []
        for table_ in tables:
            texts = ["\n".join([c["name"], c["path"] or "", c["type"], table_["name"]]).lower() for c in table_["columns"]]
            hits.append(sum(all(part in text for part in parts) for text in texts))
        columns, in_tables = sum(hits), sum(hit > 0 for hit in hits)
        wanted = f"{counted(columns, 'column')} in {counted(in_tables, 'table')}" if columns else "No column matches"
        started = time.monotonic()
        box.fill(query)
        problem = until(page, said, wanted)
        took = time.monotonic() - started
        rows = "[...document.querySelectorAll('.table:not([hidden]) > details[open] tbody tr')].length"
        problem = problem or until(page, visible, in_tables)
        if columns <= SEARCH_ROWS:
            problem = problem or until(page, rows, columns)
        check(report_, f"search for {query!r}: {wanted.replace(chr(0x202F), ' ')} ({took:.2f} s)", problem)
    box.fill("no such thing in here")
    check(report_, "search without a hit", until(page, said, "No column matches") or until(page, visible, 0))
    box.press("Escape")
    problem = until(page, said, "") or until(page, visible, len(tables)) or until(page, open_, before)
    check(report_, "Escape restores", problem or (f"the box holds {box.input_value()!r}" if box.input_value() else None))


def check_keyboard(report_, page, tables):
    focus = "document.activeElement.id || document.activeElement.className"
    page.reload()
    page.keyboard.press("Tab")
    check(report_, "Tab reaches the skip link first", until(page, focus, "skip"))
    for _ in range(12):
        page.keyboard.press("Tab")
        if page.evaluate(focus) == "search":
            break
    check(report_, "Tab reaches the search", until(page, focus, "search"))
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("/")
    check(report_, "/ focuses the search", until(page, focus, "search") or until(page, "document.getElementById('search').value", ""))
    if tables:
        last = "document.querySelector('.er a:last-of-type')"
        target = page.evaluate(f"{last}.getAttribute('href').slice(1)")
        page.evaluate(f"{last}.focus()")
        page.keyboard.press("Enter")
        there = f"document.activeElement.closest('.table')?.id === '{target}' && document.activeElement.parentElement.open && location.hash === '#{target}'"
        check(report_, "Enter on a box goes to its table", until(page, there, True))
        inside = f"(() => {{ const at = document.getElementById('{target}').getBoundingClientRect(); return at.top >= 0 && at.top < innerHeight; }})()"
        check(report_, "its table is in view", until(page, inside, True))


def check_looks(report_, page, screenshots):
    for scheme in ("light", "dark"):
        for width in (360, 1600):
            page.emulate_media(color_scheme=scheme)
            page.set_viewport_size({"width": width, "height": 1000})
            page.goto(page.url.split("#")[0])
            page.wait_for_timeout(200)
            wide = page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
            check(report_, f"nothing sideways at {width}, {scheme}", f"{wide[0]} > {wide[1]}" if wide[0] > wide[1] else None)
            check(report_, f"contrast at {width}, {scheme}", page.evaluate(CONTRAST))
            if screenshots:
                height = page.evaluate("document.documentElement.scrollHeight")
                path = os.path.join(screenshots, f"{report_}-{width}-{scheme}.png")
                # Playwright hides the caret by a style attribute otherwise.
                page.screenshot(path=path, full_page=height < 9000, caret="initial")
        page.set_viewport_size({"width": 700, "height": 1000})
        page.evaluate("document.querySelectorAll('details').forEach((table) => { table.open = true; })")
        page.wait_for_timeout(200)
        wide = page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
        check(report_, f"nothing sideways at 700 with all open, {scheme}", f"{wide[0]} > {wide[1]}" if wide[0] > wide[1] else None)


def check_policy(report_, page):
    """The policy holds: a script that comes into the page does not run."""
    page.evaluate("""() => {
      const script = document.createElement('script');
      script.textContent = 'window.__ran = true';
      document.body.append(script);
    }""")
    check(report_, "the policy stops other scripts", until(page, "[window.__ran === undefined, window.__violations.length]", [True, 1]))


def check_report(browser, path, screenshots):
    name, text = path.stem, read(path)
    check_text(name, text)
    data = json.loads(re.search(r'<script type="application/json" id="data">(.*?)</script>', text, re.S)[1])
    visit = Visit(browser, path)
    page = visit.page
    check(name, f"opens ({visit.seconds:.2f} s)", None if visit.seconds < 10 else "it takes too long")
    check(name, "the title", differ([page.evaluate("document.querySelector('h1').textContent")], [data["title"]]))
    tables, links = in_tree_order(data["tables"])
    check_diagram(name, page, tables, links)
    check_search(name, page, tables)
    check_tables(name, page, tables)
    check_listings(name, page, data)
    check_keyboard(name, page, tables)
    check_looks(name, page, screenshots)
    for what, problem in visit.quiet():
        check(name, what, problem)
    check_policy(name, page)
    visit.context.close()


def chromium():
    for name in ("chromium", "chromium-browser", "google-chrome"):
        if path := shutil.which(name):
            return path
    sys.exit("check.py: no Chromium on the path; install_chromium.sh installs it")


def main():
    parser = argparse.ArgumentParser(description="Checks the page of `transmog report` in Chromium.")
    parser.add_argument("reports", nargs="*", type=pathlib.Path, metavar="REPORT.html")
    parser.add_argument("--fix", action="store_true", help="update the hashes of the content security policy")
    parser.add_argument("--screenshots", metavar="DIRECTORY", help="write pictures of every report there")
    parser.add_argument("--template", type=pathlib.Path, metavar="FILE", help="make reports of this template and check them")
    arguments = parser.parse_args()
    if not arguments.reports and not arguments.template:
        parser.error("expected reports, or --template")
    if arguments.fix:
        for path in [*arguments.reports, *filter(None, [arguments.template])]:
            fix(path)
    if arguments.screenshots:
        os.makedirs(arguments.screenshots, exist_ok=True)

    # After --fix, which needs no browser.
    from playwright.sync_api import sync_playwright

    with tempfile.TemporaryDirectory() as directory, sync_playwright() as playwright:
        reports = [path.resolve() for path in arguments.reports]
        if arguments.template:
            template = read(arguments.template)
            for make in (ordinary, hostile, many_tables, many_columns, empty):
                path = pathlib.Path(directory) / f"{make.__name__}.html"
                path.write_bytes(finish(template, make()).encode())
                reports.append(path)
        # Chromium has no sandbox for root.
        options = ["--no-sandbox"] if os.geteuid() == 0 else []
        browser = playwright.chromium.launch(executable_path=chromium(), args=options)
        for path in reports:
            try:
                check_report(browser, path, arguments.screenshots)
            except Exception as error:  # noqa: BLE001 (the other reports are still checked)
                check(path.stem, "runs to its end", f"{type(error).__name__}: {error}")
        browser.close()
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
