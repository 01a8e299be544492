#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""etc/pound/certbot-deploy: a renewed certificate is served without a restart, a useless one is
not taken."""

import os
import stat
import subprocess

from harness import *
from lib import ctl
from lib.ports import binary
from lib.tls import *

HOOK = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "etc", "pound",
                    "certbot-deploy")
origin = Origin()


def front():
    """It serves what stands in the folder of certificates."""
    pound = Pound(ctl.CONTROL + https("@folder@/certs/*.pem", service(backend(origin))) + "\n",
                  wait=None)
    os.mkdir(os.path.join(pound.folder, "certs"))
    return pound


def lineage(pound, own, key=None):
    """As certbot leaves it."""
    folder = os.path.join(pound.folder, "live", "h.test")
    os.makedirs(folder, exist_ok=True)
    for name, text in (("fullchain.pem", own.crt + own.chain), ("privkey.pem", key or own.key)):
        with open(os.path.join(folder, name), "wb") as file:
            file.write(text)
    return folder


def deploy(pound, folder, cfg="pound.cfg"):
    env = dict(os.environ, RENEWED_LINEAGE=folder, POUND=os.path.abspath(binary()),
               POUNDCTL=ctl.program(), POUND_CERTS=os.path.join(pound.folder, "certs"),
               POUND_CFG=os.path.join(pound.folder, cfg))
    return subprocess.run(["sh", HOOK], env=env, capture_output=True, text=True, timeout=60)


def done(ran):
    equal(ran.returncode, 0, ran.stdout + ran.stderr)


def serial(pound):
    with TlsClient(pound.port) as client:
        equal(client.get("/").status, 200)
        return client.tls.getpeercert()["serialNumber"]


def test_first_renewed_and_useless():
    first, second = (issuer().issue(name, ["h.test"], "ec") for name in ("first", "second"))
    pound = front()
    done(deploy(pound, lineage(pound, first), "not written yet"))
    file = os.path.join(pound.folder, "certs", "h.test.pem")
    equal(stat.S_IMODE(os.stat(file).st_mode), 0o600)
    pound.start()
    before = serial(pound)

    done(deploy(pound, lineage(pound, second)))
    after = serial(pound)
    assert after != before, "the old certificate is served"
    equal(os.listdir(os.path.dirname(file)), ["h.test.pem"])

    with open(file, "rb") as text:
        good = text.read()
    ran = deploy(pound, lineage(pound, first, key=second.key))
    equal(ran.returncode, 1)
    assert "h.test.pem" in ran.stderr, ran.stderr
    with open(file, "rb") as text:
        equal(text.read(), good, "the file")
    equal(serial(pound), after)
    pound.stop()


main()
