"""A ready rule for each list, to begin with: what an empty list shows, and what opens in the editor."""

from typing import Final

from msgspec import Struct

from tillside.edges.agent.rule_form import Draft, Row

_SAID: Final = "Good day,\n\nyour message has arrived. We are not here at the moment and answer as soon as we are back.\n\n{{shop.name}}"


class Example(Struct, frozen=True):
    """`needs`: the words of a team it hands over to, if the workspace has one of that name."""

    key: str
    says: str
    draft: Draft
    team: str = ""


EXAMPLES: Final = {
    "assignment": Example(
        "vip",
        "When a conversation starts, if it is new and the order is over 200, then it goes to the team for your best customers.",
        Draft(
            "assignment",
            "New and over 200 goes to the VIP team",
            when=[Row("conversation_started")],
            blocks=[[Row("conversation.isFirstMessage", {"op": ("is_true",)}), Row("order.amount", {"op": ("more",), "value": ("200",)})]],
            steps=[Row("assign_by", {"how": ("balanced",)})],
        ),
        team="VIP",
    ),
    "tagging": Example(
        "damaged",
        "When a customer writes, if the message speaks of damage, then it is tagged and comes first.",
        Draft(
            "tagging",
            "Damaged on arrival",
            when=[Row("customer_wrote")],
            blocks=[
                [Row("lastMessage.text", {"op": ("contains",), "value": ("damaged", "bent", "torn", "broken", "ødelagt")})],
                [Row("ticket.subject", {"op": ("contains",), "value": ("damaged", "broken")})],
            ],
            steps=[Row("tag", {"tags": ("damaged",)}), Row("priority", {"priority": ("1",)})],
        ),
    ),
    "reply": Example(
        "out-of-hours",
        "When a conversation starts and nobody is here, then the customer hears at once when somebody will be.",
        Draft(
            "reply",
            "Out of hours reply",
            when=[Row("conversation_started")],
            blocks=[[Row("hours.open", {"op": ("is_false",)})]],
            steps=[Row("reply", {"text": (_SAID,)})],
        ),
    ),
}
"""By list."""
FRESH: Final = {
    "when": Row("customer_wrote"),
    "row": Row("ticket.subject", {"op": ("contains",)}),
    "step": Row("tag"),
}
"""The row a button adds."""
EMPTY: Final = {
    "assignment": Draft("assignment", when=[Row("conversation_started")], steps=[Row("assign_by", {"how": ("round_robin",)})]),
    "tagging": Draft("tagging", when=[Row("customer_wrote")], blocks=[[FRESH["row"]]], steps=[Row("tag")]),
    "reply": Draft("reply", when=[Row("customer_wrote")], blocks=[[FRESH["row"]]], steps=[Row("reply")]),
}
"""What a new rule of a list begins with."""
