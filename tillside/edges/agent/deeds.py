"""What runs of actions leave in a conversation, in one sentence each. Pure."""

from collections.abc import Callable
from typing import Any, Final

from tillside.conversations.trail import Step
from tillside.edges.agent import format

KIND: Final = "action_"
_ICONS: Final = {"proposed": "shield-check", "approved": "shield-check", "declined": "ban", "done": "circle-check", "failed": "circle-x"}


def is_told_by_its_run(step: Step) -> bool:
    """The call of a run has lines of its own; the line that a target was called would say it twice."""
    return step.kind == "target_called" and step.detail.get("cause") == "action"


def told(step: Step) -> tuple[str, str]:
    """The icon and the sentence of a line whose kind begins with `KIND`."""
    what = step.kind.removeprefix(KIND)
    who = {"rule": "Rule ", "api": "API key "}.get(step.actor.kind, "") + (step.actor.name or "Somebody")
    say = _SAYS.get(what)
    return _ICONS.get(what, str(step.detail.get("icon") or "zap")), say(who, step.detail) if say else f"{who}: {_deed(step.detail)} {what}"


def _deed(detail: dict[str, Any]) -> str:
    """``Refund of €12.50 for #10422``."""
    amount, order = detail.get("amount"), detail.get("order")
    money = f" of {format.money(amount, detail.get('currency', ''))}" if isinstance(amount, int) else ""
    return f"{detail.get('action', 'Action')}{money}" + (f" for {order}" if order else "")


def _and(detail: dict[str, Any], name: str, rest: str = "") -> str:
    return f": {detail[name]}" if detail.get(name) else rest


_SAYS: Final[dict[str, Callable[[str, dict[str, Any]], str]]] = {
    "proposed": lambda who, detail: f"{who} asked for approval: {_deed(detail)}{_and(detail, 'lines')}. {detail.get('why', '')}".strip(),
    "approved": lambda who, detail: f"{who} approved {_deed(detail)}, asked by {detail.get('asked_by', 'somebody')}",
    "declined": lambda who, detail: f"{who} declined {_deed(detail)}" + _and(detail, "reason"),
    "started": lambda who, detail: f"{who} started {_deed(detail)}" + _and(detail, "lines"),
    "tried_again": lambda who, detail: f"{who} tried {_deed(detail)} again",
    "done": lambda who, detail: f"{_deed(detail)} is done" + _and(detail, "result"),
    "failed": lambda who, detail: f"{_deed(detail)} failed" + _and(detail, "reason"),
}
