# SPDX-License-Identifier: GPL-3.0-or-later
"""Every source is named where automake looks: else it is not in the tarball,
and a test that is not named is not run."""

import os
import re

from source import Finding, read, walk

# A program of one file is named without its ending.
ALONE = re.compile(r"(tests/unit/test_\w+|tests/fuzz/fuzz_\w+)\.c$")


def findings(root, _):
    lists = [path for path in walk(root, ["src", "tests"], (".am",))]
    if os.path.exists(os.path.join(root, "Makefile.am")):
        lists.append("Makefile.am")
    words = set()
    for path in lists:
        code = re.sub(r"^##.*$", "", read(root, path), flags=re.M)
        words.update(re.findall(r"[\w./-]+", code))
    for path in walk(root, ["src", "tests"], (".c", ".h", ".def")):
        alone = ALONE.match(path)
        if path not in words and not (alone and alone.group(1) in words) \
                and not shipped_whole(path, words):
            yield Finding(path, 1, "no .am file names it")


def shipped_whole(path, words):
    """Folders of tests that have no list of sources."""
    folder = os.path.dirname(path)
    return folder.startswith("tests/") and folder in words
