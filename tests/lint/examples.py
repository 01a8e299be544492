#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run the examples of the manual through the parser: examples.py POUND [ROOT].

An example is what stands between ".Bd -literal" and ".Ed" in man/ and holds a
whole ListenHTTP block. The sample configuration in etc/ is one more. Each has
to pass "pound -c". Files that an example names are made where they are missing:
the paths below /etc/pound are moved to a folder of our own, which has what
etc/pound has.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile

MANUALS = ("man/pound.cfg.5", "man/pound.8")
SAMPLE = "etc/pound/pound.cfg"
DISPLAY = re.compile(r"^\.Bd -literal[^\n]*\n(.*?)^\.Ed$", re.M | re.S)
ESCAPES = {"\\e": "\\", "\\&": "", "\\-": "-", "\\(dq": '"', "\\(aq": "'"}


class Example:
    def __init__(self, path, line, text):
        self.name = "%s:%d" % (path, line)
        self.text = text


def plain(text):
    """What a reader of the manual sees."""
    return re.sub(r"\\(?:\(..|.)", lambda m: ESCAPES[m.group(0)], text)


def examples(root):
    for path in MANUALS:
        with open(os.path.join(root, path), encoding="utf-8") as file:
            page = file.read()
        for display in DISPLAY.finditer(page):
            if not re.search(r"^ListenHTTP$.*^End$", display.group(1),
                             re.M | re.S):
                continue
            yield Example(path, page.count("\n", 0, display.start()) + 1,
                          plain(display.group(1)))
    with open(os.path.join(root, SAMPLE), encoding="utf-8") as file:
        yield Example(SAMPLE, 1, file.read())


def certificate(path):
    """A throw-away certificate and its key in one file."""
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
         "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj",
         "/CN=shop.example", "-keyout", path, "-out", path + ".crt"],
        check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    with open(path, "a") as pem, open(path + ".crt") as crt:
        pem.write(crt.read())
    os.unlink(path + ".crt")


def furnish(text, folder, root):
    """Move /etc/pound into folder and make what the text names there."""
    for name in os.listdir(os.path.join(root, "etc", "pound")):
        shutil.copy(os.path.join(root, "etc", "pound", name), folder)
    for name in re.findall(r'"/etc/pound/([\w.-]+\.pem)"', text):
        if not os.path.exists(os.path.join(folder, name)):
            certificate(os.path.join(folder, name))
    return text.replace('"/etc/pound/', '"%s/' % folder)


def complaints(pound, example, root):
    """Why "pound -c" does not take the example, or nothing."""
    with tempfile.TemporaryDirectory() as folder:
        text = furnish(example.text, folder, root)
        path = os.path.join(folder, "example.cfg")
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        done = subprocess.run([pound, "-c", "-f", path], text=True, timeout=30,
                              stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    said = done.stdout + done.stderr
    if done.returncode == 0:
        if "Config file %s is OK" % path in done.stdout:
            return ""
        return "status 0 without a word that the file is OK\n" + said
    return "status %d\n%s" % (done.returncode, said)


def main():
    if len(sys.argv) not in (2, 3):
        sys.exit("usage: examples.py POUND [ROOT]")
    root = sys.argv[2] if len(sys.argv) == 3 else "."
    found = list(examples(root))
    print("1..%d" % len(found))
    failed = 0
    for number, example in enumerate(found, 1):
        why = complaints(sys.argv[1], example, root)
        failed += why != ""
        print("%s %d - %s" % ("not ok" if why else "ok", number, example.name))
        for line in why.splitlines():
            print("# " + line)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
