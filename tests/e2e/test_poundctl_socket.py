#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The control socket: who may open it, what it replaces, who answers."""

import os
import signal
import socket
import stat
import struct
import tempfile
import threading
import time

from harness import *
from lib.ctl import CONTROL, Ctl, command, frame, frames, poundctl, receive

DONE, REFUSED = 9, 10


def start(control=CONTROL, **options):
    pound = Pound(control + simple(Origin()), **options)
    return pound, Ctl(pound)


def mode(path):
    return stat.S_IMODE(os.lstat(path).st_mode)


def start_outside(more="", **options):
    """The socket in a folder that is still there when Pound has ended."""
    folder = tempfile.mkdtemp(prefix="pound-e2e.")
    pound = Pound('Control "%s/ctl"\n%s' % (folder, more) + simple(Origin()), **options)
    ctl = Ctl(pound)
    ctl.path = folder + "/ctl"
    return pound, ctl


# -- the file ------------------------------------------------------------

def test_mode_and_end():
    pound, ctl = start_outside()
    assert stat.S_ISSOCK(os.lstat(ctl.path).st_mode)
    equal(mode(ctl.path), 0o600)
    ctl.good()
    pound.stop()
    assert not os.path.lexists(ctl.path), "it is still there"
    os.rmdir(os.path.dirname(ctl.path))


def test_end_by_hup():
    """While it drains it answers; then it is gone."""
    pound, ctl = start_outside()
    with Client(pound.port) as client:
        client.send(b"GET / HTTP/1.1\r\n")
        until(lambda: ctl.json()["connections_parked"] == 1, "the client")
        pound.send_signal(signal.SIGHUP)
        until(lambda: ctl.json()["draining"], "the drain")
        client.send(b"Host: h.test\r\n\r\n")
        equal(client.answer().status, 200)
    equal(pound.wait_exit(), 0)
    assert not os.path.lexists(ctl.path), "it is still there"


def test_no_start():
    """A Pound that cannot start leaves no socket."""
    with tempfile.TemporaryDirectory() as folder:
        sock, port = hold_port()
        sock.listen(1)
        config = 'Control "%s/ctl"\n' % folder + simple(Origin()).replace("@main@", str(port))
        equal(run("-e", "-p", folder + "/pid", config=config, folder=folder)[0], 1)
        assert not os.path.lexists(folder + "/ctl")


def test_modes_and_owners():
    pound, ctl = start('Control "@folder@/ctl" 0640\n')
    equal(mode(ctl.path), 0o640)
    if os.geteuid() == 0:
        import grp
        import pwd
        pound, ctl = start('Control "@folder@/ctl" 0660 nobody:daemon\n')
        found = os.lstat(ctl.path)
        equal((found.st_uid, found.st_gid),
              (pwd.getpwnam("nobody").pw_uid, grp.getgrnam("daemon").gr_gid))
        equal(mode(ctl.path), 0o660)
        pound, ctl = start('Control "@folder@/ctl" 0600 nobody\n')
        equal(os.lstat(ctl.path).st_uid, pwd.getpwnam("nobody").pw_uid)


def test_permission():
    """Whoever may not open it is told so."""
    if os.geteuid() != 0:
        return
    pound, ctl = start()
    def as_nobody():
        os.setgid(65534)
        os.setuid(65534)
    import subprocess
    from lib.ctl import program
    if os.stat(os.path.dirname(program())).st_mode & 0o005 != 0o005:
        return
    try:
        done = subprocess.run([program(), "-c", ctl.path], capture_output=True,
                              preexec_fn=as_nobody, text=True)
    except PermissionError:
        return  # the build is in a place that is ours alone
    equal(done.returncode, 1)
    assert "Permission denied: only those whom Control lets in may ask" in done.stderr, done.stderr


def identity(path):
    found = os.lstat(path)
    return found.st_ino, found.st_mode


def refuse_start(path, words):
    """Start on a path that is taken: exit 1, and what is there stays."""
    config = 'Control "%s"\n' % path + simple(Origin(), listen="").replace(
        "@main@", str(hold_port()[1]))
    with tempfile.TemporaryDirectory() as folder:
        before = identity(path)
        code, out, err = run("-e", "-p", folder + "/pid", config=config, folder=folder)
        equal((code, identity(path)), (1, before))
        assert words in err, err
        assert "line 1: Control" in err, err


def test_in_the_way():
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "ctl")
        with open(path, "w") as file:
            file.write("precious")
        refuse_start(path, "a file that is no socket stands there; it is left alone")
        os.unlink(path)
        os.symlink("/nowhere", path)
        refuse_start(path, "a file that is no socket stands there; it is left alone")
        os.unlink(path)
        os.mkdir(path)
        refuse_start(path, "a file that is no socket stands there; it is left alone")


def test_in_use():
    pound, ctl = start()
    refuse_start(ctl.path, "another process answers there (is Pound running already?)")
    ctl.good()


def test_stale():
    """The socket of a Pound that was killed is replaced."""
    pound, ctl = start(crash=True)
    pound.worker_pid()
    victims = pound.children()
    for pid in [pound.pid] + victims:
        os.kill(pid, signal.SIGKILL)
    pound.process.wait()
    until(lambda: not any(alive(pid) for pid in victims), "the end of all processes")
    assert os.path.lexists(ctl.path)
    said = ctl.refused()
    assert said.startswith("connect: %s: Connection refused" % ctl.path), said
    pound.start()
    ctl.good()


def test_not_removed_for_others():
    """At the end only our own socket goes."""
    pound, ctl = start_outside()
    os.unlink(ctl.path)
    other = socket.socket(socket.AF_UNIX)
    other.bind(ctl.path)
    pound.stop()
    assert os.path.lexists(ctl.path)


def test_drop_of_privileges_and_jail():
    """It is made outside the jail, and used by a worker inside of it."""
    if os.geteuid() != 0:
        return
    folder = tempfile.mkdtemp(prefix="pound-jail.")
    os.chmod(folder, 0o755)
    jail = 'User "nobody"\nGroup "nogroup"\nRootJail "%s"\n' % folder
    pound, ctl = start_outside(jail, jail=True)
    equal(os.lstat(ctl.path).st_uid, 0)
    ctl.good("-l", 0)
    ctl.good("-L", 0)
    pound.stop()
    assert not os.path.lexists(ctl.path)
    os.rmdir(folder)


# -- where poundctl looks ------------------------------------------------

def test_by_configuration():
    pound, ctl = start()
    equal(poundctl("-f", pound.config, "list"), ctl("list"))
    including = pound.write("outer.cfg", 'Include "pound.cfg"\nCert "unreadable"\nnonsense\n')
    equal(poundctl("-f", including)[0], 0)
    equal(poundctl("-f", "outer.cfg", cwd=pound.folder)[0], 0)


def test_no_configuration():
    def ends(args, code, words):
        got = poundctl(*args)
        equal((got[0], got[1]), (code, ""))
        assert words in got[2], got[2]
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "x.cfg")
        with open(path, "w") as file:
            file.write("ListenHTTP\nEnd\n")
        ends(("-f", path), 1, "there is no Control in " + path)
        ends(("-f", folder + "/none"), 1, folder + "/none: No such file")
        ends(("-c", folder + "/none"), 1, "connect: %s/none: No such file" % folder)
        ends(("-c", path), 1, "connect: %s: Connection refused" % path)
    code, out, err = poundctl("list")
    if code != 0:  # there may be a Pound on this machine
        equal(code, 1)
        assert "-c SOCKET or -f FILE" in err or "connect: " in err, err


# -- a worker that is not there ------------------------------------------

def test_restart():
    """Between a crash and the restart poundctl waits."""
    pound, ctl = start(crash=True)
    worker = pound.worker_pid()
    os.kill(worker, signal.SIGKILL)
    equal(ctl()[0], 0)
    assert pound.worker_pid() != worker


def all_stopped(pid):
    def state(task):
        with open("/proc/%d/task/%s/stat" % (pid, task)) as file:
            return file.read().rsplit(")", 1)[1].split()[0]
    return {state(task) for task in os.listdir("/proc/%d/task" % pid)} == {"T"}


def test_no_worker():
    """Stopped, it takes no command: that is told after two seconds."""
    pound, ctl = start(crash=True)
    worker = pound.worker_pid()
    ctl.good()  # all threads are there
    os.kill(worker, signal.SIGSTOP)
    until(lambda: all_stopped(worker), "stop of the worker")
    begin = time.monotonic()
    equal(ctl.refused(), "no worker (restarting)")
    assert 1.5 < elapsed(begin) < 2 + 3 * SLOW, elapsed(begin)
    os.kill(worker, signal.SIGCONT)
    ctl.good()


def test_no_supervisor_and_no_worker():
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "ctl")
        silent = socket.socket(socket.AF_UNIX)
        silent.bind(path)
        silent.listen(1)
        code, out, err = poundctl("-c", path, "-L", 0)
        equal((code, err), (1, "poundctl: no worker (restarting)\n"))


def answering(data):
    """A socket that answers each command with these bytes."""
    folder = tempfile.mkdtemp(prefix="pound-e2e.")
    path = os.path.join(folder, "ctl")
    listener_ = socket.socket(socket.AF_UNIX)
    listener_.bind(path)
    listener_.listen(5)

    def serve():
        while True:
            sock, _ = listener_.accept()
            sock.recv(65536)
            sock.sendall(data)
            sock.close()
    threading.Thread(target=serve, daemon=True).start()
    return path


def test_strange_answers():
    result = struct.pack(">H", 4) + b"done"
    cases = [
        (frame(DONE, result, version=7),
         "this Pound speaks version 7 of the control protocol, poundctl version 1: "
         "use the poundctl that came with it"),
        (b"HTTP/1.1 400 Bad Request\r\n\r\n", "is not an answer of Pound"),
        (frame(6, b"")[:9], "the answer ended early"),
        (frame(3, b"\0\0"), "is not an answer of Pound"),
        (frame(6, b""), "is not an answer of Pound"),
        (frame(99, b""), "is not an answer of Pound"),
        (frame(REFUSED, struct.pack(">H", 2) + b"no"), "no"),
    ]

    def say(data, words):
        code, out, err = poundctl("-c", answering(data))
        equal((code, out), (1, ""))
        assert words in err, err
    each(cases, say)


# -- strange clients -----------------------------------------------------

def test_frames():
    pound, ctl = start()
    sock = ctl.connect()
    sock.sendall(command())
    kinds = [kind for kind, _ in frames(receive(sock))]
    equal(kinds[0], 2)
    equal(kinds[-1], DONE)
    equal(kinds.count(DONE), 1)


def test_bytewise():
    pound, ctl = start()
    sock = ctl.connect()
    for byte in command(5):
        sock.sendall(bytes([byte]))
    [(kind, body)] = frames(receive(sock))
    equal(kind, DONE)


def test_other_version():
    pound, ctl = start()
    sock = ctl.connect()
    sock.sendall(frame(1, b"", version=2))
    [(kind, body)] = frames(receive(sock))
    equal(kind, REFUSED)
    equal(body[2:], b"poundctl speaks version 2 of the control protocol, this Pound version 1")
    pound.wait_log("poundctl speaks version 2")


def test_nonsense():
    pound, ctl = start()
    bad = [
        ("classic", b"\0" * 144), ("http", b"GET / HTTP/1.1\r\n\r\n"),
        ("an answer", frame(2, b"")), ("no kind", frame(0, b"")),
        ("a large one", b"PNDC" + struct.pack(">HHI", 1, 1, 1 << 31)),
    ]

    def send(_, data):
        sock = ctl.connect()
        sock.sendall(data)
        equal(receive(sock), b"")
    each(bad, send)
    refused = [
        ("no fields", frame(1, b"")), ("too many", command() + b""),
        ("a long body", frame(1, b"\0" * 4000)), ("no such number", command(4711)),
        ("not a bool", command(sessions=2)),
    ]

    def refuse(name, data):
        sock = ctl.connect()
        sock.sendall(data)
        found = frames(receive(sock))
        equal(found[-1][0], DONE if name == "too many" else REFUSED)
    each(refused, refuse)
    ctl.good()


def test_silent_clients():
    """They hold up nobody, and are sent away after five seconds."""
    pound, ctl = start()
    begin = time.monotonic()
    silent = [ctl.connect() for _ in range(10)]
    silent[3].sendall(command()[:5])
    for _ in range(5):
        ctl.good()
    assert elapsed(begin) < 3 * SLOW, elapsed(begin)
    equal(silent[0].recv(1), b"")
    assert 4.5 < elapsed(begin) < 5 + 3 * SLOW, elapsed(begin)
    equal(silent[3].recv(1), b"")


def test_many_silent_clients():
    """More than there is room for: the oldest goes."""
    pound, ctl = start()
    silent = [ctl.connect() for _ in range(60)]
    begin = time.monotonic()
    ctl.good()
    assert elapsed(begin) < 1.5 * SLOW, elapsed(begin)
    equal(silent[0].recv(1), b"")


def test_reader_that_stalls():
    """An answer that nobody takes blocks no other, and no request."""
    lines = [SHORT, CONTROL]
    serve = [service('URL "^/%d$"' % n, block("BackEnd", "Address 127.0.0.1", "Port 9"),
                     name="s" * 300) for n in range(2000)]
    origin = Origin()
    pound = Pound("".join(lines) + listener(*serve, service(backend(origin))))
    ctl = Ctl(pound)
    stalled = [ctl.connect() for _ in range(5)]
    for sock in stalled:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        sock.sendall(command())
    begin = time.monotonic()
    ctl.good("-b", 0, 0, 0)
    with Client(pound.port) as client:
        equal(client.get("/x").status, 200)
    assert elapsed(begin) < 2 * SLOW, elapsed(begin)
    equal(len(ctl.json()["listeners"][0]["services"]), 2001)
    # After 5 s without progress they are cut, in the middle of the answer.
    time.sleep(5.5)
    for sock in stalled:
        data = receive(sock)
        assert data[-16:-14] != b"" and not data.endswith(frame(DONE, b"\0\0")), len(data)


main()
