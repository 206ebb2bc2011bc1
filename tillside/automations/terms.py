"""What a shopkeeper writes of a rule: when, if, do. Records only; rule.py keeps them, check.py looks whether they can be."""

from typing import Literal

from msgspec import Struct, field

from tillside.automations.conditions import Condition
from tillside.macros import step

ListName = Literal["assignment", "tagging", "reply"]
LISTS: tuple[ListName, ...] = ("assignment", "tagging", "reply")
"""In the order in which they run."""
Kind = Literal[
    "conversation_started",
    "customer_wrote",
    "agent_wrote",
    "tag_added",
    "field_changed",
    "rated",
    "order_event",
    "custom_event",
    "since_last_reply",
    "waiting",
    "snooze_ended",
]
How = Literal["round_robin", "balanced"]


class Trigger(Struct, frozen=True, omit_defaults=True):
    """When a rule looks. `minutes`: a delay, or how long it has been; `tags`: ids, none for any; `names`: of events; `key`: of a field
    (a field's own key, or a path such as ``ticket.priority``), "" for any."""

    kind: Kind
    minutes: int = 0
    tags: list[str] = []
    names: list[str] = []
    key: str = ""


class AssignBy(step.Base, frozen=True, tag="assign_by"):
    """Assign to whoever's turn it is (round robin), or who has least (balanced), of a team or with "" of everybody."""

    how: How = "round_robin"
    team_id: str = ""


class Forward(step.Base, frozen=True, tag="forward"):
    """Send the customer's message on to an address, with its files; `html` goes above it. Variables are filled in."""

    to: str
    html: str = ""
    subject: str = ""
    cc: list[str] = field(default_factory=list)
    bcc: list[str] = field(default_factory=list)


Doing = step.Step | AssignBy | Forward


class Terms(Struct, frozen=True, omit_defaults=True):
    """What a shopkeeper writes: triggers (any of them), blocks of conditions (any block, all its rows), and steps in order.

    `stops`: no rule after this one runs when it matches, in no list; `reassigns`: also what is somebody's already.
    """

    when: list[Trigger]
    blocks: list[list[Condition]] = []
    steps: list[Doing] = []
    stops: bool = False
    reassigns: bool = False
