"""Proving a template when it is saved: that it can be read whatever its values will be.

JSON: a value enters a string as whole escaped characters, or a value's place as one whole value. So if the template parses with each
placeholder in quotes replaced by letters that no escape may begin or go on with, and each one alone replaced by `null` and by a string
(neither can touch a neighbour and still be JSON), it parses with every other value too. Replacements keep the length, so an error's
place is the place in the template.
XML: a value enters text or a quoted attribute, where an escaped value is always text; anywhere else it is refused.
"""

import json
import re
import secrets
from xml.parsers import expat

from tillside.base import placeholders
from tillside.base.errors import Refused
from tillside.base.placeholders import Blank

_MARK = "p" + secrets.token_hex(8)
"""Stands for a placeholder while XML is read. Random, so that no template can hold it and be miscounted."""
_BEFORE_THE_PATH = re.compile(r"https?://[^/?#]+[/?#].*", re.IGNORECASE | re.DOTALL)
_BROKEN_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})")
_LINE_END = re.compile(r"[\r\n]")
_QUOTE = re.compile(r'\\.|"', re.DOTALL)
_JSON_HINTS = (
    ("Expecting property name", "Names stand in double quotes, and no comma stands before a closing brace."),
    ("Expecting value", "A value is missing, or a comma too many stands before a closing bracket."),
    ("Expecting ',' delimiter", "A comma or a closing bracket is missing here; a placeholder beside text belongs inside the quotes."),
    ("Expecting ':' delimiter", "After a name comes a colon."),
    ("Invalid control", "Write line breaks inside quotes as \\n."),
    ("Unterminated string", "A closing quote is missing."),
    ("Invalid \\", "A backslash is written twice, and none stands right before a placeholder."),
    ("Extra data", "The body ends before this place; put everything into one object."),
)


def prove(text: str, kind: str, field: str) -> None:
    """Raises Refused(field) with the place and what to change."""
    match kind:
        case "json":
            _prove_json(text, field)
        case "xml":
            _prove_xml(text, field)
        case "form":
            _prove_form(text, field)
        case "url":
            _prove_url(text, field)
        case "header":
            if broken := _LINE_END.search(text):
                raise Refused(f"A header is one line ({_place(text, broken.start())}).", field=field, hint="Take the line break out.")


def _prove_json(text: str, field: str) -> None:
    for alone in ("null", '"x"'):
        try:
            json.loads(_replaced(text, alone), parse_constant=_no_constant)
        except json.JSONDecodeError as error:
            hint = next((hint for start, hint in _JSON_HINTS if error.msg.startswith(start)), "Look at what stands before this place.")
            raise Refused(f"This is not JSON: {_place(text, error.pos)}.", field=field, hint=hint) from error
        except (ValueError, RecursionError) as error:
            hint = "Numbers have fewer than 4,000 digits, NaN and Infinity are none, and lists are nested less deeply."
            raise Refused("This is not JSON that everybody can read.", field=field, hint=hint) from error


def _replaced(text: str, alone: str) -> str:
    """In quotes: letters that no escape may begin or go on with. Alone: `alone`, filled up with blanks."""
    parts: list[str] = []
    is_quoted = False
    for piece in placeholders.pieces(text):
        if isinstance(piece, Blank):
            parts.append("é" * len(piece.written) if is_quoted else alone.ljust(len(piece.written)))
        else:
            parts.append(piece)
            is_quoted ^= sum(mark[0] == '"' for mark in _QUOTE.finditer(piece)) % 2 == 1
    return "".join(parts)


def _no_constant(name: str) -> None:
    raise ValueError(name)


def _prove_xml(text: str, field: str) -> None:
    reader = expat.ParserCreate("utf-8")
    found = _Seen()
    reader.StartElementHandler = found.element
    reader.CharacterDataHandler = found.text
    reader.StartCdataSectionHandler = found.section
    reader.EndCdataSectionHandler = found.section
    reader.StartDoctypeDeclHandler = found.doctype
    reader.XmlDeclHandler = found.declaration
    marked = "".join(piece if isinstance(piece, str) else _MARK for piece in placeholders.pieces(text))
    try:
        reader.Parse(marked.strip().encode("utf-8", "replace"), True)
    except expat.ExpatError as error:
        where = f"line {error.lineno + text[: len(text) - len(text.lstrip())].count(chr(10))}"
        words = expat.ErrorString(error.code)
        raise Refused(f"This is not XML: {where}, {words}.", field=field, hint="Close every tag, and write & as &amp;.") from error
    expected = sum(isinstance(piece, Blank) for piece in placeholders.pieces(text))
    if found.refused:
        raise Refused(found.refused, field=field, hint="Send plain elements and attributes, in UTF-8.")
    if found.count != expected:
        hint = "A placeholder stands in the text of an element or in a quoted attribute; not in names, comments or CDATA."
        raise Refused("A placeholder stands where XML cannot keep a value.", field=field, hint=hint)


class _Seen:
    """Counts the placeholders that stand where a value may stand."""

    def __init__(self) -> None:
        self.count, self.refused = 0, ""
        self._is_raw = False
        self._text = ""

    def element(self, _: str, attributes: dict[str, str]) -> None:
        """A namespace may not be empty, so no value can be trusted to name one."""
        self.count += sum(value.count(_MARK) for name, value in attributes.items() if not name.startswith("xmlns"))
        self._text = ""

    def text(self, piece: str) -> None:
        """Character data comes in parts; what is counted once is not kept."""
        if self._is_raw:
            return
        self._text += piece
        self.count += self._text.count(_MARK)
        self._text = self._text.rpartition(_MARK)[2][-len(_MARK) :]

    def section(self) -> None:
        self._is_raw = not self._is_raw
        self._text = ""

    def doctype(self, *_: object) -> None:
        self.refused = "The template declares a document type, which receivers refuse for good reasons."

    def declaration(self, _: str, encoding: str | None, __: int) -> None:
        if encoding is not None and encoding.lower() not in ("utf-8", "utf8"):
            self.refused = f"The template says it is in {encoding[:40]}, and is sent in UTF-8."


def _prove_form(text: str, field: str) -> None:
    at = 0
    for piece in placeholders.pieces(text):
        if isinstance(piece, Blank):
            at += len(piece.written)
            continue
        if broken := _BROKEN_PERCENT.search(piece):
            hint = "Write a percent sign as %25; placeholders are encoded by themselves."
            raise Refused(f"A percent sign stands alone ({_place(text, at + broken.start())}).", field=field, hint=hint)
        at += len(piece)
    shape = "".join(piece if isinstance(piece, str) else "x" for piece in placeholders.pieces(text))
    for pair in _LINE_END.sub("", shape.strip()).split("&"):
        if "=" not in pair:
            hint = "A form is name=value, joined by &, such as order={{order.id}}&status={{ticket.status}}."
            raise Refused(f"“{pair[:40]}” is not a pair of name and value.", field=field, hint=hint)


def _prove_url(text: str, field: str) -> None:
    first = placeholders.pieces(text)[0]
    has_blanks = any(isinstance(piece, Blank) for piece in placeholders.pieces(text))
    if has_blanks and (isinstance(first, Blank) or not _BEFORE_THE_PATH.fullmatch(first)):
        hint = "Placeholders may stand after the host, in the path and after the question mark."
        raise Refused("A placeholder stands where the URL names its host.", field=field, hint=hint)


def _place(text: str, at: int) -> str:
    line = text.count("\n", 0, at) + 1
    column = at - (text.rfind("\n", 0, at) + 1) + 1
    shown = " ".join(text[max(0, at - 15) : at + 15].split())
    return f"line {line}, column {column}, near “{shown}”"
