#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reload by USR2: nothing is lost, a mistake changes nothing (design 1, 10; A.6 14, A.8)."""

import os
import pwd
import signal
import threading
import time

from harness import *
from lib.talk import GOOD, Talk, connect

origin = Origin()
gate = {}


def slow(request):
    """Answers /slow only when the test lets it."""
    if request.target == "/slow":
        until(lambda: gate.get("open"), "permission to answer", 20)
    return OK


def config(name, glob="", listen="", origin=origin):
    """One that can be told from others by a field that it adds."""
    return simple(origin, glob + "\n", "%s\nAddHeader \"X-Config: %s\"" % (listen, name))


def front(name="a", glob="Grace 20\nClient 20\nTimeOut 20", **options):
    gate.clear()
    origin.take()
    return Pound(config(name, glob), **options)


def used(client_or_pound, target="/"):
    """(the configuration that a request was served by, whether it was the last)"""
    origin.take()
    if isinstance(client_or_pound, Client):
        answer = client_or_pound.get(target)
    else:
        answer = ask(client_or_pound.port, build("GET", target, [], None, "1.1"))
    equal(answer.status, 200)
    return origin.one().get("X-Config"), answer.get("Connection")


def test_takes_effect():
    """Another worker with the new files; the supervisor and the pid file stay."""
    pound = front()
    before = pound.worker_pid(), pound.pid
    equal(used(pound), ("a", None))
    pound.reload(config("b"))
    equal(used(pound), ("b", None))
    after = pound.worker_pid(before[0]), pound.pid
    assert after[0] != before[0] and after[1] == before[1], (before, after)
    with open(pound.pid_file) as file:
        equal(int(file.read()), before[1])
    until(lambda: not alive(before[0]), "end of the worker that has nothing to do")
    pound.stop()


def test_each_connection_has_one_more_answer():
    """Idle ones wait for it, busy ones get theirs; both are told that it is the last."""
    origin.answer = slow
    pound = front()
    idle, busy = Client(pound.port), Client(pound.port)
    equal(used(idle), ("a", None))
    busy.request("/slow")
    origin.wait_requests(1)
    old = pound.worker_pid()
    pound.reload(config("b"))
    assert idle.is_open() and alive(old)
    equal(used(idle), ("a", "close"))
    idle.expect_close()
    gate["open"] = True
    answer = busy.answer()
    equal((answer.body, answer.get("Connection")), (b"ok", "close"))
    busy.expect_close()
    busy.close()
    until(lambda: not alive(old), "end of the old worker")
    pound.stop()
    origin.take()


def test_idle_ones_stay_for_grace_at_most():
    pound = front(glob="Client 30\nGrace 1")
    idle = Client(pound.port)
    used(idle)
    old = pound.worker_pid()
    begin = time.monotonic()
    pound.reload(config("b"))
    idle.expect_close()
    assert 0.9 < elapsed(begin) < 3 * SLOW, elapsed(begin)
    until(lambda: not alive(old), "end of the old worker")
    pound.stop()


def test_requests_take_the_time_they_take():
    """Grace is for those that ask nothing."""
    origin.answer = slow
    pound = front(glob="TimeOut 20\nClient 20\nGrace 1")
    busy = Client(pound.port)
    busy.request("/slow")
    origin.wait_requests(1)
    old = pound.worker_pid()
    pound.reload(config("b"))
    time.sleep(1.5)
    gate["open"] = True
    equal(busy.answer().body, b"ok")
    busy.close()
    until(lambda: not alive(old), "end of the old worker")
    pound.stop()
    origin.take()


def test_listeners_come_and_go():
    pound = Pound(config("a") + listener(service(backend(origin)), port="gone") + "\n")
    pound.reload(config("b") + listener(service(backend(origin)), port="new") + "\n")
    equal(ask(pound.ports["new"], build("GET", "/", [], None, "1.1")).status, 200)
    until(lambda: refuses(pound.ports["gone"]), "end of the listener that went")
    equal(used(pound)[0], "b")
    pound.reload(config("c") + listener(service(backend(origin)), port="gone") + "\n")
    equal(ask(pound.ports["gone"], build("GET", "/", [], None, "1.1")).status, 200)
    until(lambda: refuses(pound.ports["new"]), "end of the listener that went")
    pound.stop()


def test_all_addresses_in_the_place_of_one():
    """And back: sockets that overlap, of which one goes. But not both for good."""
    one, every = (config(name).replace("Address 127.0.0.1\n\tPort @main@",
                                       "Address %s\n\tPort @main@" % host)
                  for name, host in (("one", "127.0.0.1"), ("every", "0.0.0.0")))
    pound = Pound(one)
    clients = [Client(pound.port) for _ in range(8)]
    for name, text in ("every", every), ("one", one), ("every", every):
        pound.reload(text)
        equal(used(pound)[0], name)
    for client in clients:
        equal(client.get().status, 200)
        client.close()
    both = every + listener(service(backend(origin)), port="main") + "\n"
    pound.reload(both, want="reload refused")
    equal(used(pound)[0], "every")
    pound.stop()


def test_nobody_in_the_backlog_of_a_lost_listener_is_lost():
    """Who was connected to an address that goes is still served."""
    pound = Pound(config("a") + listener(service(backend(origin)), port="gone") + "\n")
    clients = [Client(pound.ports["gone"]) for _ in range(40)]
    for client in clients:
        client.request()
    pound.reload(config("b"))
    for client in clients:
        equal(client.answer().status, 200)
        client.close()
    pound.stop()


def test_mistakes_change_nothing():
    """All of them are in the log, with their places; the old worker serves on."""
    pound = front()
    worker, mark = pound.worker_pid(), pound.mark()
    pound.reload("Gibberish 1\nThreads none\n" + config("b"), want="reload refused")
    for number, column in (1, 1), (2, 9):
        pound.wait_log(r"pound.cfg line %d: .*\(column %d" % (number, column), mark)
    equal((used(pound)[0], pound.worker_pid()), ("a", worker))
    os.unlink(pound.config)
    pound.reload(want="reload refused")
    equal((used(pound)[0], pound.worker_pid()), ("a", worker))
    pound.stop()


def test_what_cannot_be_had_changes_nothing():
    """An address that is taken; a jail that the worker does not find."""
    pound = front()
    worker = pound.worker_pid()
    busy = Origin()
    taken = config("b") + listener(service(backend(origin)), port="x").replace(
        "@x@", str(busy.port)) + "\n"
    mark = pound.mark()
    pound.reload(taken, want="reload refused")
    pound.wait_log("cannot listen on 127.0.0.1:%d" % busy.port, mark)
    if os.getuid() == 0:
        pound.reload('RootJail "/nonexistent"\n' + config("b"), want="reload refused")
    equal((used(pound)[0], pound.worker_pid()), ("a", worker))
    equal(len(pound.workers()), 1)
    pound.stop()


def test_another_user():
    """Of the worker, and of the resolver."""
    if os.getuid() != 0:
        return
    pound = Pound('User "daemon"\n' + config("a"))
    before = pound.children()
    pound.reload('User "nobody"\n' + config("b"))
    until(lambda: not any(map(alive, before)), "end of the processes of the first user")
    wanted = str(pwd.getpwnam("nobody").pw_uid)
    until(lambda: [status(pid).get("Uid", "").split("\t")[0] for pid in pound.children()] ==
              [wanted] * 2, "processes of user " + wanted)
    pound.stop()


def test_signals_meanwhile_make_one_more():
    """However many come during a reload."""
    pound = front()
    mark = pound.mark()
    pound.send_signal(signal.SIGUSR2)
    pound.wait_log("reload: reading", mark)
    os.kill(pound.pid, signal.SIGSTOP)
    for _ in range(5):
        pound.send_signal(signal.SIGUSR2)
    os.kill(pound.pid, signal.SIGCONT)
    pound.wait_log("reload: done", mark, count=2, timeout=20)
    pound.quiet()
    equal(len(pound.since(mark, "reload: done")), 2)
    pound.stop()


def test_from_a_jail():
    """Who sits in one hands over what he knows, and asks for no file."""
    if os.getuid() != 0:
        return
    talk = Talk(lambda request: GOOD if request.target == "/ws" else OK)
    text = 'RootJail "@folder@/san"\nUser "nobody"\n' + simple(
        talk.origin, "", "", "Session\nType IP\nTTL 60\nEnd")
    pound = Pound(text, jail=True)
    client, back = connect(pound, talk)
    for _ in range(2):
        pound.reload(text)
        equal(ask(pound.port, build("GET", "/", [], None, "1.1")).status, 200)
    until(lambda: len(pound.workers()) == 2, "end of the one without a connection")
    client.send(b"out of jail")
    equal(back.reader.exactly(11), b"out of jail")
    client.close()
    back.close()
    until(lambda: len(pound.workers()) == 1, "end of the old worker")
    pound.stop()


def family(pound):
    """How many descriptors each process has."""
    try:
        return sorted(len(os.listdir("/proc/%d/fd" % pid))
                      for pid in [pound.pid] + pound.children())
    except FileNotFoundError:
        return None


def test_nothing_is_left_open():
    """After reloads that were done, and some that were refused at each step."""
    busy = Origin()
    taken = listener(service(), port="x").replace("@x@", str(busy.port)) + "\n"
    pound = front()
    pound.reload(config("b"))
    until(lambda: len(pound.children()) == 2, "worker and resolver")
    before = family(pound.quiet())
    for _ in range(3):
        pound.reload("Nonsense 1\n", want="reload refused")
        pound.reload(config("c") + listener(service(), port="new") + "\n" + taken,
                     want="reload refused")
        pound.reload('RootJail "/nonexistent"\n' + config("d"), want="reload refused")
        pound.reload(config("e"))
    until(lambda: family(pound) == before, "as many as before")
    pound.stop()


def test_the_log_goes_elsewhere():
    """LogFacility and LogLevel are the new ones, of the supervisor's lines, too."""
    pound = Pound("LogFacility -\nLogLevel 0\n" + config("a"), mode="-F")
    equal(used(pound)[0], "a")
    pound.reload("LogFacility +\nLogLevel 1\n" + config("b"))
    equal(used(pound)[0], "b")
    until(lambda: any(line.startswith("<6>") and "GET / HTTP/1.1" in line for line in pound.out),
          "an access line with its number")
    equal([line for line in pound.out if "GET" in line and not line.startswith("<6>")], [])
    mark = pound.mark()
    pound.reload("Nonsense 1\n", want="reload refused")
    assert pound.since(mark, "^<3>.*line 1: "), pound.tail()
    pound.stop()


def test_websockets_live_on():
    """Through many reloads; DrainTime is long."""
    talk = Talk()
    pound = Pound(config("a", origin=talk.origin))
    client, back = connect(pound, talk)
    old = pound.worker_pid()
    for name in "bcd":
        pound.reload(config(name, origin=talk.origin))
    for one, other in (client, back), (back, client):
        one.send(b"hello")
        equal(other.reader.exactly(5), b"hello")
    assert alive(old)
    client.close()
    back.close()
    until(lambda: not alive(old), "end of the old worker")
    pound.stop()


def test_drain_time():
    """Then the tunnels are cut, with their access line."""
    talk = Talk()
    pound = Pound(config("a", "LogLevel 1\nDrainTime 1\nGrace 1", origin=talk.origin))
    client, _ = connect(pound, talk)
    old, mark = pound.worker_pid(), pound.mark()
    begin = time.monotonic()
    pound.reload(config("b", origin=talk.origin))
    client.expect_close()
    assert 0.9 < elapsed(begin) < 3 * SLOW, elapsed(begin)
    pound.wait_log("GET /ws", mark)
    until(lambda: not alive(old), "end of the old worker")
    pound.stop()


def test_at_most_16_retire():
    """The oldest lets idle clients go; tunnels are safe as long as that helps."""
    talk = Talk(lambda request: GOOD if request.target == "/ws" else OK)
    text = config("a", "Client 60\nGrace 60", origin=talk.origin)
    pound = Pound(text)
    tunnel, back = connect(pound, talk)
    idle = []
    for _ in range(18):
        client = Client(pound.port)
        equal(client.get("/plain").status, 200)
        idle.append(client)
        pound.reload()
    until(lambda: len(pound.workers()) <= 17, "an end of those that are too many", 10)
    tunnel.send(b"still here")
    equal(back.reader.exactly(10), b"still here")
    idle[0].expect_close()
    assert idle[-1].is_open(0.1)
    for client in idle + [tunnel, back]:
        client.close()
    until(lambda: len(pound.workers()) == 1, "end of the old workers", 10)
    pound.stop()


def test_a_retired_worker_that_dies_is_not_replaced():
    pound = front(crash=True)
    idle = Client(pound.port)
    used(idle)
    old = pound.worker_pid()
    pound.reload(config("b"))
    now = pound.worker_pid(old)
    os.kill(old, signal.SIGKILL)
    pound.wait_log("MONITOR: worker exited")
    equal((used(pound)[0], pound.workers()), ("b", [now]))
    equal(pound.since(0, "restarting"), [])
    pound.stop()


def test_a_worker_that_dies_is_started_with_the_new_files():
    """Also when it dies during the reload."""
    pound = front(crash=True)
    first = pound.worker_pid()
    pound.reload(config("b"))
    worker = pound.worker_pid(first)
    os.kill(worker, signal.SIGKILL)
    worker = until(lambda: set(pound.workers()) - {first, worker}, "another worker").pop()
    until(lambda: pound.since(0, "restarting"), "restart")
    equal(used(pound)[0], "b")
    pound.rewrite(config("c"))
    mark = pound.mark()
    pound.send_signal(signal.SIGUSR2)
    os.kill(worker, signal.SIGKILL)
    pound.wait_log("reload: done", mark)
    equal(used(pound)[0], "c")
    until(lambda: len(pound.workers()) == 1, "one worker")
    pound.stop()


def test_shutdown_ends_all():
    """TERM and HUP are for the retired ones, too, and for a reload that goes on."""
    for number in (signal.SIGTERM, signal.SIGHUP):
        pound = front()
        idle = Client(pound.port)
        used(idle)
        pound.reload(config("b"))
        assert len(pound.workers()) == 2
        pound.send_signal(signal.SIGUSR2)
        begin = time.monotonic()
        pound.stop(number)
        assert elapsed(begin) < 4 * SLOW, elapsed(begin)
        equal(idle.rest(), b"")


def test_death_of_the_supervisor():
    """Retired workers go then, too."""
    pound = front(glob="Grace 1")
    idle = Client(pound.port)
    used(idle)
    pound.reload(config("b"))
    workers = pound.children()
    pound.process.kill()
    until(lambda: not any(map(alive, workers)), "end of the workers", 6)
    pound.stop()


def test_nothing_is_lost():
    """Clients all the time, reloads all the time: not one request fails."""
    origin.answer = OK
    pound = front(glob="")
    end, failed, served = threading.Event(), [], []

    def keep_alive():
        client = None
        while not end.is_set():
            client = client or Client(pound.port)
            answer = client.get("/")
            served.append(answer.status)
            if answer.get("Connection") == "close":
                client.close()
                client = None

    def once_each():
        while not end.is_set():
            with Client(pound.port) as client:
                served.append(client.get("/", "Connection: close").status)

    def guarded(work):
        try:
            work()
        except Exception as error:
            failed.append(repr(error))

    threads = [threading.Thread(target=guarded, args=(work,))
               for work in [keep_alive] * 8 + [once_each] * 4]
    for thread in threads:
        thread.start()
    for name in "bcdef":
        pound.reload(config(name))
    end.set()
    for thread in threads:
        thread.join(10)
    equal((failed, set(served)), ([], {200}))
    until(lambda: len(pound.workers()) == 1, "end of the old workers", 10)
    pound.stop()


main()
