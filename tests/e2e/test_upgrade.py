#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Another binary in the place of the one that runs: a reload starts it, in the same
process, and nothing is lost (issue 8, design 1)."""

import os
import shutil
import signal
import socket
import subprocess

from harness import *
from lib.ctl import CONTROL, Ctl
from lib.talk import Talk, connect
from lib.tls import TlsClient, cert, client_context, https, resume

origin = Origin()


class Upgradable(Pound):
    """A Pound that runs from a copy of the binary in its folder."""

    def __init__(self, config, **options):
        super().__init__(config, wait=None, **options)
        self.binary = self.folder + "/pound"
        shutil.copy(binary(), self.binary)
        self.args[0] = self.binary
        self.start()

    def replace(self, source=None):
        """Another file in its place, as a package manager does it."""
        shutil.copy(source or binary(), self.binary + ".new")
        os.chmod(self.binary + ".new", 0o755)
        os.rename(self.binary + ".new", self.binary)

    def runs(self, pid=None):
        """The file that it (or another process) runs is the one that is there."""
        try:
            return os.path.samefile("/proc/%d/exe" % (pid or self.pid), self.binary)
        except FileNotFoundError:
            return False

    def upgrade(self, config=None):
        self.replace()
        assert not self.runs()
        self.reload(config)
        assert self.runs()


def config(name, glob=CONTROL):
    return simple(origin, glob + "Grace 20\nClient 20\n", 'AddHeader "X-Config: %s"' % name)


def used(client_or_pound):
    origin.take()
    if isinstance(client_or_pound, Client):
        answer = client_or_pound.get()
    else:
        answer = ask(client_or_pound.port, build("GET", "/", [], None, "1.1"))
    equal(answer.status, 200)
    return origin.one().get("X-Config"), answer.get("Connection")


def test_same_process_other_program():
    """Same pid and pid file; poundctl, counters and connections go on."""
    pound = Upgradable(config("a"))
    ctl = Ctl(pound)
    pid, idle = pound.pid, Client(pound.port)
    equal(used(idle), ("a", None))
    old = pound.worker_pid()
    uptime = ctl.json()["uptime"]
    for name in "bc":
        pound.upgrade(config(name))
        equal(used(pound), (name, None))
    equal(pound.pid, pid)
    with open(pound.pid_file) as file:
        equal(int(file.read()), pid)
    equal(used(idle), ("a", "close"))
    idle.expect_close()
    until(lambda: not alive(old), "end of the old worker")
    for child in pound.children():  # the resolver is another one, too
        until(lambda: pound.runs(child) or not alive(child), "the new program in each process")
    equal(len(pound.children()), 2)
    state = ctl.json()
    equal((state["pid"], state["listeners"][0]["services"][0]["requests"]), (pid, 3))
    assert state["uptime"] >= uptime
    pound.rewrite(config("d"))
    ctl.good("reload")
    equal(used(pound), ("d", None))
    pound.stop()


def test_poundctl_waits_for_it():
    """Across the change of the program."""
    pound = Upgradable(config("a"))
    pound.replace()
    pound.rewrite(config("b"))
    Ctl(pound).good("reload")
    assert pound.runs()
    equal(used(pound), ("b", None))
    pound.stop()
    assert not os.path.exists(Ctl(pound).path)


def test_tunnels_and_retired_workers():
    """Those that retired before the upgrade, and the one that does then."""
    talk = Talk()
    text = simple(talk.origin, "WSTimeOut 60\n")
    pound = Upgradable(text)
    pairs = []
    for step in (pound.reload, pound.upgrade, pound.reload, pound.upgrade):
        pairs.append(connect(pound, talk))
        step(text)
    equal(len(pound.workers()), 5)
    for number, (client, back) in enumerate(pairs):
        client.send(b"%d" % number)
        equal(back.reader.exactly(1), b"%d" % number)
        back.send(b"!")
        equal(client.reader.exactly(1), b"!")
        client.close()
        back.close()
    until(lambda: len(pound.workers()) == 1, "end of the old workers")
    pound.stop()


def test_a_bad_binary_is_refused():
    """It must pass -c; the one that runs goes on and says why."""
    pound = Upgradable(config("a"))
    worker = pound.worker_pid()
    script = pound.write("script", "#!/bin/sh\necho cannot be >&2\nexit 3\n")
    pound.replace(script)
    words = Ctl(pound).refused("reload")
    assert "cannot be" in words, words
    pound.write("script", "no program at all")
    pound.replace(script)
    pound.reload(want="reload refused")
    os.unlink(pound.binary)
    pound.reload(config("b"))  # nothing is there: the one that runs reads the files
    equal(used(pound), ("b", None))
    assert pound.worker_pid(worker)
    pound.upgrade(config("c"))
    equal(used(pound), ("c", None))
    pound.stop()


def test_mistakes_in_the_files():
    """Said by the new program; nothing has changed."""
    pound = Upgradable(config("a"))
    pound.replace()
    pound.rewrite("Nonsense 1\n" + config("b"))
    words = Ctl(pound).refused("reload")
    assert "pound.cfg line 1: " in words and "(column 1" in words, words
    equal((used(pound), pound.runs()), (("a", None), False))
    pound.rewrite(config("c"))
    Ctl(pound).good("reload")
    equal((used(pound), pound.runs()), (("c", None), True))
    pound.stop()


def test_listeners_and_control_change_with_it():
    pound = Upgradable(config("a") + listener(service(), port="gone") + "\n")
    old = Ctl(pound).path
    text = config("b", 'Control "@folder@/other"\n')
    pound.upgrade(text + listener(service(backend(origin)), port="new") + "\n")
    equal(ask(pound.ports["new"], build("GET", "/", [], None, "1.1")).status, 200)
    until(lambda: refuses(pound.ports["gone"]), "end of the listener that went")
    until(lambda: not os.path.exists(old), "end of the old socket")
    assert os.path.exists(pound.folder + "/other")
    pound.stop()
    assert not os.path.exists(pound.folder + "/other")


def test_the_old_worker_dies_meanwhile():
    """It is replaced like any other."""
    pound = Upgradable(config("a"), crash=True)
    pound.replace()
    worker, mark = pound.worker_pid(), pound.mark()
    pound.rewrite(config("b"))
    pound.wait_log(" serves: ")
    pound.send_signal(signal.SIGSTOP, worker)  # the next one waits for what it knows
    pound.send_signal(signal.SIGUSR2)
    pound.wait_log("reload: executing", mark)
    os.kill(worker, signal.SIGKILL)
    pound.wait_log("reload: done", mark)
    equal(used(pound), ("b", None))
    until(lambda: len(pound.workers()) == 1, "one worker")
    pound.stop()


def test_tickets():
    """TLS sessions are resumed by the worker of another program."""
    pound = Upgradable(https(cert(), service(backend(origin))))
    context = client_context()
    session = resume(pound.port, context)
    pound.upgrade()
    with TlsClient(pound.port, context, session=session) as client:
        equal((client.get().status, client.tls.session_reused), (200, True))
    pound.stop()


def test_signals_are_not_lost():
    """TERM and HUP while the program changes."""
    for number in (signal.SIGTERM, signal.SIGHUP):
        pound = Upgradable(config("a"))
        pound.replace()
        mark = pound.mark()
        pound.send_signal(signal.SIGUSR2)
        pound.wait_log("reload: executing", mark)
        pound.send_signal(number)
        equal(pound.wait_exit(), 0)
        assert not os.path.exists(pound.pid_file) and not os.path.exists(Ctl(pound).path)
        pound.stop()


def test_daemon():
    """In the background it stays there, whatever the file says now."""
    pound = Pound("Daemon 1\nLogFacility -\n" + config("a"), mode="", wait=None)
    own = pound.args[0] = pound.folder + "/pound"
    shutil.copy(binary(), own)
    equal(subprocess.run(pound.args, env=pound.env, timeout=20 * SLOW, stdout=subprocess.DEVNULL,
                         stderr=subprocess.DEVNULL).returncode, 0)
    pid = pound.pid
    try:
        before = pound.worker_pid()
        shutil.copy(own, own + ".new")
        os.rename(own + ".new", own)
        pound.rewrite("LogFacility -\n" + config("b"))
        Ctl(pound).good("reload")
        assert os.path.samefile("/proc/%d/exe" % pid, own)
        equal((pound.pid, os.getsid(pid), used(pound)), (pid, pid, ("b", None)))
        assert pound.worker_pid(before)
    finally:
        os.kill(pid, signal.SIGTERM)
        until(lambda: not alive(pid), "end of the daemon")
    assert not os.path.exists(pound.pid_file)
    pound.stop()


def test_another_version_of_the_handover():
    """Its sockets are taken, nothing else; it begins afresh."""
    sock = socket.socket()
    sock.bind(("127.0.0.1", 0))
    sock.listen(64)
    port = sock.getsockname()[1]
    early = Client(port)
    early.request()
    one, other = os.pipe()
    text = SHORT + block("ListenHTTP", "Address 127.0.0.1", "Port %d" % port,
                         service(backend(origin))) + "\n"
    pound = Pound(text, wait=None)
    pound.pass_fds = (sock.fileno(), one)
    pound.env["POUND_HANDOVER"] = "4711 %d %d" % pound.pass_fds
    os.write(other, b"what nobody understands\n")
    pound.start()
    sock.close()
    equal(early.answer().status, 200)
    os.close(one)
    try:
        os.write(other, b"x")
        raise AssertionError("the other descriptor is still open")
    except BrokenPipeError:
        pass
    pound.stop()
    assert refuses(port)


def test_a_program_that_does_not_understand():
    """It serves afresh on the same sockets; old workers retire, tunnels and all."""
    talk = Talk()
    text = CONTROL + simple(talk.origin, "WSTimeOut 60\n")
    pound = Upgradable(text)
    client, back = connect(pound, talk)
    old, pid, mark = pound.worker_pid(), pound.pid, pound.mark()
    pound.replace(pound.write("script", """#!/bin/sh
case " $* " in *" -c "*) exec %s "$@";; esac
POUND_HANDOVER="99 ${POUND_HANDOVER#* }" exec %s "$@"
""" % (binary(), binary())))
    pound.reload()
    new = pound.worker_pid(old)
    equal((pound.pid, Ctl(pound).json()["worker_pid"]), (pid, new))
    client.send(b"on we go")
    equal(back.reader.exactly(8), b"on we go")
    for side in client, back:
        side.close()
    until(lambda: not alive(old), "end of the old worker")
    equal(pound.since(mark, "has died"), [])
    pound.stop()
    assert not os.path.exists(Ctl(pound).path)


def test_nonsense_in_the_variable():
    """Nothing is taken, and Pound starts."""
    def start(value):
        pound = Pound(config("a"), wait=None)
        pound.env["POUND_HANDOVER"] = value
        pound.start()
        equal(used(pound), ("a", None))
        pound.stop()
    each([(value, value) for value in ("", "1", "1 -", "1 - -", "1 0,1,2 0,1,2", "x y z",
                                       "1 999999999999,7 88888", "-1 , ,")],
         lambda _, value: start(value))


main()
