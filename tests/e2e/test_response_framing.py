#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""What becomes of a back-end's answer: strict-http 8."""

import threading
import time

from harness import *

origin = Origin()
CHUNKS = b"5\r\nhello\r\n0\r\n\r\n"


@once
def pound():
    return Pound(simple(origin, "LogLevel 0"))


def head(*lines, start="HTTP/1.1 200 OK"):
    lines = [line if isinstance(line, bytes) else line.encode("latin-1") for line in lines]
    return CRLF.join([start.encode("latin-1"), *lines]) + CRLF * 2


# name, answer (then the back-end keeps its side open), framing for the client,
# body, and whether the back-end connection may be used again
UNDERSTOOD = [
    ("length", head("Content-Length: 5") + b"hello", "length", b"hello", True),
    ("chunked", head("Transfer-Encoding: chunked") + CHUNKS, "chunked", b"hello", True),
    ("no reason", head("Content-Length: 5", start="HTTP/1.1 200") + b"hello",
     "length", b"hello", None),
    ("blank reason", head("Content-Length: 5", start="HTTP/1.1 200 ") + b"hello",
     "length", b"hello", None),
    ("length in blanks", head("Content-Length: \t5 ") + b"hello", "length", b"hello", None),
    ("chunked in any case", head("transfer-encoding: Chunked") + CHUNKS,
     "chunked", b"hello", True),
    ("length 0", head("Content-Length: 0"), "length", b"", True),
    ("no chunk", head("Transfer-Encoding: chunked") + b"0\r\n\r\n", "chunked", b"", True),
    ("length and chunked", head("Content-Length: 3", "Transfer-Encoding: chunked") + CHUNKS,
     "chunked", b"hello", False),
    ("chunked and length", head("Transfer-Encoding: chunked", "Content-Length: 99") + CHUNKS,
     "chunked", b"hello", False),
    ("equal lengths", head("Content-Length: 5", "Content-Length: 5") + b"hello",
     "length", b"hello", False),
    ("chunked twice", head("Transfer-Encoding: chunked", "Transfer-Encoding: chunked") + CHUNKS,
     "chunked", b"hello", False),
    ("1.0 with chunked", head("Transfer-Encoding: chunked", start="HTTP/1.0 200 OK") + CHUNKS,
     "chunked", b"hello", False),
    ("1.0 with length", head("Content-Length: 5", start="HTTP/1.0 200 OK") + b"hello",
     "length", b"hello", False),
    ("1.0 keep-alive", head("Connection: keep-alive", "Content-Length: 5",
                            start="HTTP/1.0 200 OK") + b"hello", "length", b"hello", True),
    ("Connection: close", head("Connection: close", "Content-Length: 5") + b"hello",
     "length", b"hello", False),
    ("blank before the colon", head("Content-Length : 5", "X-T\t: v") + b"hello",
     "length", b"hello", False),
    ("no colon", head("rubbish", "Content-Length: 5") + b"hello", "length", b"hello", False),
    ("empty name", head(": v", "Content-Length: 5") + b"hello", "length", b"hello", False),
    ("impossible name", head("X(T): v", "Content-Length: 5") + b"hello",
     "length", b"hello", False),
    ("blank in the name", head("X T: v", "Content-Length: 5") + b"hello",
     "length", b"hello", False),
    ("blanks after the size", head("Transfer-Encoding: chunked") +
     b"5  \r\nhello\r\n0 \r\n\r\n", "chunked", b"hello", False),
    ("LF in the head", b"HTTP/1.1 200 OK\nContent-Length: 5\n\nhello",
     "length", b"hello", False),
    ("some LF in the head", b"HTTP/1.1 200 OK\r\nContent-Length: 5\n\r\nhello",
     "length", b"hello", False),
    ("trailers", head("Transfer-Encoding: chunked") +
     b"5\r\nhello\r\n0\r\nX-T: v\r\nContent-Length: 9\r\n\r\n", "chunked", b"hello", None),
    ("extensions", head("Transfer-Encoding: chunked") + b'5;a="b"\r\nhello\r\n0\r\n\r\n',
     "chunked", b"hello", None),
    ("many bytes too many", head("Content-Length: 5") + b"helloHTTP/1.1 200 OK\r\n"
     b"Content-Length: 4\r\n\r\nevil", "length", b"hello", False),
    ("bytes after the last chunk", head("Transfer-Encoding: chunked") + CHUNKS + b"evil",
     "chunked", b"hello", False),
    ("status 599", head("Content-Length: 5", start="HTTP/1.1 599 Odd") + b"hello",
     "length", b"hello", None),
]

AMBIGUOUS = [  # 502, and not a byte of it reaches the client
    ("different lengths", head("Content-Length: 5", "Content-Length: 4") + b"hello"),
    ("list of lengths", head("Content-Length: 5, 4") + b"hello"),
    ("empty length", head("Content-Length:") + b"hello"),
    ("negative length", head("Content-Length: -5") + b"hello"),
    ("signed length", head("Content-Length: +5") + b"hello"),
    ("hex length", head("Content-Length: 0x5") + b"hello"),
    ("20 digits", head("Content-Length: 18446744073709551621") + b"hello"),
    ("2^63", head("Content-Length: 9223372036854775808") + b"hello"),
    ("word as length", head("Content-Length: five") + b"hello"),
    ("unknown coding", head("Transfer-Encoding: gzip") + b"hello"),
    ("identity", head("Transfer-Encoding: identity", "Content-Length: 5") + b"hello"),
    ("two codings", head("Transfer-Encoding: gzip, chunked") + CHUNKS),
    ("chunked and more", head("Transfer-Encoding: chunked", "Transfer-Encoding: gzip") + CHUNKS),
    ("bare CR in a value", head("X-T: a\rb", "Content-Length: 5") + b"hello"),
    ("NUL in a value", head("X-T: a\x00b", "Content-Length: 5") + b"hello"),
    ("control in a value", head("X-T: a\x1bb", "Content-Length: 5") + b"hello"),
    ("DEL in a value", head("X-T: a\x7fb", "Content-Length: 5") + b"hello"),
    ("no status line", b"hello\r\n\r\n"), ("a page", b"<html>hello</html>\r\n"),
    ("HTTP/2.0", head("Content-Length: 5", start="HTTP/2.0 200 OK") + b"hello"),
    ("http/1.1", head("Content-Length: 5", start="http/1.1 200 OK") + b"hello"),
    ("ICY", head("Content-Length: 5", start="ICY 200 OK") + b"hello"),
    ("status 99", head("Content-Length: 5", start="HTTP/1.1 99 Low") + b"hello"),
    ("status 099", head("Content-Length: 5", start="HTTP/1.1 099 Low") + b"hello"),
    ("status 600", head("Content-Length: 5", start="HTTP/1.1 600 High") + b"hello"),
    ("status 1000", head("Content-Length: 5", start="HTTP/1.1 1000 OK") + b"hello"),
    ("status abc", head("Content-Length: 5", start="HTTP/1.1 abc OK") + b"hello"),
    ("status 20", head("Content-Length: 5", start="HTTP/1.1 20 OK") + b"hello"),
    ("no status", head("Content-Length: 5", start="HTTP/1.1 ") + b"hello"),
    ("101 unasked", head("Connection: upgrade", "Upgrade: websocket",
                         start="HTTP/1.1 101 Switching Protocols")),
    ("129 fields", head(*["X-%d: v" % i for i in range(128)], "Content-Length: 5") + b"hello"),
    ("head of 65 KiB", head(*["X-T: " + "v" * 8000] * 9, "Content-Length: 5") + b"hello"),
    ("endless line", b"HTTP/1.1 200 " + b"x" * 70000),
]

CUT = [  # the client is cut without a complete body: answer, what arrives of it
    ("size with a sign", head("Transfer-Encoding: chunked") + b"5\r\nhello\r\n+5\r\nhello\r\n",
     b"hello"),
    ("size with 0x", head("Transfer-Encoding: chunked") + b"5\r\nhello\r\n0x5\r\nhello\r\n",
     b"hello"),
    ("17 digits", head("Transfer-Encoding: chunked") +
     b"5\r\nhello\r\n00000000000000005\r\nhello\r\n", b"hello"),
    ("LF after the size", head("Transfer-Encoding: chunked") + b"5\r\nhello\r\n5\nhello\r\n",
     b"hello"),
    ("no CRLF after the data", head("Transfer-Encoding: chunked") + b"5\r\nhelloX\r\n0\r\n\r\n",
     b"hello"),
    ("129 trailers", head("Transfer-Encoding: chunked") + b"5\r\nhello\r\n0\r\n" +
     b"X: v\r\n" * 129 + b"\r\n", b"hello"),
    ("trailers of 17 KiB", head("Transfer-Encoding: chunked") + b"5\r\nhello\r\n0\r\n" +
     (b"X: " + b"v" * 4000 + b"\r\n") * 5 + b"\r\n", b"hello"),
]


def exchange(answer, path="/"):
    origin.answer = answer
    with Client(pound().port) as client:
        return client.get(path)


def reused(client=None):
    """Send a plain request: does it come on the connection of the last one?

    A kept connection belongs to a thread, so only the same client can tell.
    """
    last = origin.take()[-1].conn
    origin.answer = OK
    with client or Client(pound().port) as client:
        equal(client.get("/again").body, b"ok")
    return origin.one().conn is last


def test_understood():
    def understood(_, answer, framing, body, again):
        origin.answer = answer
        client = Client(pound().port)
        response = client.get()
        equal((response.framing, response.body), (framing, body))
        got = reused(client)
        assert again is None or got == again, "back-end connection reused: %s" % got
    each(UNDERSTOOD, understood)


def test_ambiguous():
    def ambiguous(_, answer):
        for data in (answer, then_close(answer)):
            response = exchange(data)
            equal(response.status, 502)
            assert b"hello" not in response.body
            assert not reused(), "back-end connection reused"
    each(AMBIGUOUS, ambiguous)


def test_cut():
    def cut(_, answer, arrived):
        origin.answer = answer
        with Client(pound().port) as client:
            client.request()
            response = client.head()
            equal(response.status, 200)
            try:
                client.body(response)
                raise AssertionError("the client saw a complete body")
            except Truncated as end:
                equal(end.part[:len(arrived)], arrived)
        assert not reused()
    each(CUT, cut)


def test_truncated():
    """The back-end goes away in the body: never a complete one for the client."""
    def truncated(_, answer, part):
        for end in (then_fin, then_close, then_rst):
            origin.answer = end(answer)
            with Client(pound().port) as client:
                client.request()
                try:
                    response = client.answer()
                    assert end is then_rst and response.status == 502, response.raw
                except Truncated as cut:
                    assert cut.part.startswith(part) or end is then_rst, cut.part
        origin.take()
    each([("length", head("Content-Length: 10") + b"hello", b"hello"),
          ("in a chunk", head("Transfer-Encoding: chunked") + b"9\r\nhello", b""),
          ("after a chunk", head("Transfer-Encoding: chunked") + b"5\r\nhello\r\n", b"hello"),
          ("in the trailers", head("Transfer-Encoding: chunked") + b"5\r\nhello\r\n0\r\n",
           b"hello"),
          ("in a size", head("Transfer-Encoding: chunked") + b"5\r\nhello\r\n1", b"hello")],
         truncated)


def test_truncated_in_the_head():
    for part in (b"", b"H", b"HTTP/1.1 200 OK\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n"):
        for end in (then_fin, then_close, then_rst):
            origin.answer = end(part)
            with Client(pound().port) as client:
                equal(client.get(method="POST", body=b"x").status, 502, part)
    origin.take()


def test_until_the_end():
    """No length: chunked to 1.1 clients, raw and close to 1.0 (A.2 25)."""
    for start in ("HTTP/1.1 200 OK", "HTTP/1.0 200 OK"):
        for fields in ((), ("Connection: close",)):
            origin.answer = then_close(head(*fields, start=start) + b"hello")
            with Client(pound().port) as client:
                response = client.get()
                equal((response.framing, response.body), ("chunked", b"hello"))
                equal(client.get().body, b"hello", "second request")
                response = client.get(version="1.0")
                equal((response.framing, response.body), ("close", b"hello"))
    origin.take()


def test_until_the_end_without_a_body():
    origin.answer = then_close(head())
    with Client(pound().port) as client:
        equal(client.get().body, b"")
        equal(client.get().body, b"")
    origin.take()


def test_chunked_to_a_1_0_client():
    origin.answer = head("Transfer-Encoding: chunked") + b"5\r\nhello\r\n1\r\n!\r\n0\r\nX: v\r\n\r\n"
    for fields in ((), ("Connection: keep-alive",)):
        with Client(pound().port) as client:
            response = client.get("/", *fields, version="1.0")
            equal((response.framing, response.body), ("close", b"hello!"))
            equal(response.get("Transfer-Encoding"), None)
    origin.take()


CUT_1_0 = [  # what a 1.0 client would take for the end, if it were closed as always
    ("bad chunk", then_close(head("Transfer-Encoding: chunked") + b"5\r\nhello\r\nzz\r\n")),
    ("within a chunk", then_close(head("Transfer-Encoding: chunked") + b"9\r\nhello")),
    ("between chunks", then_close(head("Transfer-Encoding: chunked") + b"5\r\nhello\r\n")),
    ("no length, a reset", then_rst(head() + b"hello")),
]


def test_truncated_to_a_1_0_client():
    """Only a reset tells it that there should be more (A.2 27)."""
    def truncated(_, answer):
        origin.answer = answer
        for fields in ((), ("Connection: keep-alive",)):
            with Client(pound().port) as client:
                client.request("/", *fields, version="1.0")
                client.rest()
                equal(client.ended, "rst")
    each(CUT_1_0, truncated)
    origin.answer = then_close(head() + b"hello")
    with Client(pound().port) as client:
        equal((client.get(version="1.0").body, client.ended), (b"hello", "fin"))
    origin.take()


def test_chunk_boundaries_are_kept():
    parts = [b"a", b"bb" * 100, b"c" * 70000, b"d"]
    origin.answer = head("Transfer-Encoding: chunked") + encode_chunks(*parts)
    response = exchange(origin.answer)
    equal((response.body, response.chunks), (b"".join(parts), [len(p) for p in parts]))
    origin.take()


def test_streamed():
    """What has come is passed on, by length, chunk and end of connection."""
    def stream(request):
        framing = {"/length": "Content-Length: 9", "/chunked": "Transfer-Encoding: chunked",
                   "/end": "X: y"}[request.target]
        part = b"3\r\n%s\r\n" if "chunked" in framing else b"%s"
        request.conn.send(head(framing))
        for piece in (b"abc", b"def", b"ghi"):
            request.conn.send(part % piece)
            assert steps.pop(0).wait(8)
        request.conn.send(b"0\r\n\r\n" if "chunked" in framing else b"")
        request.conn.close()

    origin.answer = stream
    for target in ("/length", "/chunked", "/end"):
        steps = [threading.Event() for _ in range(3)]
        waiting = list(steps)
        with Client(pound().port) as client:
            client.request(target)
            response = client.head()
            for piece, step in zip((b"abc", b"def", b"ghi"), waiting):
                until(lambda: client.reader.buffer.find(piece) >= 0 or not client.reader.more(),
                      "%r of %s at the client" % (piece, target))
                step.set()
            equal(client.body(response).body, b"abcdefghi")
    origin.take()


def test_fields_cleaned():
    origin.answer = head(
        "X-One : 1", "X-Two\t: 2", "X-Fold: a", "  b", "\tc", "rubbish", ": empty", "X(Y): z",
        "X-Three:3", "x-FOUR:  4  ", "X-High: \xe9", "Content-Length: 0")
    response = exchange(origin.answer)
    equal([f for f in response.fields if f[0].lower().startswith("x")],
          [("X-One", "1"), ("X-Two", "2"), ("X-Fold", "a b c"), ("X-Three", "3"),
           ("x-FOUR", "4"), ("X-High", "\xe9")])
    origin.take()


def test_hop_by_hop_fields_removed():
    origin.answer = head(
        "Connection: X-Secret, keep-alive", "X-Secret: 1", "Keep-Alive: timeout=5",
        "Proxy-Connection: close", "TE: x", "Trailer: X", "Upgrade: h2c", "X-Open: 1",
        "Content-Length: 0")
    response = exchange(origin.answer)
    equal(response.get("X-Open"), "1")
    for name in ("X-Secret", "Keep-Alive", "Proxy-Connection", "TE", "Trailer", "Upgrade"):
        equal(response.get(name), None, name)
    origin.take()


def test_status_line_is_1_1():
    for start in ("HTTP/1.0 404 Nicht da", "HTTP/1.1 404 Nicht da"):
        origin.answer = head("Content-Length: 0", start=start)
        equal(exchange(origin.answer).start, "HTTP/1.1 404 Nicht da")
    origin.take()


def test_no_fields_of_ours():
    """A relayed answer gets no Via and no Date (A.2 34)."""
    response = exchange(head("Server: x", "Content-Length: 0"))
    equal([n for n in response.names() if n not in ("Server", "Content-Length")], [])
    origin.take()


def test_interim_answers():
    """102, 103 and unknown 1xx to 1.1 clients, 100 never, none to 1.0 (A.2 16)."""
    final = head("Content-Length: 5") + b"hello"
    hint = head("Link: </x>", start="HTTP/1.1 103 Early Hints")
    origin.answer = (head(start="HTTP/1.1 100 Continue") + head(start="HTTP/1.1 102 Processing")
                     + hint + head(start="HTTP/1.1 100 Continue") + hint + final)
    with Client(pound().port) as client:
        response = client.get()
        equal([r.status for r in response.interim], [102, 103, 103])
        equal(response.interim[1].get("Link"), "</x>")
        equal(response.body, b"hello")
        response = client.get(version="1.0")
        equal((response.interim, response.body), ([], b"hello"))
    origin.take()


def test_bytes_before_our_request():
    """An idle back-end connection that speaks is discarded."""
    front = Pound(simple(origin))
    origin.answer = OK
    with Client(front.port) as client:
        equal(client.get().body, b"ok")
        conn = origin.one().conn
        conn.send(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil")
        until(lambda: conn.ended, "close of the back-end connection")
        equal(client.get("/next").body, b"ok")
    assert origin.one().conn is not conn
    front.stop()


def test_bytes_right_after_the_answer():
    """Extra bytes that come before the next request never become its answer."""
    sent = threading.Event()

    def extra(request):
        request.conn.send(OK)
        request.conn.send(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil")
        sent.set()
    origin.answer = extra
    with Client(pound().port) as client:
        for _ in range(20):
            sent.clear()
            equal(client.get().body, b"ok")
            assert sent.wait(5)
    origin.take()


def test_one_notice_for_a_gentle_answer():
    """One a minute for each back-end, however often it happens."""
    front = Pound(simple(origin, "LogLevel 0"))
    origin.answer = head("Content-Length: 5", "Content-Length: 5") + b"hello"
    mark = front.mark()
    where = "127.0.0.1:%d" % origin.port
    with Client(front.port) as client:
        for _ in range(5):
            equal(client.get().body, b"hello")
    front.wait_log(where, mark)
    front.stop()
    equal(len(front.since(mark, where)), 1)
    origin.take()


def test_never_answers():
    """504 after TimeOut, and the back-end is not dead for it."""
    origin.answer = lambda request: None
    begin = time.monotonic()
    response = exchange(origin.answer)
    equal(response.status, 504)
    assert 1.8 < elapsed(begin) < 3.5 * SLOW, elapsed(begin)
    equal(exchange(OK).status, 200)
    assert not pound().since(0, "dead")
    origin.take()


main()
