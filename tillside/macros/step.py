"""What a macro or a rule does beside its text, step by step: the records, how they are kept, and how they read. Pure.

A step names what it needs by id; a tag also by its name. Who carries steps out is steps.py.
"""

from collections.abc import Mapping, Sequence
from hashlib import blake2b
from typing import Any

import msgspec
from msgspec import Struct

from tillside.base import rich_text
from tillside.conversations.conversation import HIGH, LOW, NORMAL

ME = "me"
"""In `Assign`: whoever carries it out."""
_NONE: Mapping[str, str] = {}


class Base(Struct, frozen=True, tag_field="do", omit_defaults=True):
    """One step. On the wire it is ``{"do": "tag", "add": ["wismo"]}``."""


class Reply(Base, frozen=True, tag="reply"):
    """Answer the customer. Variables are filled in; where nothing is known for one, the step is refused.

    Where it leaves by e-mail: under a `subject` of its own, copied to `cc` and unseen to `bcc`. `by_mail`: from any other channel it goes to
    the customer's address too, if somebody vouches for that.
    """

    html: str
    subject: str = ""
    cc: list[str] = []
    bcc: list[str] = []
    by_mail: bool = False


class Note(Base, frozen=True, tag="note"):
    """Write a note only the team reads."""

    html: str


class Tag(Base, frozen=True, tag="tag"):
    """Put tags on and take tags off: ids, or names as people say them."""

    add: list[str] = []
    remove: list[str] = []


class Assign(Base, frozen=True, tag="assign"):
    """Give it to an agent, to nobody with "", or to whoever carries it out with `ME`."""

    agent_id: str = ""


class Give(Base, frozen=True, tag="team"):
    """Give it to a team, or take it from its team with ""."""

    team_id: str = ""


class Priority(Base, frozen=True, tag="priority"):
    """-1, 0 or 1."""

    priority: int


class Field(Base, frozen=True, tag="field"):
    """Write a value into a field of the conversation; None empties it."""

    key: str
    value: Any = None


class Snooze(Base, frozen=True, tag="snooze"):
    """Out of sight for so many minutes, or until the customer replies with None."""

    minutes: int | None = None


class Close(Base, frozen=True, tag="close"):
    """Done."""


class Reopen(Base, frozen=True, tag="reopen"):
    """Open again."""


class RunMacro(Base, frozen=True, tag="macro"):
    """Everything another macro does."""

    macro_id: str


class RunAction(Base, frozen=True, tag="action"):
    """Run one of the workspace's actions; `input`: what its form asks for."""

    action_id: str
    input: dict[str, Any] = {}


class CallTarget(Base, frozen=True, tag="target"):
    """Call an HTTP target."""

    target_id: str


Step = Reply | Note | Tag | Assign | Give | Priority | Field | Snooze | Close | Reopen | RunMacro | RunAction | CallTarget


class Subject(Struct, frozen=True, tag_field="do", tag="subject"):
    """Set the conversation's subject. Kept with a macro as its own column and never among steps; it stands before them where one is used."""

    subject: str


Deed = Subject | Step
"""What a macro does when it is used."""

LATE = (Note, RunAction, CallTarget)
"""What cannot be taken back: beside a reply that may still be, it waits until the reply has left."""
_LIST = msgspec.json.Decoder(list[Step])


def mark(place: int, step: Deed) -> str:
    """What a form says for "this step, as I saw it": its place and what it is."""
    return f"{place}-{blake2b(msgspec.json.encode(step), digest_size=6).hexdigest()}"


def kept(steps: Sequence[Step]) -> str:
    """Steps as the column keeps them."""
    return msgspec.json.encode(list(steps)).decode()


def read(text: str) -> list[Step]:
    """Steps of a column. Raises msgspec.ValidationError for what is none."""
    return _LIST.decode(text)


def said(step: Deed, names: Mapping[str, str] = _NONE) -> str:
    """A step as the fragment of a sentence: "Add tag wismo". `names`: what ids and field keys are called."""

    def called(one: str, otherwise: str = "") -> str:
        return names.get(one) or otherwise or one

    match step:
        case Subject(subject):
            return f"Set the subject to “{rich_text.line(subject, 60)}”"
        case Reply(html, subject, cc, bcc, by_mail):
            return f"Reply “{_line(html)}”{', by e-mail too' if by_mail else ''}{lettered(subject, cc, bcc)}"
        case Note(html):
            return f"Add the note “{_line(html)}”"
        case Tag(add, remove):
            return _tags([called(one) for one in add], [called(one) for one in remove])
        case Assign(agent_id):
            return "Assign to nobody" if not agent_id else "Assign to me" if agent_id == ME else f"Assign to {called(agent_id)}"
        case Give(team_id):
            return f"Hand to {called(team_id)}" if team_id else "Take from its team"
        case Priority(priority):
            return f"Set the priority to { {HIGH: 'high', NORMAL: 'normal', LOW: 'low'}.get(priority, priority) }"
        case Field(key, value):
            return f"Set {called(key)} to {worded(value)}" if value is not None else f"Empty {called(key)}"
        case Snooze(minutes):
            return f"Snooze for {span(minutes)}" if minutes is not None else "Snooze until they reply"
        case Close():
            return "Close the conversation"
        case Reopen():
            return "Open it again"
        case RunMacro(macro_id):
            return f"Do all of the macro {called(macro_id)}"
        case RunAction(action_id, _):
            return f"Run {called(action_id)}"
        case CallTarget(target_id):
            return f"Call {called(target_id)}"


def worded(value: Any) -> str:
    """The value of a field for people: levels of a nested choice set apart."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return " › ".join(str(value).split("::")) if isinstance(value, str) else str(value)


def lettered(subject: str, cc: Sequence[str], bcc: Sequence[str]) -> str:
    """What a letter has beside its text, to stand at the end of a sentence: , subject “Thanks”, copied to a@shop.example."""
    parts = [f"subject “{rich_text.line(subject, 60)}”"] if subject else []
    parts += [f"{words} {' and '.join(said)}" for words, said in (("copied to", cc), ("unseen to", bcc)) if said]
    return "".join(f", {part}" for part in parts)


def span(minutes: int) -> str:
    """How long, in the largest unit that fits: 90 minutes, 2 hours, 3 days."""
    for size, unit in ((1440, "day"), (60, "hour"), (1, "minute")):
        if minutes % size == 0 and minutes >= size:
            count = minutes // size
            return f"{count} {unit}{'s' if count != 1 else ''}"
    return f"{minutes} minutes"


def _line(html: str) -> str:
    return rich_text.line(rich_text.plain(html), 60)


def _tags(on: list[str], off: list[str]) -> str:
    parts = [f"Add {_many(on)}"] if on else []
    parts += [f"{'take' if on else 'Take'} off {_many(off)}"] if off else []
    return ", ".join(parts) or "Change no tags"


def _many(names: list[str]) -> str:
    return f"tag {names[0]}" if len(names) == 1 else f"tags {', '.join(names)}"
