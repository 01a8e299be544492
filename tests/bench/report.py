# SPDX-License-Identifier: GPL-3.0-or-later
"""The table, the file with the figures, and what has changed since another."""

import json
import statistics

from rows import BEST, PEERS, ROWS

# A figure: words of its column, how it is printed, by what it is divided.
COLUMNS = {
    "cpu": ("CPU us", "%.1f", 1),
    "rate": ("per second", "%.0f", 1),
    "p50": ("p50 ms", "%.2f", 1),
    "p99": ("p99 ms", "%.2f", 1),
    "memory": ("MiB", "%.1f", 1 << 20),
}


def median(results, what):
    values = [result[what] for result in results if result[what] is not None]
    return statistics.median(values) if values else None


def errors(results):
    return sum(result["errors"] for result in results)


def better(results, what):
    """The peer that Pound has to beat, or None."""
    present = [name for name in PEERS if name in results and not errors(results[name])
               and median(results[name], what) is not None]
    if not present:
        return None
    return (max if what == "rate" else min)(
        present, key=lambda name: median(results[name], what))


def ratio(mine, theirs, what):
    """Median of the ratios round by round; None where there is none."""
    if errors(mine) or errors(theirs):
        return None
    pairs = [(one[what], two[what]) for one, two in zip(mine, theirs)]
    if any(one is None or not two for one, two in pairs):
        return None
    return statistics.median(one / two for one, two in pairs)


def verdict(target, first, results):
    """(what it says, the value or None)."""
    words = "bytes" if target.what == "memory" else COLUMNS[target.what][0]
    sign = ">=" if target.what == "rate" else "<="
    if target.other is None:
        value = None if errors(results[first]) else median(results[first], target.what)
        name, bound = words, "%g" % target.bound
    else:
        other = better(results, target.what) if target.other == BEST else target.other
        value = (ratio(results[first], results[other], target.what)
                 if other in results else None)
        name, bound = "%s / %s" % (words, other), "%.2f" % target.bound
    if value is None:
        return "%s: no figure" % name, None
    return "%s: %.2f (%s %s: %s)" % (name, value, sign, bound,
                                     "met" if target.met(value) else "NOT met"), value


def cells_of(name, results, whole_bytes):
    cells = [name]
    for what, (_, form, scale) in COLUMNS.items():
        value = median(results, what)
        if what == "memory" and whole_bytes:
            form, scale = "%.0f B", 1
        cells.append("-" if value is None else form % (value / scale))
    return cells + ["%d" % errors(results)]


def ratios_of(name, results):
    """CPU by HAProxy's and by nginx's."""
    cells = []
    for peer in PEERS:
        value = None
        if peer in results and peer != name:
            value = ratio(results[name], results[peer], "cpu")
        cells.append("-" if value is None else "%.2f" % value)
    return cells


def print_row(row_name, results, rounds, seconds, processors):
    row = ROWS[row_name]
    heads = [row_name] + [head for head, _, _ in COLUMNS.values()] + [
        "errors", "CPU/haproxy", "CPU/nginx"]
    lines = [heads] + [cells_of(name, found, row.load.fresh) + ratios_of(name, results)
                       for name, found in results.items()]
    widths = [max(len(line[i]) for line in lines) for i in range(len(heads))]
    print("\n%s; %d rounds of %d s, %d processors" % (row.words, rounds, seconds, processors))
    for line in lines:
        print("  ".join([line[0].ljust(widths[0])] + [
            cell.rjust(width) for cell, width in zip(line[1:], widths[1:])]))
    for target in row.targets if row.racers[0] in results else ():
        print("  " + verdict(target, row.racers[0], results)[0])


def save(path, rows):
    with open(path, "w") as file:
        json.dump(rows, file, indent=1)


def load(path):
    with open(path) as file:
        return json.load(file)


def print_change(row_name, now, before):
    """Ratios are compared, and figures beside them."""
    if row_name not in before:
        print("  not in the earlier result")
        return
    row = ROWS[row_name]
    first = row.racers[0]
    for target in row.targets:
        values = [verdict(target, first, results)[1] if first in results else None
                  for results in (before[row_name], now)]
        if None not in values and values[0]:
            print("  then %.2f, now %.2f (%+.0f %%): %s" % (
                values[0], values[1], (values[1] / values[0] - 1) * 100,
                target.what))
