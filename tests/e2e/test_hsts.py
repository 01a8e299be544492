#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""StrictTransportSecurity: B.7.5, A.2 20."""

from harness import *
from lib.tls import *

NAME = "Strict-Transport-Security"
THEIRS = [NAME + ": max-age=1", "X-Last: 1"]


def answer(request):
    if request.target == "/cut":
        request.conn.close()
        return None
    fields = THEIRS if request.target == "/theirs" else THEIRS[1:]
    if request.target == "/many":
        fields = [NAME.lower() + ": a", "X-Last: 1", NAME.upper() + ": b"]
    return reply(b"ok", *fields)


origin = Origin(answer)


@once
def pound():
    """One service that all listeners share, and one without the directive."""
    services = [
        service('URL "^/without"', backend(origin)),
        service('URL "^/zero"', "StrictTransportSecurity 0", backend(origin)),
        service('URL "^/moved"', "StrictTransportSecurity 60",
                'Redirect "https://elsewhere.test"'),
        service('URL "^/away"', 'Redirect "https://elsewhere.test"'),
        service('URL "^/dead"', "StrictTransportSecurity 60"),
        service("StrictTransportSecurity 31536000", backend(origin)),
    ]
    return Pound(SHORT + https(cert()) + listener(port="plain") + "\n".join(services) + "\n")


CASES = [
    # target, the field on HTTPS, on HTTP
    ("/", ["max-age=31536000"], []),
    ("/theirs", ["max-age=31536000"], []),
    ("/many", ["max-age=31536000"], []),
    ("/zero", ["max-age=0"], []),
    ("/without", [], []),
    ("/moved", ["max-age=60"], []),
    ("/away", [], []),
    ("/dead", [], []),  # an error page
    ("/cut", [], []),
]


def test_values():
    def one(target, on_https, on_http):
        for version in ("1.1", "1.0"):
            with TlsClient(pound().port) as client:
                equal(client.get(target, version=version).all(NAME), on_https)
            with Client(pound().ports["plain"]) as client:
                equal(client.get(target, version=version).all(NAME), on_http)
    each(CASES, one)


def test_the_last_field():
    for method in ("GET", "HEAD", "POST"):
        with TlsClient(pound().port) as client:
            got = client.get("/theirs", method=method, body=b"x" if method == "POST" else None)
            equal(got.fields[-1], (NAME, "max-age=31536000"))
            equal(client.get("/").fields[-1], (NAME, "max-age=31536000"), "the next one")


def test_theirs_without_the_directive():
    """What a back-end says is left alone where we say nothing."""
    other = Pound(secure(origin))
    with TlsClient(other.port) as client:
        equal(client.get("/theirs").all(NAME), ["max-age=1"])
    other.stop()


def test_own_service_of_a_listener():
    other = Pound(SHORT + https(cert(), service("StrictTransportSecurity 5", backend(origin),
                                                name="named")))
    with TlsClient(other.port) as client:
        equal(client.get("/").all(NAME), ["max-age=5"])
    other.stop()


def test_in_a_service_of_an_http_listener():
    """Accepted with a warning, named or not, and without effect (B.14)."""
    for name in (None, "named"):
        text = listener(service("StrictTransportSecurity 5", backend(origin), name=name)) + "\n"
        code, out, err = run("-c", config=text.replace("@main@", str(hold_port()[1])))
        equal(code, 0, out + err)
        assert "StrictTransportSecurity" in out + err, out + err
        other = Pound(SHORT + text)
        with Client(other.port) as client:
            equal(client.get("/").all(NAME), [])
        other.stop()


main()
