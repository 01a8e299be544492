#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The RPM spec: rpmbuild makes a package of it that has what belongs there."""

# time limit: 300

import re

from made import *


def test_build():
    top = os.path.join(folder(), "rpm")
    os.mkdir(top)
    # What rpm knows to be installed is nothing, where dpkg installs.
    call("rpmbuild", "-ta", "--nodeps", "--define", "_topdir " + top, tarball())
    made = [os.path.join(at, name) for at, _, names in os.walk(os.path.join(top, "RPMS"))
            for name in names if "debug" not in name]
    equal(len(made), 1, made)
    listed = call("rpm", "-qlpv", made[0])
    say(listed)
    for name in ("/usr/sbin/pound", "/usr/bin/poundctl", "/etc/pound/pound.cfg",
                 "/usr/lib/systemd/system/pound.service", "/usr/share/man/man5/pound.cfg.5"):
        # Some distributions compress manuals.
        assert any(line.split()[-1] in (name, name + ".gz") for line in listed.splitlines()), name
    assert "-rw-r-----" in [line.split()[0] for line in listed.splitlines()
                            if line.endswith("/etc/pound/pound.cfg")]
    lint(made[0])


# What rpmlint calls an error and is meant so, or is not ours: secrets and the log are not for
# all to read, who publishes it signs and packs, and pound.cfg.5 is of section 5.
MEANT = {"non-readable", "non-standard-dir-perm", "no-signature", "no-packager-tag",
         "bad-manual-page-folder"}


def lint(package):
    said = call("sh", "-c", 'rpmlint "$1" || :', "sh", package)
    say(said)
    assert "1 packages" in said, said
    equal(set(re.findall(r"^\S+: E: (\S+)", said, re.M)) - MEANT, set())


def test_rpmlint():
    """No mistake in the spec."""
    said = call("rpmlint", os.path.join(unpacked(), "rpm", "pound.spec"))
    assert " 0 errors" in said, said


main(300)
