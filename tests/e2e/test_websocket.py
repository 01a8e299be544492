#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tunnels after a 101: strict-http 6, A.2 19, B.7.6, B.10.3."""

import hashlib
import random
import re
import signal
import socket
import threading
import time

from harness import *
from lib.ctl import CONTROL, Ctl
from lib.talk import GOOD, SHAKE, Talk, connect
from lib.tls import V12, V13, cert, client_context, https

SHORT_WS = SHORT + "WSTimeOut 2\n"


def config(talk, glob="", listen="", back="", serve=""):
    return SHORT_WS + glob + "\n" + listener(*filter(None, [
        listen, service(*filter(None, [serve, backend(talk.origin, *filter(None, [back]))]))])) + "\n"


def exactly(side, size):
    return side.reader.exactly(size)


@once
def shared():
    talk = Talk()
    return Pound(config(talk, "LogLevel 0")), talk


def test_the_101_as_sent():
    """Relayed with its fields, in order; hop-by-hop ones but these two are gone."""
    talk = Talk(b"HTTP/1.1 101 Do It\r\nX-First: 1\r\nconnection: upgrade, x-own\r\nX-Own: 2\r\n"
                b"Upgrade: WebSocket\r\nKeep-Alive: 5\r\nSec-WebSocket-Accept: abc\r\n"
                b"Sec-WebSocket-Protocol: chat\r\nContent-Length: 5\r\n\r\n")
    pound = Pound(config(talk))
    client, _ = connect(pound, talk)
    equal(client.answered.start, "HTTP/1.1 101 Do It")
    equal(client.answered.names(), ["X-First", "connection", "Upgrade", "Sec-WebSocket-Accept",
                                    "Sec-WebSocket-Protocol"])
    equal(client.answered.get("connection"), "Upgrade")
    client.close()
    pound.stop()


def test_the_request_as_sent():
    pound, talk = shared()
    client, back = connect(pound, talk, "Sec-WebSocket-Protocol: chat, superchat",
                           "Origin: http://h.test", target="/ws?a=b")
    equal(back.request.target, "/ws?a=b")
    for field in SHAKE + ["Sec-WebSocket-Protocol: chat, superchat", "Origin: http://h.test"]:
        name, value = field.split(": ")
        equal(back.request.get(name), value)
    equal(back.request.get("X-Forwarded-For"), "127.0.0.1")
    client.close()


def test_both_ways():
    """Any bytes, at once, also those that look like HTTP or are not WebSocket."""
    pound, talk = shared()
    client, back = connect(pound, talk)
    for piece in (b"\x81\x05hello", b"GET / HTTP/1.1\r\n\r\n", b"\x00", b"\r\n\r\n", bytes(range(256))):
        client.send(piece)
        equal(exactly(back, len(piece)), piece)
        back.send(piece[::-1])
        equal(exactly(client, len(piece)), piece[::-1])
    client.close()


def test_bytes_behind_the_101():
    """What came with the 101 in one segment belongs to the tunnel."""
    talk = Talk(GOOD + b"\x81\x02hi" + b"z" * 5000)
    pound = Pound(config(talk))
    client, back = connect(pound, talk)
    equal(exactly(client, 5004), b"\x81\x02hi" + b"z" * 5000)
    client.close()
    pound.stop()


def test_bytes_behind_the_handshake():
    pound, talk = shared()
    count = len(talk.ready)
    with Client(pound.port) as client:
        client.send(build("GET", "/ws", SHAKE, None, "1.1") + b"first" + b"y" * 70000)
        equal(client.head().status, 101)
        until(lambda: len(talk.ready) > count, "handshake")
        equal(exactly(talk.ready[count], 70005), b"first" + b"y" * 70000)


def test_interim_answers_before_it():
    """A 103 is passed on, a 100 is not; then the tunnel opens."""
    for before, status in ((b"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n", 103),
                           (b"HTTP/1.1 100 Continue\r\n\r\n", 101)):
        talk = Talk(before + GOOD + b"tail")
        pound = Pound(config(talk))
        with Client(pound.port) as client:
            client.send(build("GET", "/ws", SHAKE, None, "1.1"))
            equal(client.head().status, status)
            if status == 103:
                equal(client.head().status, 101)
            equal(exactly(client, 4), b"tail")
        pound.stop()


def test_session_of_the_101():
    """What its cookie names is there while the tunnel goes on."""
    def serve(conn):
        while request := conn.head():
            if request.target == "/ws":
                conn.send(GOOD[:-2] + b"Set-Cookie: sid=%d.%d; Path=/\r\n\r\n" % (
                    conn.sock.getsockname()[1], conn.number))
                conn.drain()
                return
            conn.send(reply(b"%d" % conn.sock.getsockname()[1]))
    origins = [Origin(script=serve) for _ in range(3)]
    pound = Pound(SHORT + "LogLevel 0\n" + listener(service(*map(backend, origins), block(
        "Session", "Type COOKIE", 'ID "sid"', "TTL 60"))) + "\n")
    for _ in range(5):
        with Client(pound.port) as client:
            client.send(build("GET", "/ws", SHAKE, None, "1.1"))
            cookie = client.head().get("Set-Cookie").split(";")[0]
            for _ in range(5):
                answer = ask(pound.port, build("GET", "/", ["Cookie: " + cookie], None, "1.1"))
                assert cookie.startswith("sid=%s." % answer.body.decode()), (cookie, answer.body)
    pound.stop()


def test_on_a_connection_that_is_bound():
    """After NTLM the handshake goes the way of the login."""
    def serve(conn):
        while request := conn.head():
            if request.target == "/ws":
                conn.send(GOOD + b"%d" % conn.number)
                conn.drain()
                return
            conn.send(reply(b"%d" % conn.number, "WWW-Authenticate: NTLM", status="401 Unauthorized"))
    pound = Pound(SHORT + "LogLevel 0\n" + listener(service(backend(Origin(script=serve)))) + "\n")
    ask(pound.port, build("GET", "/", [], None, "1.1"))
    with Client(pound.port) as client:
        number = client.get("/", "Authorization: NTLM x").body
        client.send(build("GET", "/ws", SHAKE, None, "1.1"))
        equal(client.head().status, 101)
        equal(exactly(client, 1), number)
    pound.stop()


SIZES = [1, 1023, 16383, 16384, 16385, 65535, 65536, 65537, 1 << 20, 5 << 20]


def pour(side, data, results, name):
    digest = hashlib.sha256()
    side.reader.exactly(len(data), digest.update)
    results[name] = digest.hexdigest() == hashlib.sha256(data).hexdigest()


def test_volumes():
    """All sizes, both directions at the same time, byte for byte."""
    pound, talk = shared()
    noise = random.Random(5)

    def volume(size):
        up, down, results = noise.randbytes(size), noise.randbytes(size), {}
        client, back = connect(pound, talk)
        client.sock.settimeout(30 * SLOW)
        threads = [threading.Thread(target=pour, args=args, daemon=True) for args in (
            (client, down, results, "down"), (back, up, results, "up"))]
        threads.append(threading.Thread(target=back.send, args=(down,), daemon=True))
        for thread in threads:
            thread.start()
        client.send(up)
        for thread in threads:
            thread.join(30 * SLOW)
        equal(results, {"down": True, "up": True})
        client.close()
    each([(size,) for size in SIZES], volume)


def test_a_reader_that_rests():
    """Back-pressure: the sender stalls, nothing is lost, the other way goes on."""
    pound, talk = shared()
    client, back = connect(pound, talk, buffer=8192)
    data = random.Random(1).randbytes(32 << 20)  # the system's buffers may hold a third
    sender = threading.Thread(target=back.send, args=(data,), daemon=True)
    sender.start()
    time.sleep(0.3)
    client.send(b"still talking")
    equal(exactly(back, 13), b"still talking")
    assert sender.is_alive(), "32 MiB went nowhere"
    client.sock.settimeout(30 * SLOW)
    equal(hashlib.sha256(exactly(client, len(data))).digest(), hashlib.sha256(data).digest())
    client.close()


def test_half_close_by_the_client():
    pound, talk = shared()
    client, back = connect(pound, talk)
    client.send(b"last question").fin()
    equal(back.drain(), b"last question")
    equal(back.ended, "fin")
    for _ in range(3):
        back.send(b"answer")
        equal(exactly(client, 6), b"answer")
        time.sleep(0.05)
    back.close()
    equal(client.rest(), b"")
    equal(client.ended, "fin")


def test_half_close_by_the_back_end():
    pound, talk = shared()
    client, back = connect(pound, talk)
    back.send(b"last word").fin()
    equal(client.rest(), b"last word")
    for _ in range(3):
        client.send(b"so long")
        equal(exactly(back, 7), b"so long")
        time.sleep(0.05)
    client.close()
    equal(back.drain(), b"")


def test_a_close_ends_both():
    pound, talk = shared()
    for closer in (0, 1):
        pair = connect(pound, talk)
        pair[closer].close()
        other = pair[1 - closer]
        equal(other.reader.until_close(), b"")
        other.close()


def test_a_reset_ends_both():
    pound, talk = shared()
    for closer in (0, 1):
        pair = connect(pound, talk)
        pair[closer].rst()
        other = pair[1 - closer]
        begin = time.monotonic()
        equal(other.reader.until_close(), b"")
        assert elapsed(begin) < 1 * SLOW, "it took %.1f s" % elapsed(begin)


def test_a_reset_behind_an_end():
    """Who has finished and then resets is gone, though nobody reads there; what
    the other still sends is thrown away for a while, as after any answer."""
    pound, talk = shared()
    for closer in (0, 1):
        pair = connect(pound, talk)
        pair[closer].fin()
        other = pair[1 - closer]
        equal(other.reader.until_close(), b"")
        pair[closer].rst()
        until(lambda: not still_open(other), "end of the other side", 4, 0.1)


def still_open(side):
    """Whether Pound still takes bytes: a closed socket of its answers by RST."""
    try:
        side.sock.sendall(b"x")
        return True
    except OSError:
        return False


def over_tls(front, behind):
    """Volumes, and both half-closes, with these versions of TLS."""
    talk = Talk(tls=behind)
    inner = service(backend(talk.origin, *["HTTPS"] * bool(behind)))
    pound = Pound(SHORT_WS + "LogLevel 1\n" + (
        https(cert("h.test"), inner) if front else listener(inner)) + "\n")
    data = random.Random(7).randbytes(1 << 20)
    client, back = connect(pound, talk, tls=front)
    for one, other in ((client, back), (back, client)):
        sender = threading.Thread(target=one.send, args=(data,), daemon=True)
        sender.start()
        equal(hashlib.sha256(exactly(other, len(data))).digest(), hashlib.sha256(data).digest())
        sender.join()
    client.send(b"last question").fin()
    equal(back.drain(), b"last question")
    back.send(b"and an answer")
    equal(exactly(client, 13), b"and an answer")
    back.close()
    equal(client.rest(), b"")
    client.close()
    client, back = connect(pound, talk, tls=front)
    back.send(b"last word").fin()
    equal(client.rest(), b"last word")
    client.send(b"heard")
    equal(exactly(back, 5), b"heard")
    client.close()
    equal(back.drain(), b"")
    back.close()
    pound.wait_log("GET /ws .* 101 ", count=2)
    pound.stop()


def test_over_tls():
    each([("in front", V13, None), ("behind", None, V13), ("on both sides", V13, V13),
          ("in front, 1.2", V12, None), ("behind, 1.2", None, V12), ("1.2 and 1.3", V12, V13)],
         lambda _, front, behind: over_tls(front, behind))


def test_what_is_cut_has_no_end():
    """Who resets has not ended, and over TLS the other is not told so; nor has a back-end
    that breaks off without a close_notify. (Of clients that is borne: browsers do it.)"""
    talk = Talk(tls=V13)
    pound = Pound(SHORT_WS + "LogLevel 0\n" + https(cert("h.test"), service(backend(
        talk.origin, "HTTPS"))) + "\n")

    def broken(_, closer, act, how):
        pair = connect(pound, talk, tls=V13)
        one, other = pair[closer], pair[1 - closer]
        one.send(b"this much came")
        equal(exactly(other, 14), b"this much came")
        act(one)
        equal(other.reader.until_close(), b"")
        equal(other.reader.ended, how)
        other.close()
    each([("the client resets", 0, lambda one: one.rst(), "cut"),
          ("the back-end resets", 1, lambda one: one.rst(), "cut"),
          ("the client breaks off", 0, lambda one: one.sock.cut(), "fin"),
          ("the back-end breaks off", 1, lambda one: one.sock.cut(), "cut"),
          ("the client ends", 0, lambda one: one.sock.shutdown(socket.SHUT_WR), "fin"),
          ("the back-end ends", 1, lambda one: one.sock.shutdown(socket.SHUT_WR), "fin")], broken)
    pound.stop()


def test_time_out():
    """WSTimeOut of silence in both directions, of the back-end or global."""
    def late(_, glob, back, wanted):
        talk = Talk()
        pound = Pound(config(talk, "LogLevel 1\n" + glob, back=back))
        client, other = connect(pound, talk)
        begin = time.monotonic()
        client.expect_close(10)
        equal(other.drain(), b"")
        took = elapsed(begin)
        assert wanted - 0.2 < took < (wanted + 1) * SLOW, "%.1f s instead of %d" % (took, wanted)
        pound.wait_log("GET /ws .*101")
        equal(pound.since(0, r"\be\d\d\d "), [])
        pound.stop()
    each([("global", "WSTimeOut 1", "", 1), ("of the back-end", "", "WSTimeOut 3", 3),
          ("not TimeOut", "TimeOut 1", "WSTimeOut 2", 2)], late, together=True)


def test_no_time_out_while_one_talks():
    pound, talk = shared()
    client, back = connect(pound, talk)
    for i in range(4):
        time.sleep(0.7)
        side, other = ((client, back), (back, client))[i % 2]
        side.send(b"tick")
        equal(exactly(other, 4), b"tick")
    client.close()


def test_half_open_times_out():
    pound, talk = shared()
    client, back = connect(pound, talk)
    client.fin()
    equal(back.drain(), b"")
    begin = time.monotonic()
    equal(client.rest(8), b"")
    assert 1.5 < elapsed(begin) < 4 * SLOW, "%.1f s" % elapsed(begin)


LINES = [
    (1, r"127\.0\.0\.1 GET /ws HTTP/1\.1 - HTTP/1\.1 101 Switching Protocols"),
    (2, r"127\.0\.0\.1 GET /ws HTTP/1\.1 - HTTP/1\.1 101 Switching Protocols "
        r"\(h\.test/talk -> 127\.0\.0\.1:\d+\) (\d+\.\d{3}) sec"),
    (3, r'h\.test 127\.0\.0\.1 - us er \[.*\] "GET /ws HTTP/1\.1" 101 7 "http://ref/" "UA\\x22"'),
    (4, r'127\.0\.0\.1 - us er \[.*\] "GET /ws HTTP/1\.1" 101 7 "http://ref/" "UA\\x22"'),
    (5, r'h\.test 127\.0\.0\.1 - us er \[.*\] "GET /ws HTTP/1\.1" 101 7 "http://ref/" "UA\\x22" '
        r"\(talk -> 127\.0\.0\.1:\d+\) (\d+\.\d{3}) sec"),
    (6, r"[0-9a-f]{16}\|[-0-9T:.+]+\|101\|(\d+\.\d{3})\|7\|h\.test\|talk\|127\.0\.0\.1"
        r"\|127\.0\.0\.1:\d+\|us er\|UA\\x22\|http://ref/\|GET /ws HTTP/1\.1"),
]


def test_access_line():
    """One, at the end: 101, bytes from the back-end, the whole life."""
    talk = Talk()
    pound = Pound("LogFacility -\n" + SHORT_WS + "\n".join(listener(
        "LogLevel %d" % level, service(backend(talk.origin), name="talk"), port="l%d" % level)
        for level in range(7)) + "\n", mode="-F")

    def life(level, wanted):
        mark = len(pound.out)
        pound.ports["main"] = pound.ports["l%d" % level]
        client, back = connect(pound, talk, "User-Agent: UA\"", "Referer: http://ref/",
                               "Authorization: Basic dXMgZXI6cHc=")
        client.send(b"a long question")
        exactly(back, 15)
        time.sleep(0.3)
        equal(len(pound.out), mark, "lines while it goes on")
        back.send(b"answer!")
        exactly(client, 7)
        client.close()
        back.drain()
        back.close()
        if not wanted:
            return
        until(lambda: len(pound.out) > mark, "access line")
        match = re.fullmatch(wanted, pound.out[mark])
        assert match, pound.out[mark]
        if match.groups():
            assert 0.3 <= float(match.group(1)) < 2 * SLOW, pound.out[mark]

    each([(0, None)] + LINES, life)
    pound.stop()
    equal(len(pound.out), 6, "lines")


def test_anonymous():
    talk = Talk()
    pound = Pound("Anonymise\nLogFacility -\n" + config(talk), mode="-F")
    client, back = connect(pound, talk)
    client.close()
    back.close()
    until(lambda: pound.out, "access line")
    assert pound.out[0].startswith("127.0.0.0 GET /ws "), pound.out
    pound.stop()


def test_a_slot_of_max_conn():
    """A tunnel is a connection to the back-end as long as it lives."""
    talk = Talk()
    pound = Pound(config(talk, "LogLevel 0\nConnTO 1", back="MaxConn 1"))
    client, back = connect(pound, talk)
    equal(ask(pound.port, build("GET", "/", [], None, "1.1")).status, 503)
    client.close()
    back.drain()
    back.close()
    connect(pound, talk)[0].close()
    pound.stop()


def test_counters():
    """While it goes on it is one active request, and its bytes are counted."""
    talk = Talk()
    pound = Pound(CONTROL + config(talk, "LogLevel 0"))
    ctl = Ctl(pound)

    def traffic():
        return ctl.json()["listeners"][0]["services"][0]

    client, back = connect(pound, talk)
    before = traffic()
    client.send(b"u" * 1000)
    exactly(back, 1000)
    back.send(b"d" * 3000)
    exactly(client, 3000)
    until(lambda: (traffic()["bytes_in"], traffic()["bytes_out"]) == (1000, 3000), "bytes")
    now = traffic()
    equal((now["requests_now"], now["tunnels_now"], now["tunnels"]), (1, 1, 1))
    equal([now["backends"][0][name] for name in ("tunnels_now", "tunnels")], [1, 1])
    assert " 1 now, 1 tunnels; " in ctl.good("list", "-v")
    client.close()
    back.drain()
    back.close()
    until(lambda: traffic()["requests_now"] == 0, "its end")
    now = traffic()
    equal((now["tunnels_now"], now["tunnels"], now["backends"][0]["tunnels_now"]), (0, 1, 0))
    equal((now["bytes_in"], now["bytes_out"]), (1000, 3000))
    equal((before["bytes_in"], before["bytes_out"]), (0, 0))
    pound.stop()


def test_a_disabled_back_end_keeps_its_tunnels():
    """It gets nothing new, and poundctl tells what is left on it."""
    talk = Talk()
    pound = Pound(CONTROL + config(talk, "LogLevel 0"))
    ctl = Ctl(pound)
    client, back = connect(pound, talk)
    ctl.good("-b", "0", "0", "0")
    equal(ask(pound.port, build("GET", "/", [], None, "1.1")).status, 503)
    client.send(b"still here")
    equal(exactly(back, 10), b"still here")
    left = ctl.json()["listeners"][0]["services"][0]["backends"][0]
    equal((left["enabled"], left["tunnels_now"]), (False, 1))
    client.close()
    back.close()
    until(lambda: ctl.json()["listeners"][0]["services"][0]["backends"][0]["tunnels_now"] == 0,
          "its end")
    pound.stop()


def test_shutdown_waits_and_then_cuts():
    """HUP: a tunnel goes on for Grace; then it is cut and has its line."""
    talk = Talk()
    pound = Pound("LogLevel 1\nLogFacility -\n" + config(talk, "WSTimeOut 60"), mode="-F")
    client, back = connect(pound, talk)
    pound.send_signal(signal.SIGHUP)
    begin = time.monotonic()
    time.sleep(0.5)
    client.send(b"on")
    equal(exactly(back, 2), b"on")
    client.expect_close(10)
    assert 1.5 < elapsed(begin) < 5 * SLOW, "cut after %.1f s" % elapsed(begin)
    equal(pound.wait_exit(), 0)
    until(lambda: pound.out, "access line")
    assert re.match(r"127\.0\.0\.1 GET /ws HTTP/1\.1 - HTTP/1\.1 101 ", pound.out[0]), pound.out
    pound.stop()


def test_shutdown_ends_with_the_last_tunnel():
    talk = Talk()
    pound = Pound(config(talk, "Grace 20\nWSTimeOut 60").replace("Grace 2\n", ""))
    client, back = connect(pound, talk)
    pound.send_signal(signal.SIGHUP)
    time.sleep(0.3)
    client.close()
    back.drain()
    back.close()
    begin = time.monotonic()
    equal(pound.wait_exit(), 0)
    assert elapsed(begin) < 5 * SLOW, "%.1f s" % elapsed(begin)
    pound.stop()


def test_sides_that_come_and_go():
    """A hundred tunnels at once, each with its own bytes."""
    pound, talk = shared()
    pairs = [connect(pound, talk) for _ in range(100)]
    for i, (client, back) in enumerate(pairs):
        client.send(b"up %03d" % i)
        back.send(b"down %03d" % i)
    for i, (client, back) in enumerate(pairs):
        equal(exactly(back, 6), b"up %03d" % i)
        equal(exactly(client, 8), b"down %03d" % i)
    for client, _ in pairs:
        client.close()
    for _, back in pairs:
        equal(back.drain(), b"")
        back.close()


main()
