# SPDX-License-Identifier: GPL-3.0-or-later
"""Every value of a byte in every place of a request.

Each place is a function that yields 256 cases; what is expected is computed
here from the rules of RFC 9110 and RFC 9112, from nothing of Pound.
"""

import re
import string

from lib.probe import SILENT, Sees

H = b"Host: h.test\r\n"
END = b"0\r\n\r\n"
TCHAR = frozenset(b"!#$%&'*+-.^_`|~" + (string.ascii_letters + string.digits).encode())
BLANK = frozenset(b" \t")
HEX = frozenset(string.hexdigits.encode())
TEXT = frozenset(range(0x20, 0x7f)) | frozenset(range(0x80, 0x100))  # of values and quotes
URI = frozenset(b"-._~:/?[]@!$&'()*+,;=" + (string.ascii_letters + string.digits).encode())
ODD = frozenset(b"\"<>\\^`{|}")  # no part of a URI, and sent by browsers
NAME = frozenset(b"-._~!$()*+;=" + (string.ascii_letters + string.digits).encode())
METHODS = {b"GET", b"PUT"}  # of which a test changes one byte into another
PLACES = []


def place(function):
    """function(c, b) -> (raw, want): the case of byte b, as bytes c."""
    def cases():
        for b in range(256):
            raw, want = function(bytes([b]), b)
            yield ("%s 0x%02x" % (function.__name__, b), raw, want)

    def loose():
        for b in range(256):
            raw, want = function(bytes([b]), b, True)
            yield ("%s 0x%02x at xHTTP 3" % (function.__name__, b), raw, want, "loose")
    PLACES.append(cases)
    if function.__code__.co_argcount > 2:
        PLACES.append(loose)
    return function


def get(line):
    return line + b"\r\n" + H + b"\r\n"


def with_lines(lines):
    return b"GET / HTTP/1.1\r\n" + H + lines + b"\r\n\r\n"


def post(lines, body):
    return b"POST / HTTP/1.1\r\n" + H + lines + b"\r\n\r\n" + body


def chunked(body):
    return post(b"Transfer-Encoding: chunked", body)


def text(c):
    return c.decode("latin-1")


# --- Method -----------------------------------------------------------------


def method(token):
    """What becomes of GET when one of its bytes has been changed."""
    if any(b not in TCHAR for b in token):
        return 400
    return Sees(token.decode() + " / HTTP/1.1") if token in METHODS else 501


@place
def method_before(c, b):
    want = SILENT if b == 0x16 else method(c + b"GET")  # 0x16 begins a TLS record
    return get(c + b"GET / HTTP/1.1"), want


@place
def method_first(c, b):
    return get(c + b"ET / HTTP/1.1"), SILENT if b == 0x16 else method(c + b"ET")


@place
def method_inside(c, b):
    return get(b"G" + c + b"T / HTTP/1.1"), method(b"G" + c + b"T")


@place
def method_behind(c, b):
    return get(b"GET" + c + b" / HTTP/1.1"), method(b"GET" + c)


@place
def blank_behind_the_method(c, b):
    return get(b"GET" + c + b"/ HTTP/1.1"), Sees("GET / HTTP/1.1") if c == b" " else 400


@place
def blank_behind_the_target(c, b):
    return get(b"GET /" + c + b"HTTP/1.1"), Sees("GET / HTTP/1.1") if c == b" " else 400


# --- Target -----------------------------------------------------------------


def arriving(b, loose):
    """The byte in a target as it goes on; None: it may not stand there."""
    if b in URI or (loose and b in ODD):
        return chr(b)
    return "%%%02X" % b if b in ODD or b >= 0x80 else None


@place
def target_first(c, b, loose=False):
    return get(b"GET " + c + b" HTTP/1.1"), Sees("GET / HTTP/1.1") if c == b"/" else 400


@place
def path(c, b, loose=False):
    """Behind a percent come z's: no escape."""
    seen = "%" if c == b"%" and loose else arriving(b, loose)
    want = 400 if seen is None else Sees("GET /a%szz HTTP/1.1" % seen)
    return get(b"GET /a" + c + b"zz HTTP/1.1"), want


@place
def query(c, b, loose=False):
    seen = "%" if c == b"%" else arriving(b, loose)
    want = 400 if seen is None else Sees("GET /?a%szz HTTP/1.1" % seen)
    return get(b"GET /?a" + c + b"zz HTTP/1.1"), want


@place
def target_last(c, b, loose=False):
    seen = "%" if c == b"%" and loose else arriving(b, loose)
    want = 400 if seen is None else Sees("GET /a%s HTTP/1.1" % seen)
    return get(b"GET /a" + c + b" HTTP/1.1"), want


@place
def escape_first(c, b):
    return get(b"GET /%" + c + b"1 HTTP/1.1"), \
        Sees("GET /%%%s1 HTTP/1.1" % text(c)) if b in HEX else 400


@place
def escape_second(c, b):
    return get(b"GET /%4" + c + b" HTTP/1.1"), \
        Sees("GET /%%4%s HTTP/1.1" % text(c)) if b in HEX else 400


@place
def escape_of_zero(c, b):
    """%0 and a digit: only a zero is refused, in the query too."""
    return get(b"GET /?%0" + c + b" HTTP/1.1"), \
        400 if c == b"0" or (c != b"%" and arriving(b, False) is None) else \
        Sees("GET /?%%0%s HTTP/1.1" % ("%" if c == b"%" else arriving(b, False)))


@place
def authority(c, b):
    """In an absolute target; a slash or a question mark ends it."""
    raw = get(b"GET http://a" + c + b"b/ HTTP/1.1")
    if c == b"/":
        return raw, Sees("GET /b/ HTTP/1.1", "a")
    if c == b"?":
        return raw, Sees("GET /?b/ HTTP/1.1", "a")
    return raw, Sees("GET / HTTP/1.1", "a%sb" % text(c)) if b in NAME else 400


# --- Version ----------------------------------------------------------------


def version(word):
    if word in (b"HTTP/1.0", b"HTTP/1.1"):
        return Sees("GET / HTTP/1.1")
    return 505 if re.fullmatch(rb"HTTP/[2-9]\.[0-9]", word) else 400


def version_places():
    for at in range(8):
        def byte_of_version(c, b, at=at, loose=None):
            word = b"HTTP/1.1"[:at] + c + b"HTTP/1.1"[at + 1:]
            return get(b"GET / " + word), version(word)
        byte_of_version.__name__ = "version_%d" % at

        def cases(function=byte_of_version):
            for b in range(256):
                raw, want = function(bytes([b]), b)
                yield ("%s 0x%02x" % (function.__name__, b), raw, want)
        PLACES.append(cases)


version_places()


@place
def version_before(c, b):
    return get(b"GET / " + c + b"HTTP/1.1"), 400


@place
def version_behind(c, b):
    return get(b"GET / HTTP/1.1" + c), 400


# --- Field lines ------------------------------------------------------------


def line(name, value):
    """Name and value as they arrive, by the bytes of both."""
    if not name or any(b not in TCHAR for b in name):
        return 400
    value = value.strip(b" \t")
    if any(b not in TEXT and b != 9 for b in value):
        return 400
    return Sees("GET / HTTP/1.1", has=[(text(name), text(value))])


def split(whole):
    """A line with a colon somewhere."""
    name, _, value = whole.partition(b":")
    return line(name, value)


@place
def name_first(c, b):
    return with_lines(c + b"X: v"), split(c + b"X: v")


@place
def name_inside(c, b):
    return with_lines(b"X" + c + b"Y: v"), split(b"X" + c + b"Y: v")


@place
def before_the_colon(c, b):
    return with_lines(b"X" + c + b": v"), split(b"X" + c + b": v")


@place
def colon(c, b):
    """No byte but a colon ends a name."""
    return with_lines(b"X" + c + b" v"), line(b"X", b"v") if c == b":" else 400


@place
def behind_the_colon(c, b):
    return with_lines(b"X:" + c + b"v"), split(b"X:" + c + b"v")


@place
def value_inside(c, b):
    return with_lines(b"X: a" + c + b"b"), split(b"X: a" + c + b"b")


@place
def value_last(c, b):
    return with_lines(b"X: a" + c), split(b"X: a" + c)


@place
def value_alone(c, b):
    return with_lines(b"X:" + c), split(b"X:" + c)


@place
def cr_of_a_line(c, b):
    want = line(b"X", b"v") if c == b"\r" else 400
    return with_lines(b"X: v" + c + b"\nY: w"), want


@place
def lf_of_a_line(c, b):
    return with_lines(b"X: v\r" + c + b"Y: w"), line(b"X", b"v") if c == b"\n" else 400


@place
def behind_a_line_end(c, b):
    """The begin of the next line; alone on it, it is no field."""
    return with_lines(b"X: v\r\n" + c), 400


@place
def lf_of_the_head(c, b):
    return b"GET / HTTP/1.1\r\n" + H + b"\r" + c, Sees() if c == b"\n" else 400


# --- Host -------------------------------------------------------------------


def host_case(value):
    raw = b"GET / HTTP/1.1\r\nHost: " + value + b"\r\n\r\n"
    kept = value.strip(b" \t")
    good = kept and all(b in NAME for b in kept)
    return raw, Sees("GET / HTTP/1.1", text(kept)) if good else 400


@place
def host_first(c, b):
    return host_case(c + b"b")


@place
def host_inside(c, b):
    return host_case(b"a" + c + b"b")


@place
def host_last(c, b):
    """A colon here begins an empty port."""
    raw, want = host_case(b"a" + c)
    return raw, Sees("GET / HTTP/1.1", "a:") if c == b":" else want


@place
def port(c, b):
    raw = b"GET / HTTP/1.1\r\nHost: a:8" + c + b"\r\n\r\n"
    value = (b"a:8" + c).rstrip(b" \t")
    return raw, Sees("GET / HTTP/1.1", text(value)) if re.fullmatch(rb"a:8\d?", value) else 400


@place
def in_brackets(c, b):
    good = b in HEX or c == b":"  # 12::1, 1:::1 is none
    want = Sees("GET / HTTP/1.1", "[1%s::1]" % text(c)) if good and c != b":" else 400
    return b"GET / HTTP/1.1\r\nHost: [1" + c + b"::1]\r\n\r\n", want


# --- Length and coding -----------------------------------------------------


def length_case(value):
    number = value.strip(b" \t")
    good = re.fullmatch(rb"0|[1-9][0-9]*", number)
    body = b"l" * int(number) if good else b"l" * 5
    return post(b"Content-Length:" + value, body), \
        Sees("POST / HTTP/1.1", body=body) if good else 400


@place
def length_first(c, b):
    return length_case(c + b"5")


@place
def length_inside(c, b):
    return length_case(b"1" + c + b"1")


@place
def length_last(c, b):
    return length_case(b"5" + c)


@place
def length_alone(c, b):
    return length_case(c)


def coding_case(value):
    raw = post(b"Transfer-Encoding:" + value, b"2\r\nab\r\n" + END)
    token = value.strip(b" \t")
    if token.lower() == b"chunked":
        return raw, Sees("POST / HTTP/1.1", body=b"ab", chunks=[2])
    return raw, 501 if token and all(b in TCHAR for b in token) else 400


@place
def coding_before(c, b):
    return coding_case(c + b"chunked")


@place
def coding_inside(c, b):
    return coding_case(b"chun" + c + b"ed")


@place
def coding_behind(c, b):
    return coding_case(b"chunked" + c)


@place
def connection_list(c, b):
    """Only a comma ends an element: X is named, or stays."""
    ends = c in (b",", b" ", b"\t")
    raw = with_lines(b"Connection: X" + c + b"\r\nX: 1")
    if b not in TEXT and b != 9:
        return raw, 400
    return raw, Sees(lacks=["X"]) if ends else Sees(has=[("X", "1")])


# --- Chunks -----------------------------------------------------------------


def data(size):
    return b"d" * size


def size_case(digits):
    """A size line of hex digits, or of something else."""
    good = re.fullmatch(rb"[0-9a-fA-F]{1,16}", digits)
    size = int(digits, 16) if good else 5
    if good and size == 0:
        return chunked(digits + b"\r\n\r\n"), Sees(body=b"", chunks=[])
    raw = chunked(digits + b"\r\n" + data(size) + b"\r\n" + END)
    return raw, Sees(body=data(size), chunks=[size]) if good else 400


def line_case(extension, good):
    """A size line that is 5 and then extension."""
    raw = chunked(b"5" + extension + b"\r\nhello\r\n" + END)
    return raw, Sees(body=b"hello", chunks=[5]) if good else 400


def body_case(body, good, seen=b"hello"):
    return chunked(body), Sees(body=seen) if good else 400


@place
def size_before(c, b):
    return size_case(c + b"5")


@place
def size_behind(c, b):
    return size_case(b"5" + c)


@place
def size_alone(c, b):
    return size_case(c)


@place
def cr_of_a_size(c, b):
    return body_case(b"5" + c + b"\nhello\r\n" + END, c == b"\r")


@place
def lf_of_a_size(c, b):
    return body_case(b"5\r" + c + b"hello\r\n" + END, c == b"\n")


@place
def extension_first(c, b):
    return line_case(b";" + c + b"b", b in TCHAR)


@place
def extension_name(c, b):
    return line_case(b";a" + c + b"b", b in TCHAR or c in (b"=", b";"))


@place
def extension_last(c, b):
    return line_case(b";a" + c, b in TCHAR)


@place
def extension_value(c, b):
    return line_case(b";a=b" + c + b"c", b in TCHAR or c == b";")


@place
def extension_quoted(c, b):
    """A backslash quotes what follows it; a quote ends too early."""
    return line_case(b';a="b' + c + b'c"', b in TEXT and c != b'"')


@place
def extension_escaped(c, b):
    return line_case(b';a="\\' + c + b'"', b in TEXT)


@place
def extension_behind_quotes(c, b):
    return line_case(b';a="b"' + c + b"c", c == b";")


@place
def data_byte(c, b):
    """In the data itself everything may stand."""
    return body_case(b"5\r\nhe" + c + b"lo\r\n" + END, True, b"he" + c + b"lo")


@place
def cr_of_data(c, b):
    return body_case(b"5\r\nhello" + c + b"\n" + END, c == b"\r")


@place
def lf_of_data(c, b):
    return body_case(b"5\r\nhello\r" + c + END, c == b"\n")


@place
def cr_of_the_last_size(c, b):
    """A hex digit makes it another size, whose line ends in bare LF."""
    return body_case(b"5\r\nhello\r\n0" + c + b"\n\r\n", c == b"\r")


@place
def cr_of_the_end(c, b):
    return body_case(b"5\r\nhello\r\n0\r\n" + c + b"\n", c == b"\r")


@place
def lf_of_the_end(c, b):
    return body_case(b"5\r\nhello\r\n0\r\n\r" + c, c == b"\n")


# --- Trailers ---------------------------------------------------------------


def trailer_case(whole):
    good = isinstance(split(whole), Sees)
    return chunked(b"5\r\nhello\r\n0\r\n" + whole + b"\r\n\r\n"), \
        Sees(body=b"hello", lacks=["X", "XY"]) if good else 400


@place
def trailer_first(c, b):
    return trailer_case(c + b"X: v")


@place
def trailer_name(c, b):
    return trailer_case(b"X" + c + b"Y: v")


@place
def trailer_before_the_colon(c, b):
    return trailer_case(b"X" + c + b": v")


@place
def trailer_behind_the_colon(c, b):
    return trailer_case(b"X:" + c + b"v")


@place
def trailer_value(c, b):
    return trailer_case(b"X: a" + c + b"b")


@place
def trailer_value_last(c, b):
    return trailer_case(b"X: a" + c)


@place
def trailer_cr(c, b):
    good = c == b"\r"
    return chunked(b"0\r\nX: a" + c + b"\n\r\n"), Sees(body=b"") if good else 400


@place
def trailer_lf(c, b):
    good = c == b"\n"
    return chunked(b"0\r\nX: a\r" + c + b"\r\n"), Sees(body=b"") if good else 400
