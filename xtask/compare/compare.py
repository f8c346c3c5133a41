"""Runs transmog and its peers in turn on the same files, and prints a table.

Usage: compare.py TRANSMOG DATA_DIRECTORY MEGABYTES RUNS

Every run is a separate process that reads one file and writes all tables. The time is that of the
whole process, the memory its largest resident set, the size that of its output. The figures are
medians. The tools take turns, so that a slow moment of the machine affects all of them.
"""

import importlib.util
import os
import platform
import shutil
import statistics
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
# Slower tools run on at most this many megabytes; rates are compared.
REFERENCE_MEGABYTES = 20
PEER_MEGABYTES = 200

transmog, data, megabytes, runs = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
output = os.path.join(data, "output")


class Job:
    """One tool on one file."""

    def __init__(self, tool, source, form, threads, ids, command):
        self.tool, self.source, self.form, self.threads, self.ids = tool, source, form, threads, ids
        self.command = command
        self.bytes = uncompressed_bytes(source)
        self.seconds, self.resident, self.written = [], [], 0

    def run(self):
        shutil.rmtree(output, ignore_errors=True)
        # Nobody pays for what another tool wrote.
        os.sync()
        started = time.perf_counter()
        process = subprocess.Popen(self.command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        complaint = process.stderr.read().decode(errors="replace")
        _, status, usage = os.wait4(process.pid, 0)
        self.seconds.append(time.perf_counter() - started)
        self.resident.append(usage.ru_maxrss)
        if status != 0:
            sys.exit(f"{' '.join(self.command)}\n{complaint}")
        self.written = sum(
            os.path.getsize(os.path.join(folder, name))
            for folder, _, names in os.walk(output)
            for name in names
            if name.rsplit(".", 1)[-1] in ("csv", "parquet", "orc", "avro", "arrow")
        )

    def rate(self):
        return self.bytes / 1e6 / statistics.median(self.seconds)


def uncompressed_bytes(source):
    if not source.endswith(".gz"):
        return os.path.getsize(source)
    return os.path.getsize(source.removesuffix(".gz"))


def file(name, megabytes, ending="jsonl"):
    return os.path.join(data, f"{name}-{megabytes}.{ending}")


def ours(source, form, threads, ids="random"):
    command = [transmog, "flatten", "--report", "none", "--format", form, "--threads", str(threads)]
    return Job("transmog", source, form, threads, ids, command + ["--id", ids, "-o", output, source])


def peer(tool, script, source, form, threads, ids="random"):
    path = os.path.join(HERE, script)
    command = [sys.executable, path, source, output, form, str(threads)]
    return Job(tool, source, form, threads, ids, command)


def installed(*tools):
    missing = [tool for tool in tools if importlib.util.find_spec(tool) is None]
    for tool in missing:
        print(f"skipped: {tool} is not installed")
    return [tool for tool in tools if tool not in missing]


def jobs():
    peers = installed("flatterer", "duckdb", "polars", "transmog")
    peer_size = min(megabytes, PEER_MEGABYTES)
    small = min(megabytes, REFERENCE_MEGABYTES)
    lines = file("orders", megabytes)
    for threads in (2, 1):
        for form in ("parquet", "csv", "orc", "avro", "arrow"):
            yield ours(lines, form, threads)
    yield ours(file("orders", megabytes, "json"), "parquet", 2)
    yield ours(lines + ".gz", "parquet", 2)
    for form in ("parquet", "csv"):
        for threads in (2, 1):
            yield ours(lines, form, threads, "sequence")
        for name in ("events", "tweets"):
            for ids in ("random", "sequence"):
                yield ours(file(name, megabytes), form, 2, ids)
    lines = file("orders", peer_size)
    for form in ("parquet", "csv"):
        for threads in (2, 1):
            if "flatterer" in peers:
                yield peer("flatterer", "flatterer_any.py", lines, form, threads, "sequence")
            if "duckdb" in peers:
                yield peer("DuckDB", "duckdb_orders.py", lines, form, threads)
        if "polars" in peers:
            yield peer("Polars", "polars_orders.py", lines, form, 2, "sequence")
        if "flatterer" in peers:
            for name in ("events", "tweets"):
                yield peer("flatterer", "flatterer_any.py", file(name, peer_size), form, 2, "sequence")
        if "transmog" in peers:
            yield peer("transmog for Python", "python_stream.py", file("orders", small), form, 1)


def workload(job):
    return os.path.basename(job.source).split("-")[0]


def processor():
    with open("/proc/cpuinfo", encoding="utf-8") as lines:
        names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor()


def print_table(all_jobs):
    rates = {
        (workload(job), job.form, job.threads, job.ids): job.rate()
        for job in all_jobs
        if job.tool == "transmog" and job.source.endswith(".jsonl")
    }

    def times_faster(job, ids):
        # A tool without threads of its own is compared with two of ours.
        threads = 2 if job.tool.endswith("Python") else job.threads
        rate = rates.get((workload(job), job.form, threads, ids))
        return "" if job.tool == "transmog" or rate is None else f"{rate / job.rate():.1f} x"

    print(f"\n{time.strftime('%Y-%m-%d')}, {processor()}, {os.cpu_count()} cores; medians of {runs} runs\n")
    print(
        "| tool | input | format | threads | ids | seconds | MB/s | peak MiB | output MB "
        "| transmog, ids of the same kind | transmog, its usual ids |"
    )
    print("| --- | --- | --- | ---: | --- | ---: | ---: | ---: | ---: | ---: | ---: |")
    for job in sorted(all_jobs, key=lambda job: (workload(job), job.form, -job.rate())):
        print(
            f"| {job.tool} | {os.path.basename(job.source)} | {job.form} | {job.threads} | {job.ids} "
            f"| {statistics.median(job.seconds):.2f} | {job.rate():.0f} "
            f"| {statistics.median(job.resident) / 1024:.0f} | {job.written / 1e6:.0f} "
            f"| {times_faster(job, job.ids)} | {times_faster(job, 'random')} |"
        )


def startup():
    """Milliseconds for one small record, the best of many runs."""
    source = file("orders", "small")
    with open(file("orders", megabytes), "rb") as lines, open(source, "wb") as small:
        small.write(lines.readline())
    job = ours(source, "csv", 2)
    for _ in range(30):
        job.run()
    return statistics.median(job.seconds) * 1000, job.bytes


def main():
    all_jobs = list(jobs())
    for round in range(runs):
        for job in all_jobs:
            # The slowest tools run once.
            if round == 0 or statistics.median(job.seconds) < 20:
                print(f"\r{round + 1}/{runs} {job.tool} {job.form} {job.threads}".ljust(60), end="", file=sys.stderr)
                job.run()
    print(file=sys.stderr)
    print_table(all_jobs)
    milliseconds, size = startup()
    print(f"\nA file of {size} bytes takes {milliseconds:.1f} ms from start to end.")
    shutil.rmtree(output, ignore_errors=True)


main()
