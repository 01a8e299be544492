# SPDX-License-Identifier: GPL-3.0-or-later
"""What /proc tells of a racer's processes: processor time and memory."""

import os

TICK = os.sysconf("SC_CLK_TCK")


def tree(pid):
    """pid and all processes below it."""
    found = [pid]
    try:
        for task in os.listdir("/proc/%d/task" % pid):
            with open("/proc/%d/task/%s/children" % (pid, task)) as file:
                for child in file.read().split():
                    found += tree(int(child))
    except OSError:
        pass
    return found


def ticks_of(pid):
    """utime + stime of all its threads, dead ones too."""
    try:
        with open("/proc/%d/stat" % pid) as file:
            words = file.read().rpartition(")")[2].split()
        return int(words[11]) + int(words[12])
    except OSError:
        return 0


def processor_seconds(pids):
    return sum(ticks_of(pid) for pid in pids) / TICK


def pss_of(pid):
    try:
        with open("/proc/%d/smaps_rollup" % pid) as file:
            for line in file:
                if line.startswith("Pss:"):
                    return int(line.split()[1]) * 1024
    except OSError:
        pass
    return 0


def memory_bytes(pids):
    """PSS: a page that several share counts once in all."""
    return sum(pss_of(pid) for pid in pids)
