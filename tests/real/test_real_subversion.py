#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
# time limit: 300
"""Subversion over HTTP: svn, Pound, apache2 with mod_dav_svn."""

import random
import subprocess

from peers import *

apache = Apache("""
<Location /svn>
	DAV svn
	SVNPath @folder@/repository
	AuthType Basic
	AuthName "a place of work"
	AuthUserFile @folder@/users
	Require valid-user
</Location>
<Location /old>
	DAV svn
	SVNPath @folder@/repository
	SVNAdvertiseV2Protocol off
	AuthType Basic
	AuthName "a place of work"
	AuthUserFile @folder@/users
	Require valid-user
</Location>
""", "dav", "dav_svn", "auth_basic", "authn_core", "authn_file", "authz_user")
SUBVERSION = Peer(None).folder  # the client's own settings


def run_tool(*command, cwd=None):
    done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, cwd=cwd, timeout=100)
    said = done.stdout.decode()
    assert done.returncode == 0, "%s: %d\n%s" % (" ".join(command), done.returncode, said)
    return said


def svn(*words, cwd=None):
    return run_tool("svn", "--non-interactive", "--trust-server-cert-failures=unknown-ca,other",
                    "--config-dir", SUBVERSION, "--username", "worker", "--password", "secret",
               "--no-auth-cache", *words, cwd=cwd)


run_tool("svnadmin", "create", apache.folder + "/repository")
run_tool("chmod", "-R", "a+rwX", apache.folder + "/repository")
with open(apache.folder + "/users", "w") as users:
    users.write("worker:" + run_tool("openssl", "passwd", "-apr1", "secret"))
apache.start()
PEM = certificate("127.0.0.1")
ON = "xHTTP 2\nRewriteDestination 1\n" + service(backend(apache))
pound = Pound("Client 10\nTimeOut 20\nLogLevel 3\n" + listener(ON) + block(
    "ListenHTTPS", "Address 127.0.0.1", "Port @tls@", 'Cert "%s"' % PEM, ON) + "\n")
noise = random.Random(1)
BIG = noise.randbytes(3 << 20)
trees = {}


def tree(name, url):
    """A working copy, checked out through Pound."""
    folder = Peer(None).folder
    svn("checkout", url, folder + "/wc")
    trees[name] = folder + "/wc"
    return trees[name]


def write(path, data):
    with open(path, "wb") as file:
        file.write(data)


def read(path):
    with open(path, "rb") as file:
        return file.read()


def play(url, number):
    """A day of somebody's work below url; number makes it another one."""
    one, two = tree("one", url), tree("two", url)
    top = "%s/part%d" % (one, number)
    os.makedirs(top + "/empty folder")
    write(top + "/text", b"first\n" * 100)
    write(top + "/big", BIG)
    for i in range(100):
        write(top + "/small%d" % i, b"%d" % i)
    svn("add", top)
    svn("propset", "svn:eol-style", "native", top + "/text")
    said = svn("commit", "-m", "begin \u20ac".encode().decode(), one)
    assert "Committed revision" in said, said
    svn("update", two)
    equal(read("%s/part%d/big" % (two, number)), BIG)
    write("%s/part%d/text" % (two, number), b"second\n" * 200)
    svn("commit", "-m", "change", two)
    svn("update", one)
    equal(read(top + "/text"), b"second\n" * 200)
    svn("copy", "-m", "tag", "%s/part%d" % (url, number), "%s/tag%d" % (url, number))
    svn("move", "-m", "rename", "%s/tag%d" % (url, number), "%s/release%d" % (url, number))
    listed = svn("list", "%s/release%d" % (url, number)).split("\n")
    assert "big" in listed and "empty folder/" in listed, listed
    svn("lock", "-m", "mine", top + "/text")
    assert "Lock Token" in svn("info", "%s/part%d/text" % (url, number))
    svn("unlock", top + "/text")
    svn("delete", "-m", "away", "%s/release%d" % (url, number))
    assert "tag" in svn("log", "-v", url)
    assert svn("diff", "-r", "1:HEAD", url)
    svn("blame", "%s/part%d/text" % (url, number))
    svn("export", "%s/part%d" % (url, number), two + "/exported")
    equal(read(two + "/exported/big"), BIG)


def test_directly():
    """What fails here is not ours."""
    play("http://127.0.0.1:%d/svn" % apache.port, 0)


def test_checkout_and_commit():
    play("http://127.0.0.1:%d/svn" % pound.port, 1)


def test_over_tls():
    play("https://127.0.0.1:%d/svn" % pound.ports["tls"], 2)


def test_old_protocol():
    """MKACTIVITY, CHECKOUT and MERGE of clients before 1.7."""
    play("http://127.0.0.1:%d/old" % pound.port, 3)
    methods = {found.group(1) for found in (
        re.search(r'"([A-Z]+) /old', line) for line in pound.quiet().log) if found}
    assert {"MKACTIVITY", "CHECKOUT", "MERGE", "REPORT", "PROPFIND", "OPTIONS"} <= methods, methods


def test_log():
    """Nothing was refused by us, and nothing went wrong; the user is named."""
    equal(pound.quiet().since(0, r"\be\d\d\d |put right"), [])
    assert pound.since(0, r'127\.0\.0\.1 - worker \[.*"MERGE /svn')


def test_repository():
    run_tool("svnadmin", "verify", "-q", apache.folder + "/repository")


main(limit=280)
