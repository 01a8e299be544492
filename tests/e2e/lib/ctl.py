# SPDX-License-Identifier: GPL-3.0-or-later
"""Run poundctl, and speak to the control socket without it."""

import json
import os
import socket
import struct
import subprocess

from lib.ports import SLOW, binary

CONTROL = 'Control "@folder@/ctl"\n'
MAGIC = b"PNDC"
VERSION = 1


def program():
    """poundctl of the same build: $POUNDCTL, or the one beside pound."""
    beside = os.path.join(os.path.dirname(binary()), "poundctl")
    return os.path.abspath(os.environ.get("POUNDCTL", beside))


def poundctl(*args, env=None, timeout=20, cwd=None):
    """(exit status, standard output, standard error)."""
    own = dict(os.environ)
    own.update(env or {})
    own.setdefault("ASAN_OPTIONS", "detect_leaks=1")
    done = subprocess.run([program(), *map(str, args)], capture_output=True, env=own,
                          cwd=cwd, timeout=timeout * SLOW, stdin=subprocess.DEVNULL)
    return done.returncode, done.stdout.decode("utf-8"), done.stderr.decode("utf-8")


class Ctl:
    """poundctl for one Pound whose configuration begins with CONTROL."""

    def __init__(self, pound):
        self.path = os.path.join(pound.folder, "ctl")

    def __call__(self, *args):
        return poundctl("-c", self.path, *args)

    def good(self, *args):
        """Its output; it must succeed in silence."""
        code, out, err = self(*args)
        assert code == 0 and err == "", (args, code, err)
        return out

    def refused(self, *args):
        """What it says on standard error; it must fail with 1."""
        code, out, err = self(*args)
        assert code == 1 and out == "", (args, code, out, err)
        assert err.startswith("poundctl: ") and err.endswith("\n"), err
        return err[len("poundctl: "):-1]

    def json(self):
        return json.loads(self.good("json"))

    def connect(self):
        sock = socket.socket(socket.AF_UNIX)
        sock.settimeout(10 * SLOW)
        sock.connect(self.path)
        return sock


def frame(kind, body, version=VERSION):
    return MAGIC + struct.pack(">HHI", version, kind, len(body)) + body


def command(number=0, listener=0, service=0, backend=0, sessions=1, key=b""):
    """A command as poundctl sends it; 0 is the list."""
    body = struct.pack(">IiiiBH", number, listener, service, backend, sessions, len(key))
    return frame(1, body + key)


def receive(sock):
    """All bytes until the other end closes."""
    data = b""
    while True:
        part = sock.recv(65536)
        if not part:
            return data
        data += part


def frames(data):
    """[(kind, body)] of all frames in data; they must be whole."""
    found = []
    while data:
        assert data[:4] == MAGIC, data[:20]
        version, kind, length = struct.unpack(">HHI", data[4:12])
        assert version == VERSION and len(data) >= 12 + length
        found.append((kind, data[12:12 + length]))
        data = data[12 + length:]
    return found
