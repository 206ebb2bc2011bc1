"""What was done to a conversation, in one sentence each: the lines between its messages. Pure."""

from collections.abc import Callable, Sequence
from typing import Any, Final

from tillside.conversations.trail import Step
from tillside.edges.agent import channels, deeds

_SILENT: Final = frozenset({"reply_planned", "forwarded", "followed", "unfollowed", "participants"})
_BY_RULE: Final = frozenset({"tagged", "prioritised", "assigned", "given", "filled", "closed", "reopened", "snoozed"})
"""What the line of a rule names as done."""
_ICONS: Final = {
    "opened": "message-circle",
    "renamed": "pencil",
    "filled": "list-checks",
    "order_linked": "link",
    "order_unlinked": "link",
    "rated": "star",
    "assigned": "user",
    "given": "users",
    "prioritised": "flag",
    "closed": "check",
    "reopened": "undo-2",
    "snoozed": "alarm-clock",
    "woken": "alarm-clock",
    "trashed": "trash-2",
    "restored": "undo-2",
    "tagged": "tag",
    "message_removed": "x",
    "sent_again": "mail",
    "forwarded": "send",
    "code_sent": "key-round",
    "proved": "circle-check",
    "undone": "undo-2",
    "steps_failed": "triangle-alert",
    "merged": "merge",
    "merged_away": "merge",
    "unmerged": "split",
    "split": "split",
    "target_called": "send",
    "rule_applied": "workflow",
    "rule_failed": "triangle-alert",
    "rule_skipped": "pause",
}
_SCORES: Final = {5: "Amazing", 4: "Good", 3: "Okay", 2: "Bad", 1: "Terrible"}


def is_told(step: Step) -> bool:
    """Whether the thread shows it; a reply that waits and a message that is forwarded show themselves."""
    return step.kind not in _SILENT and step.undone_at is None and not deeds.is_told_by_its_run(step)


def told(step: Step) -> tuple[str, str]:
    """The icon and the sentence."""
    if step.kind.startswith(deeds.KIND):
        return deeds.told(step)
    who = {"rule": "Rule ", "api": "API key "}.get(step.actor.kind, "") + (step.actor.name or "Somebody")
    say = _SAYS.get(step.kind)
    return _ICONS.get(step.kind, "pencil"), say(who, step.detail) if say else f"{who}: {step.kind.replace('_', ' ')}"


def spoken_for(steps: Sequence[Step]) -> set[str]:
    """The lines a rule's own line speaks for already, or the line that took all of it back, which the thread leaves out; "everything that was
    done" has them all."""
    rules = {step.actor.id for step in steps if step.kind == "rule_applied"}
    back = {line for step in steps if step.kind == "undone" for line in step.detail.get("lines", [])}
    return back | {step.id for step in steps if step.kind in _BY_RULE and step.actor.kind == "rule" and step.actor.id in rules}


def because(step: Step) -> list[str]:
    """What a rule saw, in sentences: what started it, then each condition with what stood there. Nothing for what people did."""
    if step.kind not in ("rule_applied", "rule_failed"):
        return []
    return [one for one in (step.detail.get("trigger", ""), *step.detail.get("facts", [])) if one]


def _ran(who: str, detail: dict[str, Any]) -> str:
    did = [one[:1].lower() + one[1:] for one in detail.get("did", [])]
    return f"{who} ran: {', '.join(did)}" if did else f"{who} ran"


def _tagged(who: str, detail: dict[str, Any]) -> str:
    on, off = ", ".join(detail.get("added", [])), ", ".join(detail.get("removed", []))
    if on and off:
        return f"{who} added {on} and took off {off}"
    return f"{who} added {on}" if on else f"{who} took off {off}" if off else f"{who} changed the tags"


def _assigned(who: str, detail: dict[str, Any]) -> str:
    name = detail.get("name", "")
    if not name:
        return f"{who} gave it to nobody"
    return f"{who} took it" if name == who else f"{who} gave it to {name}"


def _called(who: str, detail: dict[str, Any]) -> str:
    made_for = {"macro": "with the macro “{}”", "action": "for “{}”", "button": "for “{}”"}.get(str(detail.get("cause")), "")
    name = detail.get("cause_name")
    return f"{who} sent it to {detail.get('name', 'another program')}" + (f" {made_for.format(name)}" if made_for and name else "")


def _undone(who: str, detail: dict[str, Any]) -> str:
    if detail.get("what") != "rule_applied":
        return f"{who} took a change back"
    left = ", ".join(detail.get("left", []))
    return f"{who} took back what the rule {detail.get('name', '')} did" + (f", but not {left}" if left else "")


def _number(detail: dict[str, Any]) -> str:
    return f" #{detail['number']}" if detail.get("number") else ""


_SAYS: Final[dict[str, Callable[[str, dict[str, Any]], str]]] = {
    "opened": lambda who, detail: f"{channels.name(detail.get('channel', ''))} opened by {who}",
    "renamed": lambda who, detail: f"{who} changed the subject to “{detail.get('subject', '')}”",
    "filled": lambda who, detail: f"{who} changed {', '.join(detail.get('fields', [])) or 'the fields'}",
    "order_linked": lambda who, detail: f"{who} linked order {detail.get('name', '')}",
    "order_unlinked": lambda who, detail: f"{who} took an order off",
    "rated": lambda who, detail: (
        f"{who} rated it {_SCORES.get(detail.get('score', 0), '')}" + (f": “{detail['comment']}”" if detail.get("comment") else "")
    ),
    "assigned": _assigned,
    "given": lambda who, detail: f"{who} handed it to {detail['name']}" if detail.get("name") else f"{who} took it from its team",
    "prioritised": lambda who, detail: f"{who} set the priority to { {1: 'high', -1: 'low'}.get(detail.get('priority', 0), 'normal') }",
    "closed": lambda who, detail: f"{who} closed it",
    "reopened": lambda who, detail: f"{who} opened it again" if detail.get("reason") != "customer wrote" else "Open again, the customer wrote",
    "snoozed": lambda who, detail: f"{who} put it to sleep" + (" until a reply" if detail.get("until") == "reply" else ""),
    "woken": lambda who, detail: "The snooze is over",
    "trashed": lambda who, detail: f"{who} moved it to the trash",
    "restored": lambda who, detail: f"{who} took it out of the trash",
    "tagged": _tagged,
    "message_removed": lambda who, detail: f"{who} removed a message",
    "sent_again": lambda who, detail: f"{who} sent a reply again",
    "code_sent": lambda who, detail: f"{who} sent a code to {detail.get('email', 'an address')}",
    "proved": lambda who, detail: f"The code sent to {detail.get('email', 'an address')} was entered here",
    "undone": _undone,
    "forwarded": lambda who, detail: f"{who} forwarded the message to {detail.get('to', 'somebody')}",
    "merged": lambda who, detail: f"{who} merged{_number(detail) or ' another conversation'} into this one",
    "merged_away": lambda who, detail: f"{who} merged this into{_number(detail) or ' another conversation'}",
    "unmerged": lambda who, detail: f"{who} took a merge back",
    "steps_failed": lambda who, detail: f"Not everything of {detail.get('name') or 'the macro'} was done. {detail.get('reason', '')}",
    "split": lambda who, detail: f"{who} split{_number(detail) or ' messages'} off",
    "target_called": _called,
    "rule_applied": _ran,
    "rule_failed": lambda who, detail: f"{who} could not be carried out: {detail.get('reason', '')}",
    "rule_skipped": lambda who, detail: f"{who} was held back: {detail.get('reason', '')}",
}
