"""Made-up conversations in the shape the verbs write. A number says everything about one: the same numbers are the same desk on any store."""

from itertools import accumulate
from random import Random

from msgspec import Struct

from tillside.base import rich_text, stamps

MESSAGES = 5
SPAN = 730 * stamps.DAY
APART = 97
"""How many other conversations begin before a conversation's next message: what people say stands mixed, as in a day's work."""
CHANNELS = ("email", "messenger", "email", "api", "messenger", "phone")
TEAMS = ("Front desk", "Returns", "Wholesale", "Repairs")
TAGS = (("refund", 200), ("delivery", 180), ("exchange", 60), ("warranty", 30), ("gift", 20), ("vip", 10), ("wholesale", 4))
"""Name, and how many of a thousand conversations wear it."""
FIRST = ("Ada", "Bo", "Cleo", "Dan", "Edna", "Finn", "Greta", "Hal", "Ines", "Jon", "Kaia", "Lou", "Mara", "Nils", "Olga", "Per")
LAST = (
    "Berg",
    "Costa",
    "Dahl",
    "Evans",
    "Fox",
    "Garcia",
    "Holm",
    "Ito",
    "Jensen",
    "Keller",
    "Lund",
    "Moreau",
    "Novak",
    "Okoye",
    "Park",
    "Rossi",
)
_BEGINNINGS = ("re", "un", "pa", "shi", "or", "de", "ca", "lo", "mi", "sto", "be", "ho", "ta", "vi", "gra", "wo")
_MIDDLES = ("fun", "li", "ver", "ra", "ce", "men", "ti", "do", "pla", "nu", "cha", "so", "gi", "ke", "ba", "mo")
_ENDINGS = ("d", "ing", "el", "er", "s", "ty", "al", "on", "et", "ic", "ment", "less", "ful", "ness", "ed", "le")
VOCABULARY = [a + b + c + d for d in ("", "a", "i", "o") for c in _ENDINGS for b in _MIDDLES for a in _BEGINNINGS]
"""16,384 words, the most said first: the first stands in every second message, the last in one of ten thousand."""
_RUN = Random(5).choices(VOCABULARY, cum_weights=list(accumulate(1 / (place + 3) for place in range(len(VOCABULARY)))), k=2**18)
"""What is ever said, one word after the other: a sentence is a piece of it, which costs less than choosing every word."""


class Ground(Struct, frozen=True):
    """The workspace the conversations are in, the connector they come from, who answers, and the ids of teams and tags."""

    workspace_id: int
    connector_id: str
    agents: tuple[tuple[str, str], ...]
    teams: tuple[str, ...]
    tags: tuple[str, ...]


class Talks(Struct, frozen=True):
    """`count` conversations of `MESSAGES` messages each, the last of them said just before `now` (µs)."""

    ground: Ground
    count: int
    now: int

    @property
    def blocks(self) -> int:
        """How many steps of time there are: one conversation begins in each, but for the last."""
        return self.count + APART * (MESSAGES - 1)

    def at(self, block: int, place: int = 0) -> int:
        step = SPAN // self.blocks
        return self.now - SPAN + block * step + place * (step // (2 * MESSAGES) + 1_000)

    def id(self, number: int) -> str:
        return _id("cnv", self.at(number), number)

    def profile_id(self, number: int) -> str:
        """Everybody writes four times."""
        owner = number // 4 * 4
        return _id("cus", self.at(owner), owner)

    def said(self, block: int) -> list[tuple[int, int]]:
        """The messages of one step of time: (conversation, its how many-eth message)."""
        return [(block - place * APART, place) for place in range(MESSAGES) if 0 <= block - place * APART < self.count]

    def person(self, number: int) -> tuple[str, str]:
        """Name and e-mail of whoever began a conversation."""
        owner = number // 4
        first, last = FIRST[owner % 16], LAST[owner // 16 % 16]
        return f"{first} {last}", f"{first}.{last}.{owner}@shop.example".lower()

    def message(self, number: int, place: int) -> dict[str, object]:
        kind = "agent" if place in (1, 3) else "note" if place == 2 and number % 5 == 0 else "customer"
        agent_id, agent = self.ground.agents[number % len(self.ground.agents)]
        name, _ = self.person(number)
        return {
            "workspace_id": self.ground.workspace_id,
            "id": _id("msg", self.at(number + place * APART, place), number * MESSAGES + place),
            "conversation_id": self.id(number),
            "kind": kind,
            "author_kind": "customer" if kind == "customer" else "agent",
            "author_id": self.profile_id(number) if kind == "customer" else agent_id,
            "author_name": name if kind == "customer" else agent,
            "at": self.at(number + place * APART, place),
            "text": text(number, place),
            "html": "",
            "via": '{"channel":"email"}',
            "external_id": None,
            "source": "person",
            "state": "stored",
            "reason": "",
            "delivers": 0,
            "send_at": None,
            "unless_answered": 0,
            "orders": "[]",
            "edited_at": None,
            "removed_at": None,
            "moved_from": None,
        }

    def conversation(self, number: int) -> dict[str, object]:
        opened, last = self.at(number), self.at(number + APART * (MESSAGES - 1), MESSAGES - 1)
        name, email = self.person(number)
        state = self._state(number)
        agent_id, _ = self.ground.agents[number % len(self.ground.agents)]
        notes = int(number % 5 == 0)
        return {
            "workspace_id": self.ground.workspace_id,
            "id": self.id(number),
            "number": number + 1,
            "external_id": None,
            "subject": sentence(_mixed(number), 5),
            "state": state,
            "before_trash": "open" if state == "trash" else "",
            "priority": 1 if number % 40 == 0 else 0,
            "channel": CHANNELS[number % len(CHANNELS)],
            "source": f'{{"from":{{"address":"{email}","name":"{name}"}},"to":{{}}}}',
            "profile_id": self.profile_id(number),
            "connector_id": self.ground.connector_id,
            "assignee_id": "" if state == "open" and number % 3 == 0 else agent_id,
            "team_id": ("", *self.ground.teams)[number % 7 % (len(self.ground.teams) + 1)],
            "snoozed_until": self.now + stamps.DAY if state == "snoozed" else None,
            "created_at": opened,
            "updated_at": last,
            "closed_at": last if state == "closed" else None,
            "first_closed_at": last if state == "closed" else None,
            "first_response_at": self.at(number + APART, 1),
            "waiting_since": last if state == "open" else None,
            "last_message_at": last,
            "last_line": rich_text.line(text(number, MESSAGES - 1)),
            "last_by": "customer",
            "newest_at": last,
            "messages": MESSAGES - notes,
            "notes": notes,
            "rating": 5 if number % 9 == 0 else None,
            "rating_comment": "",
            "rating_asked_at": last if number % 9 == 0 else None,
            "rated_at": last if number % 9 == 0 else None,
            "fields": "{}",
            "merged_into": None,
            "sort_at": last,
            "version": 1,
        }

    def tags(self, number: int) -> list[str]:
        dice = _mixed(number)
        return [
            tag for place, (tag, (_, share)) in enumerate(zip(self.ground.tags, TAGS, strict=True)) if dice // (place * 7 + 3) % 1000 < share
        ]

    def _state(self, number: int) -> str:
        """Six of a hundred are open, nearly all of them young; one waits for a day; one is thrown away."""
        dice = _mixed(number) % 1000
        if number > self.count * 0.85:
            return "open" if dice < 380 else "snoozed" if dice < 450 else "closed"
        return "open" if dice < 4 else "trash" if dice < 12 else "closed"


def text(number: int, place: int) -> str:
    """What is said: one or two sentences; every thousandth conversation speaks of an order of its own."""
    dice = _mixed(number * MESSAGES + place)
    said = f"{sentence(dice, 6 + dice % 19)}. {sentence(_mixed(dice), 4 + dice % 13)}."
    return f"{said} Order {100_000 + number}." if place == 0 and number % 1000 == 0 else said


def sentence(dice: int, length: int) -> str:
    begin = dice % (len(_RUN) - 64)
    return " ".join(_RUN[begin : begin + length]).capitalize()


def _mixed(number: int) -> int:
    """Scattered as if by dice."""
    number = (number + 1) * 0x9E3779B97F4A7C15 & 0xFFFFFFFFFFFFFFFF
    return (number ^ number >> 31) * 0xBF58476D1CE4E5B9 % 2**61 >> 7


def _id(prefix: str, at: int, number: int) -> str:
    """As long as the product's, sorted by time as they are, and told by its number."""
    return f"{stamps.new_id(prefix, at)[: len(prefix) + 11]}{number:016d}"
