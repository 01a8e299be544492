#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The race: Pound, HAProxy and nginx as proxies, side by side. See README.md.

    make bench                      all rows
    make bench BENCH="tls close32"  rows by name, or by its beginning
    BENCH_ROUNDS=5 BENCH_SECONDS=3  rounds of a row, seconds of a round
    BENCH_RACERS="pound haproxy"    only these
    BENCH_OUT=file BENCH_BASE=file  where the figures go; compare with these
"""

import os
import resource
import shutil
import signal
import socket
import sys
import tempfile
import threading

sys.dont_write_bytecode = True

import loads
import racers
import report
import rows

ROUNDS = int(os.environ.get("BENCH_ROUNDS", "5"))
SECONDS = int(os.environ.get("BENCH_SECONDS", "3"))  # wrk takes whole ones only


class Syslog:
    """A reader that keeps up, as a thread of ours."""

    def __init__(self, folder):
        self.path = os.path.join(folder, "log")
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.sock.bind(self.path)
        threading.Thread(target=self.read, daemon=True).start()

    def read(self):
        while self.sock.recv(65536) != b"end":
            pass

    def stop(self):
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sock:
            sock.sendto(b"end", self.path)


def entrant(word, row, folder, backend, log):
    """NAME or NAME+VARIANT, started."""
    name, _, variant = word.partition("+")
    job = racers.Job(folder, backend, variant=variant, log=log, **row.job)
    racer = racers.RACERS[name](job)
    racer.name = word
    return racer.start()


def run_round(row, racer, again):
    """again starts a new process, for rows that need one each round."""
    if not row.load.fresh:
        return row.load.round(racer, SECONDS).as_dict()
    racer.stop()
    fresh = again()
    try:
        return row.load.round(fresh, SECONDS).as_dict()
    finally:
        fresh.stop()


def run_row(row, words, start):
    """Rounds in turn, so that what else the machine does hits all alike."""
    running = []
    results = {word: [] for word in words}
    try:
        for word in words:
            running.append(start(word))
        for number in range(ROUNDS):
            at = number % len(words)
            for racer in running[at:] + running[:at]:
                results[racer.name].append(
                    run_round(row, racer, lambda name=racer.name: start(name)))
    finally:
        for racer in reversed(running):
            racer.stop()
    return results


def present(words):
    """Without those that are not wanted, or not there."""
    wanted = os.environ.get("BENCH_RACERS", "all").split()
    unknown = [name for name in wanted if name != "all" and name not in racers.RACERS]
    if unknown:
        sys.exit("no racer is called %s; there are: %s" % (
            unknown[0], " ".join(racers.RACERS)))
    return [word for word in words
            if "all" in wanted or word.partition("+")[0] in wanted]


def check_tools():
    lacking = loads.missing(["wrk", "openssl", "cc", "nginx"])
    if "all" in os.environ.get("BENCH_RACERS", "all") or \
            "haproxy" in os.environ.get("BENCH_RACERS", ""):
        lacking += loads.missing(["haproxy"])
    if "gcc" not in lacking and not loads.library_headers():
        lacking.append("libssl-dev")
    if lacking:
        sys.exit("missing packages: " + " ".join(lacking))
    if not os.path.exists(racers.Pound.binary()):
        sys.exit("no program at %s" % racers.Pound.binary())


def stopped(*_):
    sys.exit("stopped")


def run_rows(names, folder, log, base):
    """Each row with a back-end of its own kind."""
    all_results = {}
    backends = {}
    try:
        for name in names:
            row = rows.ROWS[name]
            kind = racers.Echo if row.job.get("upgrade") else racers.Backend
            if kind not in backends:
                backends[kind] = kind(racers.Job(folder, 0)).start()
            results = run_row(row, present(row.racers), lambda word, row=row, kind=kind: entrant(
                word, row, folder, backends[kind].port, log))
            all_results[name] = results
            report.print_row(name, results, ROUNDS, SECONDS, racers.PROCESSORS)
            if base is not None:
                report.print_change(name, results, base)
            sys.stdout.flush()
    finally:
        for backend in backends.values():
            backend.stop()
    return all_results


def main():
    signal.signal(signal.SIGTERM, stopped)
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    names = rows.chosen(os.environ.get("BENCH", "all").split())
    if names is None:
        sys.exit("no such row; there are: all " + " ".join(rows.ROWS))
    check_tools()
    base = os.environ.get("BENCH_BASE")
    base = report.load(base) if base else None
    folder = tempfile.mkdtemp(prefix="pound-bench.")
    os.chmod(folder, 0o755)
    log = Syslog(folder)
    try:
        results = run_rows(names, folder, log.path, base)
    finally:
        log.stop()
        shutil.rmtree(folder, ignore_errors=True)
    report.save(os.environ.get("BENCH_OUT") or "bench.json", results)
    return 1 if any(report.errors(found) for result in results.values()
                    for name, found in result.items() if name.startswith("pound")) else 0


if __name__ == "__main__":
    sys.exit(main())
