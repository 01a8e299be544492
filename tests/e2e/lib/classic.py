# SPDX-License-Identifier: GPL-3.0-or-later
"""The set-ups of corpus/conf/good, run as they are written: only their ports are exchanged
for free ones, the user, the jail and the log for what a test has."""

import os
import re

from lib.origin import Origin, reply
from lib.pound import Pound

CORPUS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "corpus")
OURS = re.compile(r"^\s*(User|Group|RootJail|LogFacility)\s.*$", re.M)


def set_up(name, fronts, backs, files=None, make=Origin):
    """Pound on corpus/conf/good/NAME.cfg with its ports mapped; the Origins that make() makes
    answer with the number that the file gives them. files stands for ../files."""
    with open(os.path.join(CORPUS, "conf", "good", name + ".cfg")) as file:
        text = file.read()
    files = files or os.path.join(CORPUS, "conf", "files")
    text = OURS.sub("", text).replace("../files/", files + "/")
    origins = {port: make(reply(b"%d" % port)) for port in backs}
    for port, origin in origins.items():
        text = re.sub(r"(Port\s+)%d\b" % port, r"\g<1>%d" % origin.port, text)
    for port in fronts:
        text = re.sub(r"(Port\s+)%d\b" % port, r"\g<1>@front%d@" % port, text)
    return Pound("LogFacility -\n" + text), origins


def drain(origins):
    for origin in origins.values():
        origin.take()
