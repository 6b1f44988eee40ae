"""A mail taken apart, within bounds: RFC 5322 headers, RFC 2046 parts, RFC 2045 encodings.

Not the standard library's parser: it recurses as deep as a mail nests, and reads every part of ten
megabytes line by line. Here each byte is looked at a bounded number of times, and what goes past a
bound is left out. What is malformed is read as far as it goes; nothing raises.
"""

import binascii
import codecs
import html
import re
from collections.abc import Iterator
from dataclasses import dataclass
from email.errors import HeaderParseError
from email.header import decode_header
from typing import Final

MAX_BYTES: Final = 32 * 2**20
"""More of a mail is not looked at."""
MAX_DEPTH: Final = 6
MAX_PARTS: Final = 60
MAX_HEADERS: Final = 400
MAX_HEADER_BYTES: Final = 128 * 1024
MAX_VALUE: Final = 4_096
"""Characters of one header's value."""
MAX_TEXT_BYTES: Final = 128 * 1024
"""Bytes of one text part."""

_BLANK_LINE = re.compile(rb"\n[ \t]*\n")
_HEADER = re.compile(r"([!-9;-~]{1,80})[ \t]*:[ \t]*(.*)", re.DOTALL)
_PARAMETER = re.compile(r';\s*([A-Za-z0-9*-]{1,40})\s*=\s*(?:"([^"]{0,200})"|([^\s;"]{1,200}))')
_TAG = re.compile(r"<[^<>]*>")
_LINE_TAG = re.compile(r"<(?:br|/?p|/?div|/?tr|/?li|/?h\d)\b[^<>]*>", re.IGNORECASE)
_HIDDEN = ("style", "script", "head")


class Headers:
    """Header fields in order; names are looked up in lower case.

    Args:
        fields: Name in lower case, and value without its folding.
    """

    def __init__(self, fields: list[tuple[str, str]]) -> None:
        self.fields = fields

    def __contains__(self, name: str) -> bool:
        return any(found == name for found, _value in self.fields)

    def get(self, name: str) -> str:
        """The first value of a field, or empty."""
        return next((value for found, value in self.fields if found == name), "")

    def all(self, name: str) -> list[str]:
        """Every value of a field."""
        return [value for found, value in self.fields if found == name]


@dataclass(frozen=True, slots=True)
class Part:
    """A part that is not multipart.

    Attributes:
        kind: Its content type without parameters, lower case.
        headers: Its own headers; the mail's where it has but one part.
        body: As it stands in the mail, lines ended by LF.
    """

    kind: str
    headers: Headers
    body: bytes

    def data(self) -> bytes:
        """The body without its transfer encoding, up to `MAX_TEXT_BYTES`."""
        encoding = self.headers.get("content-transfer-encoding").strip().lower()
        return decode_transfer(self.body[:MAX_TEXT_BYTES], encoding)

    def text(self) -> str:
        """The body as text, HTML without its tags."""
        text = decode_text(self.data(), parameter(self.headers.get("content-type"), "charset"))
        return strip_tags(text) if self.kind == "text/html" else text


@dataclass(frozen=True, slots=True)
class Mail:
    """A mail.

    Attributes:
        headers: Its own.
        kind: Its content type without parameters, lower case.
        parts: Its parts, flat, in order.
    """

    headers: Headers
    kind: str
    parts: tuple[Part, ...]


def read(data: bytes) -> Mail:
    """Take a mail apart. A line of an mbox file before it (`From …`) is left out."""
    data = data[:MAX_BYTES]
    if b"\r" in data:
        data = data.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    data = data.lstrip(b"\n\t \xef\xbb\xbf")
    if data.startswith((b"From ", b">From ")):
        data = data.partition(b"\n")[2]
    headers, body = split(data)
    return Mail(headers, kind_of(headers), tuple(_parts(headers, body)))


def split(data: bytes) -> tuple[Headers, bytes]:
    """Headers and body of a mail or part whose lines end by LF."""
    if data.startswith(b"\n"):
        return Headers([]), data[1:]
    found = _BLANK_LINE.search(data)
    head, body = (data, b"") if found is None else (data[: found.start()], data[found.end() :])
    return parse_headers(head[:MAX_HEADER_BYTES]), body


def parse_headers(head: bytes) -> Headers:
    """Header fields of a block; lines that are none are left out."""
    text = _to_text(head)
    fields: list[tuple[str, str]] = []
    for line in re.sub(r"\n[ \t]+", " ", text).split("\n"):
        found = _HEADER.match(line[: MAX_VALUE + 100])
        if found is not None:
            fields.append((found[1].lower(), found[2].strip()[:MAX_VALUE]))
            if len(fields) >= MAX_HEADERS:
                break
    return Headers(fields)


def kind_of(headers: Headers) -> str:
    """The content type without parameters; `text/plain` where none is told."""
    kind = headers.get("content-type").partition(";")[0].strip().lower()
    return kind if "/" in kind else "text/plain"


def parameter(value: str, name: str) -> str:
    """A parameter of a structured header's value, or empty."""
    for found in _PARAMETER.finditer(value):
        if found[1].lower() == name:
            return found[2] if found[2] is not None else found[3]
    return ""


def decode_transfer(body: bytes, encoding: str) -> bytes:
    """A body without its content transfer encoding, as far as it can be read."""
    try:
        if encoding == "quoted-printable":
            return binascii.a2b_qp(body)
        if encoding == "base64":
            clean = re.sub(rb"[^A-Za-z0-9+/]", b"", body)
            return binascii.a2b_base64(clean[: len(clean) // 4 * 4] or b"")
    except (binascii.Error, ValueError):
        pass
    return body


def decode_text(data: bytes, charset: str) -> str:
    """Bytes as text; what can't be decoded becomes U+FFFD."""
    if charset and charset.isascii():
        try:
            codec = codecs.lookup(charset)
            # Codecs that aren't text encodings (zip, hex …) have no business here.
            if codec._is_text_encoding:  # noqa: SLF001
                return codec.decode(data, "replace")[0]
        except (LookupError, ValueError, AttributeError):
            pass
    return _to_text(data)


def decode_words(value: str) -> str:
    """A header's value with its encoded words (RFC 2047) decoded."""
    if "=?" not in value:
        return value
    try:
        pieces = decode_header(value[:MAX_VALUE])
    except (HeaderParseError, ValueError):
        return value
    return "".join(
        decode_text(piece, charset or "") if isinstance(piece, bytes) else piece
        for piece, charset in pieces
    )


def strip_tags(text: str) -> str:
    """HTML as plain text: what a reader would see, one line for a block."""
    for name in _HIDDEN:
        text = _without(text, name)
    return html.unescape(_TAG.sub(" ", _LINE_TAG.sub("\n", text)))


def _without(text: str, name: str) -> str:
    """HTML without the elements of a name; one that is never closed stays."""
    lower, kept, at = text.lower(), [], 0
    if len(lower) != len(text):
        return text  # letters that change their length: positions would not agree
    while (begin := lower.find(f"<{name}", at)) >= 0:
        end = lower.find(f"</{name}", begin)
        if end < 0:
            break
        kept.append(text[at:begin])
        at = end + len(name) + 2
    return " ".join([*kept, text[at:]])


def _parts(headers: Headers, body: bytes) -> Iterator[Part]:
    """Leaves, depth first; without recursion, whatever the mail nests."""
    stack = [(headers, body, 0)]
    left = MAX_PARTS
    while stack and left:
        headers, body, depth = stack.pop()
        kind = kind_of(headers)
        pieces: list[bytes] = []
        if kind.startswith("multipart/") and depth < MAX_DEPTH:
            boundary = parameter(headers.get("content-type"), "boundary").rstrip()
            pieces = _pieces(body, boundary.encode("utf-8", "replace")) if boundary else []
        if not pieces:
            left -= 1
            yield Part("text/plain" if kind.startswith("multipart/") else kind, headers, body)
            continue
        inner = [(*split(piece), depth + 1) for piece in pieces]
        stack.extend(reversed(inner))


def _pieces(body: bytes, boundary: bytes) -> list[bytes]:
    """What stands between the delimiter lines (RFC 2046, section 5.1.1)."""
    body = b"\n" + body
    delimiter = re.compile(rb"\n--" + re.escape(boundary) + rb"(--)?[ \t]*(?=\n|\Z)")
    pieces: list[bytes] = []
    begin = -1
    for found in delimiter.finditer(body):
        if begin >= 0:
            pieces.append(body[begin : found.start()])
        begin = found.end() + 1
        if found[1] or len(pieces) >= MAX_PARTS:
            return pieces
    if begin >= 0:
        pieces.append(body[begin:])  # the last delimiter is missing
    return pieces


def _to_text(data: bytes) -> str:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("latin-1")
