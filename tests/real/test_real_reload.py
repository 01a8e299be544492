#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
# time limit: 240
"""100 reloads in a minute, with other files each time and each tenth time another
program, under 80 clients over HTTP and HTTPS: not one request fails, 100 WebSockets live through all of it, sessions
keep their back-ends, and nothing is left behind (issue 8)."""

import shutil
import threading
import time

from peers import *
from lib.ctl import CONTROL, Ctl
from lib.talk import GOOD, SHAKE, Talk
from lib.tls import TlsClient, cert, client_context, issuer

LASTS = seconds(60)
RELOADS = max(20, int(LASTS * 100 / 60))
KEEPING, ONCE, TUNNELS = 64, 16, 100
PAUSE = 0.02  # of each client between two requests: the machine is not the point
MIB = 1 << 20

origins = [Origin(reply(b"%d" % i)) for i in range(2)]
talk = Talk(lambda request: GOOD if "upgrade" in str(request.get("Connection")).lower() else OK)
certs = [issuer().issue("renewed%d" % i, ["h.test"], "ec") for i in range(2)]
context = client_context()


def config(number):
    """Of each number another one: fields, order, listeners, a back-end more, limits."""
    backs = [backend(o) for o in origins]
    if number % 3 == 1:
        backs.reverse()
    if number % 2:
        backs.append(backend(origins[0], "Disabled 1", "TimeOut %d" % number))
    session = "Session\nType PARM\nTTL 600\nEnd"
    inner = [service('URL "^/ws"', backend(talk.origin)),
             service(*backs, session, name="web")]
    extra = ["AddHeader \"X-Number: %d\"" % number, "MaxRequest %d" % (1000 + number)]
    text = (CONTROL + "Client 20\nTimeOut 20\nGrace 20\nWSTimeOut 600\nLogLevel 0\n"
            + "Threads %d\nDrainTime 10m\n" % (4 + number % 3))
    text += listener(*extra, *inner) + "\n"
    text += block("ListenHTTPS", "Address 127.0.0.1", "Port @tls@",
                  'Cert "@folder@/cert.pem"', *extra, *inner) + "\n"
    if number % 4 == 3:
        text += listener(*inner, port="extra") + "\n"
    return text


def renew(number):
    """The certificate is another one in the same place."""
    path = pound.folder + "/cert.pem"
    shutil.copy(certs[number % 2].pem, path + ".new")
    os.chmod(path + ".new", 0o600)
    os.rename(path + ".new", path)


with open(certs[0].pem, "rb") as file:
    pound = Pound(config(0), files={"cert.pem": file.read()}, wait=None)
program = pound.args[0] = pound.folder + "/pound"
shutil.copy(binary(), program)
pound.start()
ctl = Ctl(pound)
end = threading.Event()
failures, counts = [], {"requests": 0, "connections": 0, "moved": 0}
lock = threading.Lock()


class User:
    """A client that asks again and again, and knows what must come."""

    def __init__(self, number, once):
        self.once = once
        self.tls = number % 2 == 1
        self.key = "k%d" % number
        self.body = None
        self.client = None
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()

    def connect(self):
        if self.tls:
            self.client = TlsClient(pound.ports["tls"], context, timeout=20)
        else:
            self.client = Client(pound.port, timeout=20)
        with lock:
            counts["connections"] += 1

    def ask(self):
        if self.client is None:
            self.connect()
        fields = ["Connection: close"] if self.once else []
        answer = self.client.get("/x;" + self.key, *fields)
        equal(answer.status, 200)
        with lock:
            counts["requests"] += 1
            counts["moved"] += self.body not in (None, answer.body)
        self.body = answer.body
        if self.once or answer.get("Connection") == "close":
            self.client.close()
            self.client = None

    def run(self):
        while not end.is_set():
            try:
                self.ask()
            except Exception as error:  # every one is a lost request
                failures.append("%s: %r" % (self.key, error))
                self.client = None
            time.sleep(PAUSE)


def open_tunnels():
    pairs = []
    for number in range(TUNNELS):
        client = (TlsClient(pound.ports["tls"], context) if number % 2 else Client(pound.port))
        client.send(build("GET", "/ws/%d" % number, SHAKE, None, "1.1"))
        equal(client.head().status, 101)
        pairs.append(client)
    until(lambda: len(talk.ready) == TUNNELS, "all handshakes at the back-end", 20)
    backs = {int(conn.request.target.rpartition("/")[2]): conn for conn in talk.ready}
    return [(client, backs[number]) for number, client in enumerate(pairs)]


def footprint():
    """(processes, descriptors of all of them, PSS) of a Pound that rests."""
    until(lambda: len(pound.workers()) == 1, "one worker", 30)
    time.sleep(1)
    pids = [pound.pid] + pound.children()
    descriptors = sum(len(os.listdir("/proc/%d/fd" % pid)) for pid in pids)
    return len(pids), descriptors, pss_of_tree(pound.pid)


def upgrade():
    """Another file in the place of the program that runs."""
    shutil.copy(binary(), program + ".new")
    os.rename(program + ".new", program)


def reload_to(number):
    renew(number)
    if number % 10 == 9:
        upgrade()
    pound.rewrite(config(number))
    ctl.good("reload")


def warm_up():
    """What the first reloads and requests leave behind is not counted."""
    users = [User(number, False) for number in range(KEEPING + ONCE)]
    until(lambda: all(user.body for user in users), "a session for each", 20)
    for number in 1, 2, 3, 4:
        reload_to(number)
    time.sleep(1)
    stop(users)
    reload_to(0)
    return footprint()


def stop(users):
    end.set()
    for user in users:
        user.thread.join(30)
        if user.client:
            user.client.close()
    end.clear()


def test_nothing_is_lost():
    before = warm_up()
    tunnels = open_tunnels()
    holder = pound.worker_pid()
    users = ([User(number, False) for number in range(KEEPING)] +
             [User(KEEPING + number, True) for number in range(ONCE)])
    begin = time.monotonic()
    for number in range(RELOADS):
        reload_to(number + 1)
        time.sleep(max(0, begin + LASTS * (number + 1) / RELOADS - time.monotonic()))
    took = elapsed(begin)
    most = len(pound.workers())
    stop(users)
    say("%d reloads in %.1f s, %d requests on %d connections, %d workers at the end", RELOADS,
        took, counts["requests"], counts["connections"], most)
    equal(failures[:5], [], "%d failed" % len(failures))
    assert took < LASTS * 1.2 * SLOW, "reloads take too long: %.1f s" % took
    assert counts["requests"] > 20 * RELOADS, counts
    assert os.path.samefile("/proc/%d/exe" % pound.pid, program), "it runs another program"
    equal(counts["moved"], 0, "requests that came to another back-end than before")
    assert alive(holder), "the worker with the tunnels"
    for number, (client, back) in enumerate(tunnels):
        word = b"hello %d" % number
        for one, other in (client, back), (back, client):
            one.send(word)
            equal(other.reader.exactly(len(word)), word)
    for client, back in tunnels:
        client.close()
        back.close()
    reload_to(0)
    after = footprint()
    say("processes, descriptors, memory: %r, then %r", before, after)
    equal(after[:2], before[:2], "processes and descriptors")
    assert after[2] <= max(before[2] * 1.05, before[2] + MIB), "memory"


def test_a_broken_file_under_load():
    """Refused as a whole, and nobody notices."""
    users = [User(number, number % 4 == 0) for number in range(20)]
    worker = pound.worker_pid()
    for text in ("Nonsense 1\n" + config(1), config(1) + listener(port="x").replace("End", "")):
        pound.rewrite(text)
        assert "pound.cfg line " in ctl.refused("reload")
    shutil.copy(certs[0].pem, pound.folder + "/cert.pem")
    with open(certs[1].pem) as one, open(certs[0].pem) as other:
        key, chain = one.read(), other.read()
    mixed = chain[:chain.index("-----BEGIN PRIVATE") if "-----BEGIN PRIVATE" in chain else 0]
    pound.write("cert.pem", mixed + key[key.index("-----BEGIN PRIVATE"):key.index("-----END PRIVATE")]
                + "-----END PRIVATE KEY-----\n")
    pound.rewrite(config(1))
    assert "cert.pem" in ctl.refused("reload")
    time.sleep(0.5)
    stop(users)
    equal((failures, pound.worker_pid()), ([], worker))


main(limit=220)
