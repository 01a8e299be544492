# SPDX-License-Identifier: GPL-3.0-or-later
"""The two verdicts of a table of requests: refused, or served clean."""

from lib.client import Client


def refused(port, origin, raw, wanted=400, method="GET"):
    """raw is refused: one answer with the wanted status (or one of several),
    announced and done close, and nothing for the back-end.  Returns it."""
    wanted = wanted if isinstance(wanted, tuple) else (wanted,)
    with Client(port) as client:
        answer = client.send(raw).answer(method)
        assert answer.status in wanted, "got %d %r, want %s" % (
            answer.status, answer.body[:80], wanted)
        assert answer.get("Connection") == "close", "no Connection: close"
        rest = client.rest()
        assert rest == b"", "after the refusal came %r" % rest[:200]
    got = origin.take()
    assert not got, "back-end received %r" % [r.raw for r in got]
    return answer


def served(port, origin, raw, method="GET", status=200):
    """raw is answered by the back-end; returns what that received."""
    with Client(port) as client:
        answer = client.send(raw).answer(method)
        assert answer.status == status, "got %d %r" % (answer.status, answer.body[:80])
    request = origin.one()
    request.answer = answer
    return request
