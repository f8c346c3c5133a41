"""A run that fails raises what happened, and leaves what was there."""

import os
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
    with pytest.raises(tm.ValidationError, match="record 2, line 2, column 8, byte 16"):
        tm.flatten(path)
    files = tm.flatten_stream(path, tmp_path / "out", on_error="quarantine")
    assert files.summary["records"]["rejected"] == 1
    assert (tmp_path / "out" / "data.rejected.jsonl").exists()
    with pytest.raises(tm.ValidationError, match="no such file"):
        tm.flatten(tmp_path / "nowhere.jsonl")


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


@pytest.mark.parametrize("program", [ENDLESS, PIPE], ids=["values", "a pipe that waits"])
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
