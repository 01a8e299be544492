# SPDX-License-Identifier: GPL-3.0-or-later
"""The file name is the prefix: what src/floor/x.c offers is called x_..."""

import os

from source import Finding, functions, read, walk


def findings(root, _):
    for path in walk(root, ["src"], (".c", ".h")):
        stem = os.path.splitext(os.path.basename(path))[0]
        for function in functions(read(root, path)):
            name = function.name
            if (not function.static or path.endswith(".h")) \
                    and name != "main" and name != stem \
                    and not name.startswith(stem + "_"):
                yield Finding(path, function.line, "%s() does not begin with "
                              "%s_" % (name, stem), "name", name)
