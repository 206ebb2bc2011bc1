"""How a call of another program fared, in words: its chip in a list, the sentence beside it, what it was made for. Pure."""

from typing import Final

from msgspec import Struct

from tillside.base import stamps
from tillside.edges.agent import format
from tillside.targets.calls import Call

_ORDINALS: Final = ("", "first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth")
_TIMES: Final = ("", "once", "twice", "three times", "four times", "five times", "six times")
_MADE_FOR: Final = {"rule": "Rule {}", "macro": "macro “{}”", "action": "action “{}”", "button": "button “{}”", "webhook": "Event {}"}


class Chip(Struct, frozen=True):
    """`tone`: good, warn, bad, info or nothing for grey."""

    tone: str
    icon: str
    words: str


def chip(call: Call, zone: str, *, now: int | None = None) -> Chip:
    """What became of it, as short as a row bears."""
    answer = str(call.status) if call.status else "No answer"
    if call.state == "done":
        return Chip("good", "circle-check", answer if tried(call) < 2 else f"{answer} at the {ordinal(tried(call))} try")
    if call.state == "cancelled":
        return Chip("", "ban", "Given up by hand")
    if call.state in ("held", "sending"):
        return Chip("info", "send", "On its way")
    if not call.is_open:
        if call.state == "failed":
            return Chip("warn", "triangle-alert", f"{answer}, sent once")
        return Chip("bad", "circle-x", f"{answer}, not repeated" if tried(call) < 2 else f"{answer}, given up")
    if call.due_at is None:
        return Chip("", "clock", "Waits its turn")
    if tried(call):
        return Chip("warn", "clock", f"{answer}, again {format.soon(call.due_at, zone, now)}")
    return Chip("", "clock", "About to leave")


def sentence(call: Call, name: str, zone: str, *, tries_until: int | None = None, now: int | None = None) -> str:
    """What happened, what is kept, what comes next."""
    at = stamps.now() if now is None else now
    if call.state == "done":
        took = f" at the {ordinal(tried(call))} try" if tried(call) > 1 else ""
        return f"{name} took it{took}, {format.soon(call.settled_at or at, zone, at)}."
    if call.state == "cancelled":
        return f"{call.reason} Nothing more is sent; the request is kept, and can be sent again."
    if call.state in ("held", "sending"):
        return "It is being sent at this moment."
    if not call.is_open:
        return f"{_so_far(call, name)} It is not repeated by itself; the request is kept, and can be sent again."
    if call.due_at is None:
        return "An earlier call of the same conversation has not been taken yet. This one goes out right after it, so that their order is kept."
    if not tried(call):
        return "It goes out in a moment."
    until = f", then at longer intervals until {format.soon(tries_until, zone, at)}" if tries_until else ""
    return f"{_so_far(call, name)} The request is kept and goes out again at {format.soon(call.due_at, zone, at)}{until}."


def because(call: Call, number: int | None) -> str:
    """Whose doing it is and in which conversation: ``Mia, macro “Send again”, #4788``."""
    what = _MADE_FOR.get(call.cause.kind, "")
    made_for = (
        what.format(call.cause.name)
        if what and call.cause.name
        else {"hand": "by hand", "test": "testing"}.get(call.cause.kind, call.cause.kind)
    )
    who = "" if call.cause.kind in ("rule", "webhook") else f"{call.by.name or 'Somebody'}, "
    return f"{who}{made_for}" + (f", #{number}" if number else "")


def took(milliseconds: int) -> str:
    """178 ms, 1.2 s."""
    return f"{milliseconds} ms" if milliseconds < 1000 else f"{milliseconds / 1000:.1f} s"


def ordinal(count: int) -> str:
    return _ORDINALS[count] if 0 < count < len(_ORDINALS) else f"{count}th"


def _so_far(call: Call, name: str) -> str:
    """``The warehouse answered 503 three times.``"""
    count = _TIMES[tried(call)] if 0 < tried(call) < len(_TIMES) else f"{tried(call)} times"
    if call.status:
        return f"{name} answered {call.status}" + (f" {count}." if tried(call) > 1 else ".")
    return f"{name} did not answer: {call.reason}" if call.reason else f"{name} did not answer."


def tried(call: Call) -> int:
    """How often since it was last put in the queue."""
    return call.attempts - call.earlier


def seen(call: Call) -> str:
    """What changes whenever a call does: whoever shows one asks for news with it."""
    return f"{call.state}.{call.attempts}.{call.due_at or 0}"


def state(call: Call) -> Chip:
    """Where it stands, in one word: beside the sentence that says the rest."""
    if call.state == "done":
        return Chip("good", "circle-check", "Taken")
    if call.state == "cancelled":
        return Chip("", "ban", "Given up")
    if not call.is_open:
        return Chip("bad", "circle-x", "Not taken")
    if call.state in ("held", "sending"):
        return Chip("info", "send", "On its way")
    return Chip("warn" if tried(call) else "", "clock", "Waiting")
