# SPDX-License-Identifier: GPL-3.0-or-later
"""Who asks: wrk, openssl s_time, and load.c; each gives a Result."""

import re
import subprocess
import sys
import time

import proc
import racers

S_TIMES = 8  # s_time makes one connection after the other: so many run at once


class Result:
    """What one round of one racer has measured. None: not measured."""

    FIELDS = ("cpu", "rate", "p50", "p99", "memory", "errors")

    def __init__(self, count, seconds, errors, p50=None, p99=None):
        self.count, self.errors, self.p50, self.p99 = count, errors, p50, p99
        self.rate = count / seconds if seconds else None
        self.cpu = self.memory = None

    def as_dict(self):
        return {name: getattr(self, name) for name in self.FIELDS}


def found(pattern, text):
    match = re.search(pattern, text)
    return match.group(1) if match else None


def in_seconds(word):
    number, unit = re.fullmatch(r"([\d.]+)(us|ms|s|m|h)", word or "0s").groups()
    return float(number) * {"us": 1e-6, "ms": 1e-3, "s": 1, "m": 60, "h": 3600}[unit]


def run(command, seconds, **more):
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          timeout=seconds * 4 + 60, **more)
    if done.returncode != 0:
        sys.exit("%s failed: %s" % (command[0], done.stdout[-2000:]))
    return done.stdout


class Load:
    """fresh: each round has a new process of each racer."""

    fresh = False
    warm = 1  # seconds before a round

    def measured(self, racer, seconds):
        """The load's Result with the racer's processor time and memory."""
        pids = racer.pids()
        before = proc.processor_seconds(pids)
        result = self.apply(racer, seconds)
        if result.count > 0:
            result.cpu = (proc.processor_seconds(pids) - before) / result.count * 1e6
        result.memory = proc.memory_bytes(pids)
        if racer.pids() != pids:
            print("! %s changed its processes within a round" % racer.name)
            result.errors += 1
        return result

    def round(self, racer, seconds):
        if self.warm:
            self.apply(racer, self.warm)  # connections, pages and caches are warm now
        return self.measured(racer, seconds)

    def apply(self, racer, seconds):
        raise NotImplementedError


UPLOAD = """
wrk.method = "POST"
wrk.body = string.rep("u", %d)
"""


class Wrk(Load):
    def __init__(self, clients=32, path="/1k", fields=(), upload=0):
        self.clients, self.path, self.fields, self.upload = clients, path, fields, upload

    def command(self, racer, seconds):
        command = ["wrk", "-t2", "-c%d" % self.clients, "-d%ds" % seconds, "--latency",
                   "--timeout", "10s"]
        for field in self.fields:
            command += ["-H", field]
        if self.upload:
            command += ["-s", racer.write("upload.lua", UPLOAD % self.upload)]
        scheme = "https" if racer.job.tls else "http"
        return command + ["%s://127.0.0.1:%d%s" % (scheme, racer.port, self.path)]

    def apply(self, racer, seconds):
        text = run(self.command(racer, seconds), seconds)
        errors = int(found(r"Non-2xx or 3xx responses: (\d+)", text) or 0)
        for word in ("connect", "read", "write", "timeout"):
            errors += int(found(r"Socket errors:.*%s (\d+)" % word, text) or 0)
        return Result(int(found(r"(\d+) requests in", text) or 0),
                      in_seconds(found(r"requests in ([\d.]+\w+)", text)), errors,
                      in_seconds(found(r"50%\s+([\d.]+\w+)", text)) * 1e3,
                      in_seconds(found(r"99%\s+([\d.]+\w+)", text)) * 1e3)


class Handshakes(Load):
    """Connections of openssl s_time. With 1.3 a request belongs to each: who
    does not read closes before the server's last flight, and then measures
    how soon the server notices. A session comes in that flight, too."""

    def __init__(self, version, resumed=False):
        self.version, self.resumed = version, resumed

    def command(self, racer, seconds):
        command = ["openssl", "s_time", "-connect", "127.0.0.1:%d" % racer.port,
                   "-tls%s" % self.version.replace(".", "_"), "-time", str(seconds),
                   "-reuse" if self.resumed else "-new"]
        if self.version == "1.3":
            command += ["-www", "/1k"]
        return command

    def apply(self, racer, seconds):
        running = [subprocess.Popen(self.command(racer, seconds), stdout=subprocess.PIPE,
                                    stderr=subprocess.STDOUT, text=True)
                   for _ in range(S_TIMES)]
        count = errors = 0
        for process in running:
            text = process.communicate(timeout=seconds * 4 + 60)[0]
            errors += process.returncode != 0
            count += int(found(r"(\d+) connections in \d+ real", text) or 0)
            errors += self.unexpected(text.partition("starting\n")[2])
        return Result(count, seconds, errors)

    def unexpected(self, marks):
        """'*' is a full handshake, 'r' a resumed one."""
        return marks.count("*") if self.resumed else marks.count("r")


class Sockets(Load):
    def __init__(self, clients):
        self.clients = clients

    def apply(self, racer, seconds):
        text = run([racers.compiled(racer.job.folder, "load", "-lssl", "-lcrypto"), "ws",
                    str(racer.port), str(self.clients), str(seconds)], seconds)
        return result_of(text, seconds)


def result_of(text, seconds):
    return Result(int(found(r"count (\d+)", text)), seconds, int(found(r"errors (\d+)", text)),
                  float(found(r"p50 ([\d.]+)", text)), float(found(r"p99 ([\d.]+)", text)))


class Idle(Load):
    """Memory for each of many clients that have made a request and stay; and
    what the next one waits."""

    fresh = True
    warm = 0

    def __init__(self, clients):
        self.clients = clients

    def measured(self, racer, seconds):
        command = [racers.compiled(racer.job.folder, "load", "-lssl", "-lcrypto"), "idle",
                   str(racer.port), str(self.clients)]
        time.sleep(0.5)  # what a start leaves to do is done
        before = proc.memory_bytes(racer.pids())
        with subprocess.Popen(command + ["tls"] * racer.job.tls, stdin=subprocess.PIPE,
                              stdout=subprocess.PIPE, text=True) as process:
            if process.stdout.readline() != "ready\n":
                sys.exit("the idle clients of %s failed" % racer.name)
            time.sleep(1)
            memory = proc.memory_bytes(racer.pids()) - before
            text = process.communicate("\n", timeout=120)[0]
        result = result_of(text, 0)
        result.memory = memory / self.clients
        return result

    def apply(self, racer, seconds):
        raise NotImplementedError


def missing(names):
    """Debian's packages that are needed and are not there."""
    package = {"wrk": "wrk", "openssl": "openssl", "cc": "gcc", "nginx": "nginx-light",
               "haproxy": "haproxy"}
    return [package[name] for name in names if racers.program(name) is None]


def library_headers():
    """libssl-dev, for load.c."""
    done = subprocess.run(["cc", "-E", "-xc", "-"], input="#include <openssl/ssl.h>\n", text=True,
                          stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return done.returncode == 0
