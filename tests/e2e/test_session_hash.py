#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Sessions with a negative TTL: nothing is remembered, several Pounds agree;
A.3 5. What the manual says about the formula is written here once more."""

from harness import *
from lib.sessions import (KINDS, ask, cluster, exchange, quick, request, session,
                          sticky, who)

MASK = (1 << 64) - 1
GOLDEN = 0x9e3779b97f4a7c15
KEYS = 10000 if SLOW == 1 else 1000
origins = cluster(5)


def siphash(text):
    """SipHash-2-4 under a key of zeros."""
    def left(n, bits):
        return (n << bits | n >> (64 - bits)) & MASK

    def stir(rounds):
        nonlocal a, b, c, d
        for _ in range(rounds):
            a, c = (a + b) & MASK, (c + d) & MASK
            b, d = left(b, 13) ^ a, left(d, 16) ^ c
            a = left(a, 32)
            a, c = (a + d) & MASK, (c + b) & MASK
            b, d = left(b, 17) ^ c, left(d, 21) ^ a
            c = left(c, 32)

    a, b, c, d = 0x736f6d6570736575, 0x646f72616e646f6d, 0x6c7967656e657261, 0x7465646279746573
    padded = text + bytes(7 - len(text) % 8) + bytes([len(text) & 255])
    for i in range(0, len(padded), 8):
        word = int.from_bytes(padded[i:i + 8], "little")
        d ^= word
        stir(2)
        a ^= word
    c ^= 255
    stir(4)
    return a ^ b ^ c ^ d


def mix(n):
    n = ((n ^ n >> 30) * 0xbf58476d1ce4e5b9) & MASK
    n = ((n ^ n >> 27) * 0x94d049bb133111eb) & MASK
    return n ^ n >> 31


def expected(key, weights):
    """The name of the back-end for a key; weights: [(origin, Priority)]."""
    best = None
    for i, (origin, weight) in enumerate(weights):
        address = mix((siphash(origin.host.encode()) + origin.port) & MASK)
        for draw in range(1, weight + 1):
            score = mix(siphash(key) ^ (address + draw * GOLDEN) & MASK)
            if best is None or score > best[0]:
                best = score, b"%d" % i
    return best[1]


def test_known_values():
    """Of the paper's reference, and of SplitMix64."""
    equal(mix(GOLDEN), 0xe220a8397b1dcdaf)
    equal(siphash(b""), 0x1e924b9d737700d7)


def test_formula():
    weights = list(zip(origins, (1, 9, 5, 2, 5)))
    pound = Pound("LogLevel 0\n" + SHORT + listener(service(
        *(backend(origin, "Priority %d" % weight) for origin, weight in weights),
        session("COOKIE", -1))) + "\n")
    where = who(pound, "COOKIE", range(300))
    for key, name in where.items():
        equal(name, expected(b"key%d" % key, weights), "key %d" % key)
    equal(who(pound, "COOKIE", range(300)), where, "and again")
    pound.stop()


def keys(pound, count):
    """Where so many keys are sent; one connection for all of them."""
    with Client(pound.port) as client:
        names = []
        for first in range(0, count, 16):
            names += exchange(client.sock, [
                request("HEADER", key) for key in range(first, min(count, first + 16))])
    return names


def test_two_agree():
    """10,000 keys, two Pounds; one back-end of five lost: only its keys move."""
    pounds = [Pound("Threads %d\n" % threads + sticky("HEADER", origins, -300))
              for threads in (1, 2)]
    before = keys(pounds[0], KEYS)
    equal(keys(pounds[1], KEYS) == before, True, "the same")
    origins[1].down()
    for pound in pounds:
        after = keys(pound, KEYS)
        moved = [(b, a) for b, a in zip(before, after) if a != b]
        equal({b for b, _ in moved}, {b"1"}, "who has moved")
        equal({a for _, a in moved}, {b"0", b"2", b"3", b"4"}, "to whom")
        equal(len(moved), before.count(b"1"), "all of them")
    assert keys(pounds[1], KEYS) == after, "not the same after the loss"
    origins[1].up()
    for pound in pounds:
        pound.wait_log("resurrect", timeout=4)
        assert keys(pound, KEYS) == before, "not as before when it is back"
        pound.stop()


def test_every_type():
    def one(kind):
        pounds = [Pound(sticky(kind, origins, -1)) for _ in range(2)]
        where = who(pounds[0], kind, range(60))
        equal(who(pounds[1], kind, range(60)), where)
        assert len(set(where.values())) > 2
        for pound in pounds:
            pound.stop()
    each([(kind,) for kind in KINDS], one)


def test_no_key_is_spread():
    pound = Pound(sticky("COOKIE", origins, -1))
    equal(len(set(ask(pound, "COOKIE", None, 100))), 5)
    pound.stop()


def test_nothing_is_learnt():
    """An answer's cookie does not bind: the key alone decides."""
    setting = [quick(b"%d" % i, lambda head, i=i: reply(b"%d" % i, "Set-Cookie: sid=key7"))
               for i in range(5)]
    pound = Pound(sticky("COOKIE", setting, -1))
    ask(pound, "COOKIE", None, 50)
    want = expected(b"key7", [(origin, 5) for origin in setting])
    equal(set(ask(pound, "COOKIE", 7, 10)), {want})
    pound.stop()


def test_disabled_is_left_out():
    pound = Pound("LogLevel 0\n" + SHORT + listener(service(
        backend(origins[0], "Disabled 1"), *map(backend, origins[1:]),
        session("COOKIE", -1))) + "\n")
    for key, name in who(pound, "COOKIE", range(100)).items():
        want = expected(b"key%d" % key, [(origin, 5) for origin in origins[1:]])
        equal(name, b"%d" % (int(want) + 1))
    pound.stop()


def test_emergency():
    spare = quick(b"E")
    alone = cluster(1)
    pound = Pound(sticky("COOKIE", alone, -1, more=[
        block("Emergency", "Address 127.0.0.1", "Port %d" % spare.port)]))
    alone[0].down()
    equal(set(who(pound, "COOKIE", range(10)).values()), {b"E"})
    pound.stop()


main()
