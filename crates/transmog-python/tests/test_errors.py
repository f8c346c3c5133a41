"""A run that fails raises what happened, and leaves what was there."""

import errno
import os
import pickle
import signal
import subprocess
import sys
import threading
import time

import pytest

import transmog as tm


@pytest.fixture
def output(tmp_path):
    """A directory with an earlier output."""
    directory = tmp_path / "out"
    tm.flatten_stream([{"earlier": 1}], directory)
    return directory


def content(directory):
    return {path.name: path.read_bytes() for path in directory.iterdir()}


def test_what_a_callback_raises_is_raised(records, output, jsonl):
    before = content(output)

    def callback(records, total):
        raise KeyError("enough")

    for data in (records, jsonl):
        with pytest.raises(KeyError, match="enough"):
            tm.flatten_stream(data, output, progress_callback=callback)
        with pytest.raises(KeyError):
            tm.flatten(data, progress_callback=callback)
    assert content(output) == before


def test_what_an_iterator_raises_is_raised(output):
    before = content(output)

    def dry():
        yield {"a": 1}
        raise RuntimeError("dry")

    with pytest.raises(RuntimeError, match="dry"):
        tm.flatten_stream(dry(), output)
    with pytest.raises(RuntimeError, match="dry"):
        list(tm.flatten_batches(dry()))
    assert content(output) == before


def test_iterators_run_on_the_thread_of_the_caller():
    threads = set()

    def source():
        threads.add(threading.get_ident())
        yield {"a": 1}

    tm.flatten(source())
    list(tm.flatten_batches(source()))
    assert threads == {threading.get_ident()}


def test_a_bad_file_says_where(tmp_path):
    path = tmp_path / "bad.jsonl"
    path.write_text('{"a": 1}\n{"a": nope}\n')
    with pytest.raises(tm.ValidationError, match="record 2, line 2, column 8, byte 16") as caught:
        tm.flatten(path)
    error = caught.value
    assert (error.file, error.record, error.line) == (str(path), 2, 2)
    assert (error.column, error.byte, error.path) == (8, 16, None)
    again = pickle.loads(pickle.dumps(error))
    assert (str(again), again.byte) == (str(error), 16)
    files = tm.flatten_stream(path, tmp_path / "out", on_error="quarantine")
    assert files.summary["records"]["rejected"] == 1
    assert (tmp_path / "out" / "data.rejected.jsonl").exists()


def test_a_missing_file_is_what_python_calls_it(tmp_path, jsonl):
    for missing in (tmp_path / "nowhere.jsonl", tmp_path / "*.none"):
        for data in (missing, [jsonl, missing]):
            with pytest.raises(FileNotFoundError, match="no such file|no file matches") as caught:
                tm.flatten(data)
            error = caught.value
            assert isinstance(error, tm.InputNotFoundError) and isinstance(error, tm.ValidationError)
            assert (error.file, error.record) == (str(missing), None)
            assert (error.filename, error.errno) == (str(missing), errno.ENOENT)
            assert str(error).startswith(str(missing))
    empty = tmp_path / "empty"
    empty.mkdir()
    with pytest.raises(tm.ValidationError, match="holds no .json"):
        tm.flatten(empty)


def test_what_is_not_permitted_is_what_python_calls_it(jsonl, tmp_path):
    jsonl.chmod(0)
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o500)
    user = os.geteuid()
    if user == 0:
        # Root may read and write everything.
        os.seteuid(65534)
    try:
        with pytest.raises(PermissionError) as caught:
            tm.flatten(jsonl)
        assert isinstance(caught.value, tm.InputPermissionError) and caught.value.file == str(jsonl)
        with pytest.raises(PermissionError) as caught:
            tm.flatten_stream({"a": 1}, closed / "out")
        assert isinstance(caught.value, tm.OutputPermissionError)
    finally:
        os.seteuid(user)


def test_what_a_stream_raises_is_the_cause(output):
    before = content(output)

    class Broken:
        name = "orders.jsonl"

        def __init__(self, error):
            self.blocks = [b'{"a": 1}\n']
            self.error = error

        def read(self, size):
            if self.blocks:
                return self.blocks.pop()
            raise self.error

    with pytest.raises(tm.ValidationError, match="orders.jsonl.*gone") as caught:
        tm.flatten_stream(Broken(ConnectionResetError("gone")), output)
    assert isinstance(caught.value.__cause__, ConnectionResetError)
    assert caught.value.file == "orders.jsonl"
    with pytest.raises(KeyboardInterrupt):
        tm.flatten(Broken(KeyboardInterrupt()))
    with pytest.raises(tm.ValidationError, match="gone"):
        list(tm.flatten_batches(Broken(OSError("gone"))))
    assert content(output) == before


def test_output_errors(tmp_path):
    blocked = tmp_path / "file"
    blocked.write_text("")
    with pytest.raises(tm.OutputError):
        tm.flatten_stream([{"a": 1}], blocked / "out")
    tm.flatten_stream([{"a": 1}], tmp_path / "out")
    with pytest.raises(tm.OutputError, match="data.csv"):
        tm.flatten_stream([{"a": 1}], tmp_path / "out", if_exists="error")
    with pytest.raises(tm.ConfigurationError, match="xlsx"):
        tm.flatten_stream([{"a": 1}], tmp_path, output_format="xlsx")


ENDLESS = """
import itertools, sys, transmog as tm
def records():
    print("begun", flush=True)
    for n in itertools.count():
        yield {"n": n}
try:
    tm.flatten_stream(records(), sys.argv[1])
except KeyboardInterrupt:
    print("interrupted", flush=True)
"""

PIPE = """
import os, sys, transmog as tm
read, write = os.pipe()
os.write(write, b'{"a": 1}')
print("begun", flush=True)
try:
    tm.flatten_stream(f"/dev/fd/{read}", sys.argv[1])
except KeyboardInterrupt:
    print("interrupted", flush=True)
"""


STREAM = """
import sys, time, transmog as tm
class Slow:
    def read(self, size):
        print("begun", flush=True)
        time.sleep(60)
try:
    tm.flatten_stream(Slow(), sys.argv[1])
except KeyboardInterrupt:
    print("interrupted", flush=True)
"""

BATCHES = """
import sys, time, pyarrow, transmog as tm
def batches():
    print("begun", flush=True)
    while True:
        time.sleep(60)
        yield pyarrow.record_batch({"a": [1]})
schema = pyarrow.schema([("a", pyarrow.int64())])
try:
    tm.flatten_stream(pyarrow.RecordBatchReader.from_batches(schema, batches()), sys.argv[1])
except KeyboardInterrupt:
    print("interrupted", flush=True)
"""


@pytest.mark.parametrize(
    "program",
    [ENDLESS, PIPE, STREAM, BATCHES],
    ids=["values", "a pipe that waits", "a stream that waits", "batches that wait"],
)
def test_ctrl_c_interrupts(program, output):
    before = content(output)
    child = subprocess.Popen(
        [sys.executable, "-c", program, str(output)], stdout=subprocess.PIPE, text=True
    )
    assert child.stdout is not None
    assert child.stdout.readline() == "begun\n"
    time.sleep(0.5)
    os.kill(child.pid, signal.SIGINT)
    assert child.communicate(timeout=30)[0] == "interrupted\n"
    assert content(output) == before


def test_other_threads_run_while_the_engine_works(tmp_path):
    path = tmp_path / "many.jsonl"
    path.write_text("".join('{"a": %d, "b": [{"c": %d}]}\n' % (n, n) for n in range(200_000)))
    ticks = []
    done = threading.Event()

    def tick():
        while not done.is_set():
            ticks.append(1)
            time.sleep(0.001)

    thread = threading.Thread(target=tick)
    thread.start()
    before = len(ticks)
    tm.flatten_stream(path, tmp_path / "out", output_format="parquet", threads=1)
    during = len(ticks) - before
    done.set()
    thread.join()
    assert during > 5
