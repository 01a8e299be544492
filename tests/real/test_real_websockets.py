#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
# time limit: 400
"""python3-websockets at both ends: plain and TLS, on either side of Pound."""

import json
import subprocess

from peers import *

PYTHON = python_with("websockets")
PEERS = os.path.join(HERE, "websocket_peers.py")
PEM = certificate("127.0.0.1")


def server(*cert):
    held, port = hold_port()
    return Peer([PYTHON, "-B", PEERS, "server", str(port), *cert], port, held).start()


plain, tls = server(), server(PEM)
TO = {"plain": backend(plain), "TLS": backend(tls, "HTTPS")}
pound = Pound("Client 10\nTimeOut 10\nWSTimeOut 20\nLogLevel 3\n" + "\n".join(
    listener(service(to), port="ws_" + name) + block(
        "ListenHTTPS", "Address 127.0.0.1", "Port @wss_%s@" % name, 'Cert "%s"' % PEM,
        service(to)) for name, to in TO.items()) + "\n")


def play(url, *cert):
    """All games against one listener."""
    done = subprocess.run([PYTHON, "-B", PEERS, "client", url, *cert], stdout=subprocess.PIPE,
                          timeout=300)
    told = [json.loads(line) for line in done.stdout.splitlines()]
    equal((done.returncode, len(told)), (0, 14), "status, and games played")
    wrong = ["%s:\n%s" % (name, text) for name, text in told if text]
    assert not wrong, "%d of %d games\n%s" % (len(wrong), len(told), "\n".join(wrong))


def test_directly():
    """What fails here is not ours."""
    play("ws://127.0.0.1:%d" % plain.port)


def test_plain_to_plain():
    play("ws://127.0.0.1:%d" % pound.ports["ws_plain"])


def test_tls_to_plain():
    play("wss://127.0.0.1:%d" % pound.ports["wss_plain"], PEM + ".ca")


def test_plain_to_tls():
    play("ws://127.0.0.1:%d" % pound.ports["ws_TLS"])


def test_tls_to_tls():
    play("wss://127.0.0.1:%d" % pound.ports["wss_TLS"], PEM + ".ca")


def test_log():
    """One line for each tunnel, and nothing else but the refusals."""
    lines = pound.quiet().log
    tunnels = [line for line in lines if ' HTTP/1.1" 101 ' in line]
    refused = [line for line in lines if re.search(r'HTTP/1.1" 4\d\d ', line)]
    assert len(tunnels) > 4 * 200, len(tunnels)
    equal(len(refused), 4, "refusals")
    others = [line for line in lines if line not in tunnels + refused]
    assert not [line for line in others if re.search(r"\be\d\d\d |back-end", line)], others


main(limit=380)
