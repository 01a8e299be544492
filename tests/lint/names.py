# SPDX-License-Identifier: GPL-3.0-or-later
"""A name tells where it is defined: what src/floor/word_rest.c offers begins
with word_rest_, word_ or floor_."""

import os
import re

from source import Finding, functions, read, walk


def findings(root, _):
    for path in walk(root, ["src"], (".c", ".h")):
        if path.count("/") < 2:
            continue
        floor, name = path.split("/")[1:]
        stem = os.path.splitext(name)[0]
        homes = (stem, stem.split("_")[0], floor)
        for function in functions(read(root, path)):
            if function.static and path.endswith(".c"):
                continue
            if not re.match(r"(%s)(_|$)" % "|".join(homes), function.name):
                yield Finding(path, function.line, "%s() does not begin with "
                              "%s_" % (function.name, stem), "name",
                              function.name)
