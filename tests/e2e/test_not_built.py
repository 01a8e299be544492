#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""What comes with later issues: -c accepts and warns, a start exits 1."""

import tempfile

from harness import *

CONTROL = 'Control "control.sock"\n'


def config(line):
    port = str(hold_port()[1])
    return line + listener(service(), port="x").replace("@x@", port) + "\n"


def test_control():
    text = config(CONTROL)
    code, out, err = run("-c", config=text)
    equal(code, 0)
    assert "not built yet" in out + err, (out, err)
    with tempfile.TemporaryDirectory() as folder:
        code, out, err = run("-e", "-p", folder + "/pid", config=text, folder=folder)
        equal(code, 1)
        assert "not built yet" in out + err, (out, err)


main()
