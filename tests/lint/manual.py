# SPDX-License-Identifier: GPL-3.0-or-later
"""Each directive stands in the manual, and nothing else."""

import os
import re

from source import Finding, line_of, read

TABLE, MANUAL = "src/conf/directive.def", "man/pound.cfg.5"
ROW = re.compile(r'\bDIRECTIVE\(\s*"(\w+)"')
ITEM = re.compile(r"^\.It Ic (\w+)", re.M)


def findings(root, _):
    if not os.path.exists(os.path.join(root, TABLE)):
        return
    table, manual = read(root, TABLE), read(root, MANUAL)
    rows = {row.group(1): line_of(table, row.start())
            for row in ROW.finditer(table)}
    items = {item.group(1): line_of(manual, item.start())
             for item in ITEM.finditer(manual)}
    if not rows:
        yield Finding(TABLE, 1, "no row DIRECTIVE(\"Name\", ...) is left")
    for name, line in rows.items():
        if name not in items:
            yield Finding(TABLE, line, '%s has no ".It Ic %s" in %s'
                          % (name, name, MANUAL))
    for name, line in items.items():
        if name not in rows:
            yield Finding(MANUAL, line, "%s is not in %s" % (name, TABLE))
