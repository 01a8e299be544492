# SPDX-License-Identifier: GPL-3.0-or-later
"""Who is who in tests of clients' certificates: the kinds of certificate, the directives of a
listener that knows them, and who comes in under which mode of ClientCert."""

import functools

from lib.tls import issuer, pki, root

__all__ = ["MODES", "NAMES", "REFUSED", "clients", "expected", "rules"]

MODES = (0, 1, 2, 3)
REFUSED = ("expired", "revoked", "wrong CA", "too deep")
NAMES = {"valid": "valid", "expired": "old", "revoked": "gone", "wrong CA": "alien",
         "too deep": "deep"}


@functools.lru_cache(maxsize=None)
def clients():
    """Kind: a client's certificate, or None."""
    good, inner = issuer(), pki.Authority("inner", issuer())
    stranger = pki.Authority("stranger")
    made = {
        "none": None,
        "valid": good.issue("valid", [], subject="/CN=valid"),
        "expired": good.issue("old", [], subject="/CN=old", begin=pki.PAST[0], end=pki.PAST[1]),
        "revoked": good.issue("gone", [], subject="/CN=gone"),
        "wrong CA": stranger.issue("alien", [], subject="/CN=alien"),
        "too deep": inner.issue("deep", [], subject="/CN=deep"),
    }
    good.revoke(made["revoked"])
    made["inner"] = inner
    return made


def rules(mode, depth=1):
    """The directives of a listener that knows who is who."""
    clients()
    crl = pki.write("root.crl", root().crl())
    both = pki.write("two.crl", issuer().crl(), clients()["inner"].crl())
    return ["ClientCert %d %d" % (mode, depth), 'VerifyList "%s"' % root().pem,
            'CAlist "%s"' % root().pem, 'CRLlist "%s"' % crl, 'CRLlist "%s"' % both,
            "XSSLHeaders 2"]


def expected(mode, kind):
    """False: no request gets through; else the name that the back-end sees."""
    if mode == 0 or kind == "none":
        return False if mode == 2 else None
    if mode < 3 and kind in REFUSED:
        return False
    return NAMES[kind]
