# SPDX-License-Identifier: GPL-3.0-or-later
"""Each way an exchange can end stands in the manual, and nothing else."""

import os
import re

from source import Finding, line_of, read

TABLE, MANUAL = "src/base/outcome.def", "man/pound.8"
ROW = re.compile(r'^OUTCOME\(\s*(\w+),\s*(\d+),\s*\w+,\s*'
                 r'((?:"(?:\\.|[^"\\])*"\s*)+)\)', re.M)
ITEM = re.compile(r"^\.It (-|\d{3}) (.*)$", re.M)


def findings(root, _):
    if not os.path.exists(os.path.join(root, TABLE)):
        return
    table, manual = read(root, TABLE), read(root, MANUAL)
    rows, items = {}, {}
    for row in ROW.finditer(table):
        words = "".join(re.findall(r'"((?:\\.|[^"\\])*)"', row.group(3)))
        status = "-" if row.group(2) == "0" else row.group(2)
        rows["%s %s" % (status, words)] = line_of(table, row.start())
    for item in ITEM.finditer(manual):
        text = "%s %s" % (item.group(1), item.group(2).replace("\\&", ""))
        items[text] = line_of(manual, item.start())
    for text, line in rows.items():
        if text not in items:
            yield Finding(TABLE, line, '"%s" is not in %s' % (text, MANUAL))
    for text, line in items.items():
        if text not in rows:
            yield Finding(MANUAL, line, '"%s" is not in %s' % (text, TABLE))
