#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""What comes with later issues: -c accepts and warns, a start exits 1."""

import tempfile

from harness import *

SESSION = block("Session", "Type COOKIE", 'ID "sid"', "TTL 300")


def config(*lines):
    port = str(hold_port()[1])
    return listener(service(*lines), port="x").replace("@x@", port) + "\n"


def test_session():
    text = config(SESSION)
    code, out, err = run("-c", config=text)
    equal(code, 0)
    assert "not built yet" in out + err, (out, err)
    with tempfile.TemporaryDirectory() as folder:
        code, out, err = run("-e", "-p", folder + "/pid", config=text, folder=folder)
        equal(code, 1)
        assert "not built yet" in out + err, (out, err)


main()
