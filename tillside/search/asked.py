"""What somebody typed, taken apart: words, phrases in quotes, operators such as ``status:open``. Pure; nothing is looked up here.

Reading never fails: what cannot be meant is said in `problems`, in sentences for whoever typed it.
"""

import re
from collections import Counter
from datetime import date

from msgspec import Struct

from tillside.base import nearness, words
from tillside.conversations.conversation import CHANNELS, STATES
from tillside.storage.full_text import Phrase

LONGEST = 400
MOST_PHRASES = 12
PRIORITIES = {"high": 1, "normal": 0, "low": -1}
OPERATORS: dict[str, str] = {
    "status": "status:open, status:snoozed, status:closed or status:trash",
    "assignee": "assignee:me, assignee:nobody or assignee:mia",
    "team": "team:returns",
    "tag": 'tag:vip or tag:"gift card"',
    "from": "from:ada or from:ada@example.com",
    "order": "order:1001",
    "channel": "channel:email",
    "priority": "priority:high",
    "before": "before:2026-01-31, before:2026-01 or before:2026",
    "after": "after:2026-01-31, after:2026-01 or after:2026",
}
"""Operator → how it is written."""
_OFTEN = frozenset({"status", "tag", "from"})
_FIXED = {"status": tuple(STATES), "channel": CHANNELS, "priority": tuple(PRIORITIES)}
_PIECE = re.compile(r'(?P<name>[A-Za-z]+):(?:"(?P<quoted>[^"]*)"?|(?P<value>[^\s"]*))|"(?P<phrase>[^"]*)"?|(?P<word>[^\s"]+)')
_DATE = re.compile(r"(\d{4})(?:-(\d{1,2})(?:-(\d{1,2}))?)?", re.ASCII)
_CURLED = str.maketrans({"“": '"', "”": '"', "„": '"', "«": '"', "»": '"', "\0": " "})


class Operator(Struct, frozen=True):
    name: str
    value: str


class Asked(Struct, frozen=True):
    """A question taken apart. `problems`: what is wrong with it, each in one sentence; a question with problems is not answered."""

    phrases: tuple[Phrase, ...] = ()
    operators: tuple[Operator, ...] = ()
    problems: tuple[str, ...] = ()

    @property
    def is_empty(self) -> bool:
        return not (self.phrases or self.operators or self.problems)

    @property
    def words(self) -> str:
        """The words alone, as one would type them."""
        return " ".join(spelt(phrase) for phrase in self.phrases)

    @property
    def text(self) -> str:
        """The question written out: read again it is the same question."""
        return " ".join(filter(None, [self.words, *(_written(one) for one in self.operators)]))

    def of(self, name: str) -> list[str]:
        """The values of an operator."""
        return [one.value for one in self.operators if one.name == name]


def read(typed: str) -> Asked:
    """Take a question apart."""
    phrases: list[Phrase] = []
    operators: list[Operator] = []
    problems: list[str] = []
    for piece in _PIECE.finditer(typed[:LONGEST].translate(_CURLED)):
        name = (piece["name"] or "").lower()
        if name in OPERATORS:
            value = " ".join((piece["quoted"] if piece["quoted"] is not None else piece["value"]).split())
            operators.append(Operator(name, value.lower() if name in _FIXED else value))
            problems += _wrong(operators[-1])
            continue
        if meant := _mistyped(name):
            problems.append(f'There is no operator "{name}:". Did you mean {meant}:?')
            continue
        is_open = piece["phrase"] is None and piece["quoted"] is None
        said = words.of(piece["phrase"] if piece["phrase"] is not None else piece[0])
        if said:
            phrases.append(Phrase(tuple(said), is_open))
    if len(phrases) > MOST_PHRASES:
        problems.append(f"These are more than {MOST_PHRASES} words. Take some away.")
    counted = Counter(one.name for one in operators)
    problems += [f'"{name}:" can be said once only.' for name, count in counted.items() if count > 1 and name not in _OFTEN]
    return Asked(tuple(dict.fromkeys(phrases)), tuple(dict.fromkeys(operators)), tuple(dict.fromkeys(problems)))


def day(value: str) -> date | None:
    """The first day of what ``2026-01-31``, ``2026-01`` or ``2026`` means."""
    match = _DATE.fullmatch(value)
    try:
        return date(int(match[1]), int(match[2] or 1), int(match[3] or 1)) if match else None
    except ValueError:
        return None


def spelt(phrase: Phrase) -> str:
    """A phrase as it is typed: what must stand together is joined by hyphens, what must stand as it is is quoted."""
    return "-".join(phrase.words) if phrase.is_open else f'"{" ".join(phrase.words)}"'


def _mistyped(name: str) -> str:
    """The operator a name is a slip away from. Short names are words of their own, such as ``re:``."""
    near = [one for one in OPERATORS if len(name) > 3 and abs(len(one) - len(name)) < 2 and nearness.slips(name, one) == 1]
    return near[0] if near else ""


def _wrong(one: Operator) -> list[str]:
    how = f"Write {OPERATORS[one.name]}."
    if not one.value:
        return [f'"{one.name}:" needs a word right after it. {how}']
    if one.name in _FIXED and one.value not in _FIXED[one.name]:
        return [f'"{one.value}" is not a {one.name}. Use {_listed(_FIXED[one.name])}.']
    if one.name in ("before", "after") and day(one.value) is None:
        return [f'"{one.value}" is not a day. {how}']
    if one.name == "from" and not words.of(one.value):
        return [f'"{one.value}" is nobody\'s name. {how}']
    return []


def _listed(choices: tuple[str, ...]) -> str:
    return f"{', '.join(choices[:-1])} or {choices[-1]}"


def _written(one: Operator) -> str:
    return f'{one.name}:"{one.value}"' if " " in one.value or not one.value else f"{one.name}:{one.value}"
