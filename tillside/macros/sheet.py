"""Reading the table another desk exported its macros into (contract 4.2): bytes to rows of named cells, whatever they hold. Pure."""

import csv
import io
import re

from msgspec import Struct

from tillside.base.errors import Refused, TooLarge

MOST_BYTES = 4 * 1024 * 1024
MOST_ROWS = 2_000
LONGEST_CELL = 100_000
COLUMNS = (
    "name", "subject", "description", "tags", "assign", "priority", "update field", "last order", "http target", "close",
    "available to - brands", "available to - agents", "created by",
)  # fmt: skip
"""The columns of contract 4.2, as they are compared: any case, any spacing."""
_SEPARATORS = ",;\t|"
_MARKS = (
    (b"\xef\xbb\xbf", "utf-8-sig"),
    (b"\xff\xfe\x00\x00", "utf-32"),
    (b"\x00\x00\xfe\xff", "utf-32"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
)
_CONTROLS = re.compile(r"[\0-\x08\x0b\x0c\x0e-\x1f\x7f]")
_NEUTRALISED = re.compile(r"'(?=[=+\-@\t])")
"""The mark some exports put before a cell that a spreadsheet would take for a formula."""


class Row(Struct, frozen=True):
    """One row; `number` is its place in the file, the heading being 1. Cells under the names of `COLUMNS`, "" where there is none."""

    number: int
    cells: dict[str, str]

    @property
    def is_empty(self) -> bool:
        return not any(self.cells.values())


class Sheet(Struct, frozen=True):
    """`strange`: headings nobody knows here, as they are written."""

    rows: list[Row]
    strange: list[str]


def read(content: bytes) -> Sheet:
    """The rows of a file. A cell is text and stays text, whatever it begins with. Raises TooLarge, Refused with the field ``file``."""
    if len(content) > MOST_BYTES:
        raise TooLarge("This file is larger than an import takes.", field="file", hint=f"Send at most {MOST_BYTES // 2**20} MB at once.")
    text = _CONTROLS.sub("", decoded(content))
    table = _table(text)
    if not table:
        raise Refused("This file is empty.", field="file", hint="Choose the file the other desk exported.")
    heading = [_folded(cell) for cell in table[0]]
    if "name" not in heading:
        raise Refused("This file has no column Name.", field="file", hint="The first line of the file must name the columns.")
    if len(table) - 1 > MOST_ROWS:
        raise TooLarge(f"This file has more than {MOST_ROWS} macros.", field="file", hint="Split it, and send its parts one after the other.")
    strange = [" ".join(cell.split())[:60] for cell, name in zip(table[0], heading, strict=True) if name and name not in COLUMNS]
    return Sheet([Row(number, _cells(heading, cells)) for number, cells in enumerate(table[1:], start=2)], strange)


def decoded(content: bytes) -> str:
    """The text of a file: by its mark, by its zeros, as UTF-8, or else as Windows wrote it. Every byte means something."""
    for mark, name in _MARKS:
        if content.startswith(mark):
            return content.decode(name, errors="replace").removeprefix("\ufeff")
    zeros = content[:2000].count(0)
    if zeros > len(content[:2000]) // 5:
        return content.decode("utf-16-be" if content[:1] == b"\0" else "utf-16-le", errors="replace")
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        return content.decode("cp1252", errors="replace") if not _is_latin_1(content) else content.decode("latin-1")


def _is_latin_1(content: bytes) -> bool:
    """Whether it has bytes that Windows-1252 leaves out."""
    return any(byte in content for byte in (b"\x81", b"\x8d", b"\x8f", b"\x90", b"\x9d"))


def _table(text: str) -> list[list[str]]:
    """Rows of cells. The separator is the one that stands most often in the heading. Raises Refused."""
    first = next((line for line in text.splitlines() if line.strip()), "")
    separator = max(_SEPARATORS, key=first.count)
    csv.field_size_limit(LONGEST_CELL)
    found: list[list[str]] = []
    try:
        for row in csv.reader(io.StringIO(text, newline=""), delimiter=separator):
            if row or found:
                found.append(row)
            if len(found) > MOST_ROWS + 1:
                break
    except csv.Error as error:
        raise Refused(f"This is not a table: {error}.", field="file", hint="Export it as CSV and send that file.") from error
    return found


def _cells(heading: list[str], cells: list[str]) -> dict[str, str]:
    """The first cell of each known column."""
    found = dict.fromkeys(COLUMNS, "")
    for name, cell in zip(heading, cells, strict=False):
        if name in found and not found[name]:
            found[name] = _NEUTRALISED.sub("", cell.strip(), count=1) if cell.startswith("'") else cell.strip()
    return found


def _folded(cell: str) -> str:
    return " ".join(cell.replace("_", " ").replace("–", "-").split()).casefold()
