"""Where a text has what was asked for: to mark it, to cut a line around it, and to judge a text that no index was asked about."""

from collections.abc import Sequence

from msgspec import Struct

from tillside.base import words
from tillside.storage.full_text import Every, Phrase

AROUND = 80
LONGEST = 260


class Piece(Struct, frozen=True):
    text: str
    is_found: bool = False


def fits(every: Every, said: Sequence[str]) -> bool:
    """Whether words have all of these phrases, each in one of its spellings."""
    return all(any(_places(phrase, said) for phrase in spellings) for spellings in every)


def marked(text: str, every: Every) -> list[Piece]:
    """The whole text, what was found apart from what stands between."""
    pieces, end = [], 0
    for first, last in _stretches(text, every):
        if first > end:
            pieces.append(Piece(text[end:first]))
        pieces.append(Piece(text[first:last], is_found=True))
        end = last
    return [*pieces, Piece(text[end:])] if end < len(text) else pieces


def line(text: str, every: Every) -> list[Piece]:
    """One line around the first that was found."""
    said = " ".join(text[:50_000].split())
    found = _stretches(said, every)
    first = max(0, found[0][0] - AROUND) if found else 0
    if first:
        first = said.find(" ", first, first + AROUND) + 1 or first
    cut = said[first : first + LONGEST]
    return marked(f"{'…' if first else ''}{cut}{'…' if first + LONGEST < len(said) else ''}", every)


def _stretches(text: str, every: Every) -> list[tuple[int, int]]:
    """From where to where something was found, in order, none over another."""
    spans = words.spans(text)
    said = [word for word, _, _ in spans]
    found = sorted(
        (spans[place][1], spans[place + len(phrase.words) - 1][2])
        for spellings in every
        for phrase in spellings
        for place in _places(phrase, said)
    )
    kept: list[tuple[int, int]] = []
    for first, last in found:
        if kept and first < kept[-1][1]:
            kept[-1] = (kept[-1][0], max(last, kept[-1][1]))
        else:
            kept.append((first, last))
    return kept


def _places(phrase: Phrase, said: Sequence[str]) -> list[int]:
    """Where a phrase begins among words."""
    *first, last = phrase.words
    length = len(phrase.words)
    return [
        place
        for place in range(len(said) - length + 1)
        if (said[place + length - 1].startswith(last) if phrase.is_open else said[place + length - 1] == last)
        and list(said[place : place + length - 1]) == first
    ]
