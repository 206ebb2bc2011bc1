"""The thread of a conversation: messages and what was done, oldest first, as the page draws them. Orders spoken of become links."""

import html as entities
import re

from msgspec import Struct

from tillside.agents.access import Act
from tillside.base import rich_text, stamps
from tillside.conversations import attachments, deliveries, message, trail
from tillside.conversations.attachments import Attachment
from tillside.conversations.conversation import MAIL, Conversation
from tillside.conversations.deliveries import Delivery
from tillside.conversations.message import Message
from tillside.conversations.trail import Step
from tillside.edges.agent import channels, format, happened, outcomes
from tillside.edges.agent.guard import Visit
from tillside.edges.agent.outcomes import Chip
from tillside.orders import mentioned
from tillside.orders.listing import Line as OrderLine
from tillside.targets import calls
from tillside.targets.calls import Call

PAGE = 60
_TAG = re.compile(r"(<[^>]*>)")
_QUOTE_INTRO = re.compile(r"^(?:On|Am|Le|El|Den|Op|Il) .{6,200}:$")
_QUOTED_HTML = re.compile(r"^(.*?)(<blockquote\b.*</blockquote>)\s*((?:</\w+>\s*)*)$", re.DOTALL)


class File(Struct, frozen=True):
    id: str
    name: str
    size: str
    href: str


class Said(Struct, frozen=True):
    """One line of the thread: a message, or something that was done (`is_trail`). `body` and `quote` are cleaned HTML; `try_again`
    is what the button says that sends it once more, "" where there is nothing to send; `outcome`: how a call of another program fared;
    `because`: what a rule saw; `undo`: the line that takes all of it back; `is_forwarded`: a note that left for somebody else."""

    id: str
    at: int
    is_trail: bool
    day: str = ""
    icon: str = ""
    said: str = ""
    kind: str = ""
    name: str = ""
    author_id: str = ""
    position: int = 0
    body: str = ""
    quote: str = ""
    quote_lines: int = 0
    pictures: list[File] = []
    files: list[File] = []
    channel_icon: str = ""
    channel_name: str = ""
    to: str = ""
    source: str = ""
    state_words: str = ""
    state_icon: str = ""
    is_failed: bool = False
    may_cancel: bool = False
    try_again: str = ""
    is_gone: bool = False
    call_id: str = ""
    outcome: Chip | None = None
    because: list[str] = []
    rule_id: str = ""
    undo: str = ""
    is_forwarded: bool = False


class Thread(Struct, frozen=True):
    """`orders`: those the customer and the team speak of, the newest first; `known`: the time of the newest message."""

    lines: list[Said]
    earlier: str
    orders: list[OrderLine]
    known: int


async def read(visit: Visit, talk: Conversation, *, people: list[str], called: str, view: str, before: int | None = None) -> Thread:
    """The newest messages (before a time, for a longer thread) with what was done between them."""
    store, workspace_id = visit.desk.store, visit.workspace.id
    found = await message.page(store, workspace_id, talk.id, before=before, count=PAGE + 1, waiting=True)
    shown = found[-PAGE:]
    has_more = len(found) > PAGE
    files = await attachments.of_messages(store, workspace_id, [one.id for one in shown])
    ways = await deliveries.of_messages(store, workspace_id, [one.id for one in shown if one.kind in ("agent", "note")])
    text = "\n".join(reversed([one.text for one in shown]))
    orders = await mentioned.find(store, workspace_id, text, people=people)
    steps = await trail.page(store, talk, before=(before, "") if before else None, count=100)
    sent = await _calls(visit, steps)
    first = shown[0].at if shown and has_more else 0
    lines = [_message(visit, talk, one, files.get(one.id, []), ways.get(one.id), orders, called, view) for one in shown]
    spoken = happened.spoken_for(steps)
    undoable = _undoable(steps, shown, ways) if visit.may(Act.ANSWER) else set()
    lines += [_step(visit, step, sent, undoable) for step in steps if step.at >= first and happened.is_told(step) and step.id not in spoken]
    lines.sort(key=lambda line: (line.at, not line.is_trail))
    earlier = f"/conversations/{talk.id}?view={view}&before={shown[0].at}" if has_more else ""
    return Thread(_with_days(visit, lines), earlier, _once(orders), max((one.at for one in shown), default=0))


def _once(orders: dict[str, OrderLine]) -> list[OrderLine]:
    return list({line.id: line for line in orders.values()}.values())


def _with_days(visit: Visit, lines: list[Said]) -> list[Said]:
    zone, day, found = visit.workspace.time_zone, "", []
    for line in lines:
        today = format.day(line.at, zone)
        found.append(line if today == day else _with_day(line, today))
        day = today
    return found


def _with_day(line: Said, day: str) -> Said:
    return Said(**{name: getattr(line, name) for name in line.__struct_fields__} | {"day": day})


async def _calls(visit: Visit, steps: list[Step]) -> dict[str, Call]:
    """The calls of other programs these lines speak of."""
    ids = [str(step.detail.get("call", "")) for step in steps if step.kind == "target_called"]
    return {one.id: one for one in await calls.by_ids(visit.desk.store, visit.workspace.id, ids)} if ids else {}


def _undoable(steps: list[Step], shown: list[Message], ways: dict[str, Delivery]) -> set[str]:
    """The lines of rules of which something can still be taken back."""
    at = stamps.now()
    able = {one.id for one in steps if one.may_be_undone(at)}
    able |= {one.id for one in shown if (one.id in ways and ways[one.id].state == "waiting") or (one.is_note and one.id not in ways)}
    whole = [one for one in steps if one.undo is not None and one.undo.is_whole and one.id in able]
    return {one.id for one in whole if one.undo is not None and able.intersection((*one.undo.steps, *one.undo.said))}


def _step(visit: Visit, step: Step, sent: dict[str, Call], undoable: set[str]) -> Said:
    icon, words = happened.told(step)
    call = sent.get(str(step.detail.get("call", "")))
    outcome = outcomes.chip(call, visit.workspace.time_zone) if call else None
    because = happened.because(step)
    return Said(
        step.id,
        step.at,
        True,
        icon=icon,
        said=words,
        call_id=call.id if call else "",
        outcome=outcome,
        because=because,
        rule_id=step.detail.get("rule", "") if because else "",
        undo=step.id if step.id in undoable else "",
    )


def _message(
    visit: Visit,
    talk: Conversation,
    one: Message,
    files: list[Attachment],
    way: Delivery | None,
    orders: dict[str, OrderLine],
    called: str,
    view: str,
) -> Said:
    channel = str(one.via.get("channel") or talk.channel)
    body, quote, quote_lines = folded(one)
    words, icon = state_of(visit, talk, one, way)
    return Said(
        one.id,
        one.at,
        False,
        kind="system" if one.kind == "system" else one.kind,
        name=one.author.name or (called if one.kind == "customer" else "Tillside"),
        author_id=talk.profile_id or "" if one.kind == "customer" else one.author.id,
        position=one.at,
        body=marked(body, orders, talk, view),
        quote=quote,
        quote_lines=quote_lines,
        pictures=[_file(file) for file in files if file.is_picture],
        files=[_file(file) for file in files if not file.is_picture],
        channel_icon=channels.icon(channel),
        channel_name=channels.name(channel),
        to=_to(one, called),
        is_forwarded=one.is_note and bool(one.via.get("to")),
        source=one.source,
        state_words=words,
        state_icon=icon,
        is_failed=one.state in ("failed", "perhaps") or (one.state == "sent" and bool(one.reason)),
        may_cancel=one.is_waiting,
        try_again=_try_again(visit, way),
    )


def _to(one: Message, called: str) -> str:
    """Whom it went to: the customer, or where it was forwarded; then copies, the unseen ones too, which only the team reads here."""
    if one.kind != "agent" and not one.via.get("to"):
        return ""
    first = ", ".join(one.via["to"]) if one.is_note else called
    return ", ".join([first, *(f"{name} {', '.join(one.via[name])}" for name in ("cc", "bcc") if one.via.get(name))])


def _file(one: Attachment) -> File:
    return File(one.id, one.name, format.size(one.bytes), one.url or f"/attachments/{one.id}")


def state_of(visit: Visit, talk: Conversation, one: Message, way: Delivery | None) -> tuple[str, str]:
    """How a reply fared, in words, with its icon; nothing for what does not travel."""
    if one.kind != "agent" and not one.via.get("to"):
        return ("edited", "pencil") if one.edited_at else ("", "")
    if one.is_waiting and one.send_at is not None:
        when = format.soon(one.send_at, visit.workspace.time_zone)
        return (f"Goes out {when}, unless they write first" if one.unless_answered else f"Goes out {when}"), "clock"
    if not one.delivers:
        return "Written down only", "pencil"
    if one.state == "stored" and (way is not None or talk.channel in MAIL):
        return _under_way(visit, way)
    return {
        "stored": ("Sent", "check"),
        "sent": (f"Sent. {one.reason}", "triangle-alert") if one.reason else ("Sent", "check"),
        "seen": ("Seen", "check-check"),
        "failed": (f"Not sent: {one.reason or 'no reason given'}", "triangle-alert"),
        "perhaps": (f"Perhaps sent: {one.reason}", "triangle-alert"),
    }.get(one.state, ("", ""))


def _under_way(visit: Visit, way: Delivery | None) -> tuple[str, str]:
    """A reply that is to leave by e-mail and has not yet."""
    if way is None:
        return "Not sent by e-mail", "pencil"
    if not visit.desk.settings.smtp_host:
        return "Waits: this desk has no mail server yet", "clock"
    if way.state == "waiting" and way.attempts and way.due_at:
        return f"Not sent yet: {way.reason} Next try {format.soon(way.due_at, visit.workspace.time_zone)}", "clock"
    return "On its way", "check"


def _try_again(visit: Visit, way: Delivery | None) -> str:
    if way is None or not way.may_go_again or not visit.desk.settings.smtp_host:
        return ""
    return {"perhaps": "Send again", "waiting": "Try now"}.get(way.state, "Try again")


def folded(one: Message) -> tuple[str, str, int]:
    """The body and the quoted text after it, both as cleaned HTML, and how many lines the quote has."""
    if one.html:
        match = _QUOTED_HTML.match(one.html)
        if match and rich_text.plain(match[1]).strip():
            quote = rich_text.clean(match[2])
            return rich_text.clean(match[1] + match[3]), quote, rich_text.plain(quote).count("\n") + 1
        return rich_text.clean(one.html), "", 0
    lines = one.text.split("\n")
    start = _quote_start(lines)
    return rich_text.from_plain("\n".join(lines[:start])), rich_text.from_plain("\n".join(lines[start:])), len(lines) - start


def _quote_start(lines: list[str]) -> int:
    """Where the quoted text begins that stands at the end: lines with > in front, and the sentence that introduces them."""
    start = len(lines)
    while start > 1 and (lines[start - 1].startswith(">") or not lines[start - 1].strip()):
        start -= 1
    if start == len(lines) or not any(line.startswith(">") for line in lines[start:]):
        return len(lines)
    return start - 1 if start > 1 and _QUOTE_INTRO.match(lines[start - 1].strip()) else start


def marked(cleaned: str, orders: dict[str, OrderLine], talk: Conversation, view: str) -> str:
    """The same HTML with the orders it speaks of as links that open their card. Text inside a link stays as it is."""
    if not orders:
        return cleaned
    words = "|".join(re.escape(entities.escape(word)) for word in sorted(orders, key=len, reverse=True))
    seen = re.compile(rf"(?<![\w/-])#?(?:{words})(?![\w-])")
    parts, depth = [], 0
    for part in _TAG.split(cleaned):
        if part.startswith("<"):
            depth += part.startswith("<a ") - (part == "</a>")
            parts.append(part)
        else:
            parts.append(part if depth else seen.sub(lambda match: _link(match[0], orders, talk, view), part))
    return "".join(parts)


def _link(said: str, orders: dict[str, OrderLine], talk: Conversation, view: str) -> str:
    line = orders[entities.unescape(said).removeprefix("#")]
    address = f"/conversations/{talk.id}?view={view}&amp;order={line.id}"
    return f'<a class="order-mark" href="{address}" data-order="{line.id}">{said}</a>'
