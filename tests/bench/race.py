#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The race: Pound, HAProxy and nginx as proxies, side by side. See README.md.

    make bench                      the row keepalive32
    make bench BENCH="close32"      these rows (names, blanks between), or all
    BENCH_ROUNDS=5 BENCH_SECONDS=3  rounds of a row, seconds of a round
    BENCH_RACERS="pound haproxy"    only these
"""

import os
import re
import resource
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
TICK = os.sysconf("SC_CLK_TCK")
SEARCH = os.environ.get("PATH", "") + ":/usr/sbin:/usr/local/sbin"

PROCESSORS = len(os.sched_getaffinity(0))

ROUNDS = int(os.environ.get("BENCH_ROUNDS", "5"))
SECONDS = int(os.environ.get("BENCH_SECONDS", "3"))  # wrk takes whole ones only


class Row:
    """What is asked for: one line of the table for each racer."""

    def __init__(self, words, clients=32, path="/1k", fields=()):
        self.words, self.clients, self.path, self.fields = words, clients, path, fields


ROWS = {
    "keepalive32": Row("keep-alive, 1 KiB, 32 clients, no log"),
    "keepalive256": Row("keep-alive, 1 KiB, 256 clients, no log", clients=256),
    "close32": Row("a connection for each request, 1 KiB, 32 clients, no log",
                   fields=("Connection: close",)),
    "large8": Row("keep-alive, 1 MiB, 8 clients, no log", clients=8, path="/1m"),
}


# --- Processes --------------------------------------------------------------


def free_port():
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return sock.getsockname()[1]


def program(name):
    return shutil.which(name, path=SEARCH)


def tree(pid):
    """pid and all processes below it."""
    found = [pid]
    try:
        for task in os.listdir("/proc/%d/task" % pid):
            with open("/proc/%d/task/%s/children" % (pid, task)) as file:
                for child in file.read().split():
                    found += tree(int(child))
    except OSError:
        pass
    return found


def ticks_of(pid):
    try:
        with open("/proc/%d/stat" % pid) as file:
            words = file.read().rpartition(")")[2].split()
        return int(words[11]) + int(words[12])
    except OSError:
        return 0


def processor_seconds(pids):
    """utime + stime of all of them; dead threads count, too."""
    return sum(ticks_of(pid) for pid in pids) / TICK


class Racer:
    """A proxy in the foreground, with a folder and a port of its own."""

    name = ""

    def __init__(self, folder, backend):
        self.folder = os.path.join(folder, self.name)
        self.backend = backend
        self.port = free_port()
        self.process = None
        os.mkdir(self.folder)

    def command(self):
        raise NotImplementedError

    def write(self, name, text):
        path = os.path.join(self.folder, name)
        with open(path, "w") as file:
            file.write(text)
        return path

    def start(self):
        with open(os.path.join(self.folder, "output"), "w") as output:
            self.process = subprocess.Popen(self.command(), stdin=subprocess.DEVNULL,
                                            stdout=output, stderr=output)
        end = time.monotonic() + 10
        while time.monotonic() < end and self.process.poll() is None:
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                return self
            except OSError:
                time.sleep(0.05)
        with open(os.path.join(self.folder, "output")) as output:
            sys.exit("%s does not start: %s" % (self.name, output.read()[-2000:]))

    def pids(self):
        return tree(self.process.pid)

    def stop(self):
        if self.process is None or self.process.poll() is not None:
            return
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(5)
        except subprocess.TimeoutExpired:
            for pid in reversed(self.pids()):
                os.kill(pid, signal.SIGKILL)
            self.process.wait()


class Pound(Racer):
    name = "pound"

    @staticmethod
    def binary():
        return os.path.abspath(os.environ.get("POUND", "src/pound"))

    def command(self):
        path = self.write("pound.cfg", """
LogLevel 0
Client 30
TimeOut 30
ListenHTTP
	Address 127.0.0.1
	Port %d
	Service
		BackEnd
			Address 127.0.0.1
			Port %d
		End
	End
End
""" % (self.port, self.backend))
        return [self.binary(), "-e", "-f", path, "-p", os.path.join(self.folder, "pid")]


class Haproxy(Racer):
    name = "haproxy"

    @staticmethod
    def binary():
        return program("haproxy")

    def command(self):
        path = self.write("haproxy.cfg", """
global
	nbthread %d
	maxconn 4000
defaults
	mode http
	timeout connect 5s
	timeout client 30s
	timeout server 30s
	option http-keep-alive
	option forwardfor
	http-reuse always
frontend front
	bind 127.0.0.1:%d backlog 512
	default_backend back
backend back
	server one 127.0.0.1:%d
""" % (PROCESSORS, self.port, self.backend))
        return [self.binary(), "-db", "-q", "-f", path]


NGINX = """
daemon off;
%s
worker_processes %s;
worker_rlimit_nofile 8192;
pid %s/pid;
error_log %s/error.log crit;
events { worker_connections 4096; }
http {
	access_log off;
	client_body_temp_path %s/body;
	proxy_temp_path %s/proxy;
	fastcgi_temp_path %s/fastcgi;
	uwsgi_temp_path %s/uwsgi;
	scgi_temp_path %s/scgi;
	keepalive_requests 1000000000;
	keepalive_timeout 60s;
	sendfile on;
	tcp_nodelay on;
%s
}
"""


class Nginx(Racer):
    """Bodies are relayed as they come, as the others do."""

    name = "nginx"

    @staticmethod
    def binary():
        return program("nginx")

    def http(self):
        return """
	upstream back {
		server 127.0.0.1:%d;
		keepalive 64;
		keepalive_requests 1000000000;
	}
	server {
		listen 127.0.0.1:%d backlog=512;
		location / {
			proxy_pass http://back;
			proxy_http_version 1.1;
			proxy_set_header Connection "";
			proxy_set_header Host $host;
			proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
			proxy_max_temp_file_size 0;
		}
	}
""" % (self.backend, self.port)

    def command(self):
        user = "user root;" if os.geteuid() == 0 else ""
        path = self.write("nginx.conf", NGINX % (
            (user, PROCESSORS) + (self.folder,) * 7 + (self.http(),)))
        return [self.binary(), "-e", os.path.join(self.folder, "error.log"),
                "-p", self.folder, "-c", path]


class Relay(Racer):
    """No proxy: bytes go through unparsed. The floor of what a proxy costs."""

    name = "relay"

    @staticmethod
    def binary():
        return program("cc")

    def command(self):
        path = os.path.join(self.folder, "relay")
        subprocess.run(["cc", "-O2", "-std=gnu11", "-D_GNU_SOURCE", "-pthread", "-o", path,
                        os.path.join(HERE, "relay.c")], check=True)
        return [path, str(self.port), str(self.backend)]


class Backend(Nginx):
    """Where the files come from."""

    name = "backend"

    def http(self):
        www = os.path.join(self.folder, "www")
        os.mkdir(www)
        for name, size in (("1k", 1024), ("1m", 1 << 20)):
            with open(os.path.join(www, name), "wb") as file:
                file.write(b"k" * size)
        return """
	open_file_cache max=16;
	server {
		listen 127.0.0.1:%d backlog=512;
		root %s;
	}
""" % (self.port, www)


RACERS = [Pound, Haproxy, Nginx, Relay]


# --- One round --------------------------------------------------------------


class Result:
    """What one round of one racer has measured."""

    def __init__(self, text, cpu):
        self.requests = int(found(r"(\d+) requests in", text) or 0)
        self.seconds = in_seconds(found(r"requests in ([\d.]+\w+)", text))
        self.errors = int(found(r"Non-2xx or 3xx responses: (\d+)", text) or 0)
        for word in ("connect", "read", "write", "timeout"):
            self.errors += int(found(r"Socket errors:.*%s (\d+)" % word, text) or 0)
        self.rate = self.requests / self.seconds
        self.cpu = cpu / max(self.requests, 1) * 1e6
        self.p50 = in_seconds(found(r"50%\s+([\d.]+\w+)", text)) * 1e3
        self.p99 = in_seconds(found(r"99%\s+([\d.]+\w+)", text)) * 1e3


def found(pattern, text):
    match = re.search(pattern, text)
    return match.group(1) if match else None


def in_seconds(word):
    number, unit = re.fullmatch(r"([\d.]+)(us|ms|s|m|h)", word or "0s").groups()
    return float(number) * {"us": 1e-6, "ms": 1e-3, "s": 1, "m": 60, "h": 3600}[unit]


def wrk(row, port, seconds):
    command = ["wrk", "-t2", "-c%d" % row.clients, "-d%ds" % seconds, "--latency",
               "--timeout", "10s"]
    for field in row.fields:
        command += ["-H", field]
    done = subprocess.run(command + ["http://127.0.0.1:%d%s" % (port, row.path)],
                          stdout=subprocess.PIPE, text=True, timeout=seconds * 4 + 60)
    if done.returncode != 0 or "requests in" not in done.stdout:
        sys.exit("wrk failed: %s" % done.stdout)
    return done.stdout


def run_round(row, racer):
    wrk(row, racer.port, 1)  # back-end connections, pages and caches are warm now
    pids = racer.pids()
    before = processor_seconds(pids)
    text = wrk(row, racer.port, SECONDS)
    cpu = processor_seconds(pids) - before
    if racer.pids() != pids:
        print("! %s changed its processes within a round" % racer.name)
    return Result(text, cpu)


# --- The table --------------------------------------------------------------

HEADINGS = ("", "requests/s", "CPU us/req", "p50 ms", "p99 ms", "errors",
            "rate/haproxy", "CPU/haproxy", "rate/nginx", "CPU/nginx")


def median(results, what):
    return statistics.median(getattr(result, what) for result in results)


def ratio(results, others, what):
    """Median of the ratios round by round, or why there is none."""
    if not others or others is results:
        return "-"
    if any(result.errors for result in results + others):
        return "errors"
    return "%.2f" % statistics.median(
        getattr(one, what) / getattr(two, what) for one, two in zip(results, others))


def line_of(name, row_results):
    mine = row_results[name]
    cells = [name, "%.0f" % median(mine, "rate"), "%.1f" % median(mine, "cpu"),
             "%.2f" % median(mine, "p50"), "%.2f" % median(mine, "p99"),
             "%d" % sum(result.errors for result in mine)]
    for other in ("haproxy", "nginx"):
        theirs = row_results.get(other)
        cells += [ratio(mine, theirs, "rate"), ratio(mine, theirs, "cpu")]
    return cells


def print_table(row, results):
    lines = [HEADINGS] + [line_of(name, results) for name in results]
    widths = [max(len(line[i]) for line in lines) for i in range(len(HEADINGS))]
    print("\n%s; %d rounds of %d s, %d processors" % (
        row.words, ROUNDS, SECONDS, PROCESSORS))
    for line in lines:
        print("  ".join([line[0].ljust(widths[0])] + [
            cell.rjust(width) for cell, width in zip(line[1:], widths[1:])]))
    sys.stdout.flush()


def run_row(row, racers):
    """Rounds in turn, so that what else the machine does hits all alike."""
    results = {racer.name: [] for racer in racers}
    for number in range(ROUNDS):
        turn = racers[number % len(racers):] + racers[:number % len(racers)]
        for racer in turn:
            results[racer.name].append(run_round(row, racer))
    print_table(row, results)
    return any(result.errors for result in results.get("pound", []))


def chosen(names, words, what):
    unknown = [word for word in words if word not in names + ["all"]]
    if unknown:
        sys.exit("no %s is called %s; there are: %s" % (what, unknown[0], " ".join(names)))
    return [name for name in names if name in words or "all" in words]


def entrants():
    words = os.environ.get("BENCH_RACERS", "all").split()
    racers = {racer.name: racer for racer in RACERS}
    present = []
    for name in chosen(list(racers), words, "racer"):
        binary = racers[name].binary()
        if binary and os.path.exists(binary):
            present.append(racers[name])
        elif name == "pound":
            sys.exit("no program at %s" % binary)
        else:
            print("! %s is not installed and does not run" % name)
    return present


def stopped(*_):
    sys.exit("stopped")


def main():
    signal.signal(signal.SIGTERM, stopped)
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    rows = chosen(list(ROWS), os.environ.get("BENCH", "keepalive32").split(), "row")
    for tool in ("wrk", "nginx"):
        if not program(tool):
            sys.exit("%s is not installed" % tool)
    folder = tempfile.mkdtemp(prefix="pound-bench.")
    os.chmod(folder, 0o755)
    running = []
    try:
        running.append(Backend(folder, 0))
        backend = running[0].start().port
        for racer in entrants():
            running.append(racer(folder, backend))
            running[-1].start()
        failed = [run_row(ROWS[name], running[1:]) for name in rows]
    finally:
        for racer in reversed(running):
            racer.stop()
        shutil.rmtree(folder, ignore_errors=True)
    return 1 if any(failed) else 0


if __name__ == "__main__":
    sys.exit(main())
