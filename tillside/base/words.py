"""The words of a text as they are searched: folded, so that case, accents and width make no difference, and with the place each came from.

Han, kana, Thai and other scripts that set no spaces are one word per letter; a run of them is searched as a phrase. Words are letters and
digits only and at most `LONGEST` long, so that any store can keep them as they are.
"""

import re
import unicodedata
from functools import cache

LONGEST = 40
_ASCII = re.compile(r"[A-Za-z0-9]+")
_SPACELESS = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u2e80-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uff66-\uff9f\U00020000-\U0003ffff"


def spans(text: str) -> list[tuple[str, int, int]]:
    """Every word with where it begins and ends in the text."""
    if text.isascii():
        return [(match[0].lower()[:LONGEST], match.start(), match.end()) for match in _ASCII.finditer(text)]
    return [(word, match.start(), match.end()) for match in _letters().finditer(text) for word in _folded(match[0])]


def of(text: str) -> list[str]:
    """Every word, in order."""
    if text.isascii():
        return [word[:LONGEST] for word in _ASCII.findall(text.lower())]
    return [word for found in _letters().findall(text) for word in _folded(found)]


def _folded(found: str) -> list[str]:
    """``Größe`` is grosse, ``①`` is 1; a few letters fold into several words, such as a square of kana."""
    if found.isascii():
        return [found.lower()[:LONGEST]]
    for _ in range(3):  # what folding yields may fold again
        plain = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", found).casefold())
        found = "".join([letter for letter in plain if letter.isalnum()])
    return [word[:LONGEST] for word in _letters().findall(found)]


@cache
def _letters() -> re.Pattern[str]:
    """A letter of a script without spaces, or a run of other letters and digits; marks such as accents belong to the letter before."""
    marks = re.escape("".join(chr(code) for code in range(0x300, 0x1F000) if unicodedata.category(chr(code)).startswith("M")))
    return re.compile(rf"(?:(?![_])[{_SPACELESS}])(?<=\w)[{marks}]*|(?:(?![_{_SPACELESS}])\w)(?:(?![_{_SPACELESS}])[\w{marks}])*")


def folded(text: str) -> str:
    """The whole text as it is compared: without case, accents, width and doubled white space; signs stay. ``Größe  Ⅳ`` is ``grosse iv``."""
    if text.isascii():
        return " ".join(text.lower().split())
    for _ in range(3):  # what folding yields may fold again
        plain = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
        once = "".join([letter for letter in plain if not unicodedata.combining(letter)])
        if once == text:
            break
        text = once
    return " ".join(text.split())
