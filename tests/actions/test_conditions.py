"""Where actions apply, and the words of why not. Pure."""

import pytest

from tillside.actions import conditions
from tillside.actions.conditions import Condition, Facts, Kind
from tillside.base.errors import Refused

HERE = Facts("on_the_way", "email", 1, {"order": {"fulfillmentStatus": "Partial", "isSigned": True, "tags": []}, "ticket": {}})


@pytest.mark.parametrize(
    ("kind", "values", "path", "holds"),
    [
        ("state_in", ["on_the_way", "delivered"], "", True),
        ("state_in", ["placed"], "", False),
        ("state_not_in", ["cancelled"], "", True),
        ("state_not_in", ["on_the_way"], "", False),
        ("channel_in", ["email", "messenger"], "", True),
        ("channel_in", ["messenger"], "", False),
        ("trust_at_least", ["typed"], "", True),
        ("trust_at_least", ["signed"], "", True),
        ("trust_at_least", ["code"], "", False),
        ("equals", ["partial"], "order.fulfillmentStatus", True),
        ("equals", ["fulfilled", "PARTIAL"], "order.fulfillmentStatus", True),
        ("equals", ["true"], "order.isSigned", True),
        ("equals", ["x"], "order.absent.deep", False),
        ("differs", ["fulfilled"], "order.fulfillmentStatus", True),
        ("differs", ["partial"], "order.fulfillmentStatus", False),
    ],
)
def test_a_condition_holds_or_says_why(kind: Kind, values: list[str], path: str, holds: bool) -> None:
    said = conditions.refusal([Condition(kind, values, path)], HERE)
    assert (said == "") is holds
    assert holds or said.endswith(".")


def test_the_own_words_of_the_first_that_fails_are_read() -> None:
    both = [Condition("state_in", ["placed"], reason="Only before it is packed."), Condition("channel_in", ["messenger"], reason="Only chat.")]
    assert conditions.refusal(both, HERE) == "Only before it is packed."
    assert conditions.refusal([Condition("state_not_in", ["on_the_way"])], HERE) == "Not while the order is on the way."


def test_what_is_not_there_to_look_at() -> None:
    nothing = Facts()
    assert conditions.refusal([Condition("state_in", ["placed"])], nothing), "an action for states of an order needs one"
    assert conditions.refusal([Condition("channel_in", ["email"]), Condition("trust_at_least", ["code"])], nothing) == ""


@pytest.mark.parametrize(
    "wrong",
    [
        Condition("state_in", []),
        Condition("state_in", ["flying"]),
        Condition("trust_at_least", ["sworn"]),
        Condition("equals", ["x"]),
        Condition("channel_in", [f"channel {number}" for number in range(41)]),
    ],
)
def test_a_condition_that_can_mean_nothing_is_refused(wrong: Condition) -> None:
    with pytest.raises(Refused) as refused:
        conditions.check([wrong])
    assert refused.value.field == "conditions.0"


def test_only_placeholders_need_the_document() -> None:
    assert not conditions.needs_document([Condition("state_in", ["placed"])])
    assert conditions.needs_document([Condition("equals", ["x"], "order.status")])
