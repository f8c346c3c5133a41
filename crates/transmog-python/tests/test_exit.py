"""A program whose run ended early, or is still alive, ends as it would without it."""

import subprocess
import sys

import pytest

SLOW = """
import sys, threading, time
import transmog as tm

class Slow:
    def __init__(self, line=b'{"a":1}\\n'):
        self.block = b'{"a":1}\\n' * 60000 + line

    def read(self, size):
        time.sleep(0.01)
        return self.block
"""

PROGRAMS = {
    "a handled error": """
try:
    tm.flatten(Slow(b'{"a":x}\\n'))
except tm.ValidationError:
    print("done")
""",
    "batches that are left": """
batches = tm.flatten_batches(Slow())
next(batches)
print("done")
""",
    "batches of Arrow that are left": """
import pyarrow
def make():
    while True:
        time.sleep(0.01)
        yield pyarrow.record_batch({"a": range(1000)})
schema = pyarrow.schema([("a", pyarrow.int64())])
batches = tm.flatten_batches(pyarrow.RecordBatchReader.from_batches(schema, make()))
next(batches)
print("done")
""",
    "a callback that raises": """
def callback(records, total):
    raise KeyError
try:
    tm.flatten_stream(Slow(), sys.argv[1], progress_callback=callback)
except KeyError:
    print("done")
""",
    "a stream in a daemon thread": """
run = lambda: tm.flatten_stream(Slow(), sys.argv[1])
threading.Thread(target=run, daemon=True).start()
time.sleep(0.3)
print("done")
""",
    "records in a daemon thread": """
def records():
    while True:
        yield {"a": 1}
run = lambda: tm.flatten_stream(records(), sys.argv[1])
threading.Thread(target=run, daemon=True).start()
time.sleep(0.3)
print("done")
""",
    "a daemon thread that begins runs again and again": """
def again():
    while True:
        tm.flatten([{"a": [1, 2]}] * 100)
threading.Thread(target=again, daemon=True).start()
time.sleep(0.3)
print("done")
""",
    "a run at the end of the program": """
import atexit
atexit.register(lambda: print("done" if len(tm.flatten({"a": 1}).main) == 1 else "wrong"))
""",
    "a run after the runs were ended": """
import atexit
atexit.unregister(tm._transmog.end_runs)
atexit.register(lambda: print("done" if len(tm.flatten({"a": 1}).main) == 1 else "wrong"))
atexit.register(tm._transmog.end_runs)
""",
}


@pytest.mark.parametrize("name", PROGRAMS)
def test_the_program_ends_as_it_would_without_the_run(name, tmp_path):
    for at in range(4):
        program = [sys.executable, "-c", SLOW + PROGRAMS[name], str(tmp_path / f"out{at}")]
        ended = subprocess.run(program, capture_output=True, text=True, timeout=60, check=False)
        assert (ended.returncode, ended.stdout, ended.stderr) == (0, "done\n", "")
