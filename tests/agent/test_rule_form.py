"""Between a rule and its form nothing is lost: every kind of row goes there and back, as records and as the page itself."""

from html.parser import HTMLParser
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.datastructures import ImmutableMultiDict

from tests.agent.visitor import Visitor
from tillside.agents import team, workspace
from tillside.automations import rule as rules
from tillside.automations import vocabulary
from tillside.automations.conditions import Condition
from tillside.automations.terms import AssignBy, Doing, Forward, Terms, Trigger
from tillside.automations.vocabulary import Fact
from tillside.conversations import fields, tags
from tillside.edges.agent import rule_form, rule_terms, rule_words
from tillside.edges.agent.rule_choices import Choices
from tillside.edges.agent.rule_examples import FRESH
from tillside.edges.agent.rule_form import Draft, Row
from tillside.macros import macro, step
from tillside.macros.known import Known

CHOICES = Choices(Known([], [], [], [], [], [], []), "EUR", {})
DO = Draft("tagging", "Name", when=[Row("rated")], steps=[Row("close")])
VALUES: dict[str, Any] = {"nothing": None, "words": ["one", "two words"], "number": "12.5", "date": "2026-12-24", "days": 14}


@pytest.mark.parametrize("fact", vocabulary.FACTS, ids=lambda fact: fact.path)
def test_every_condition_goes_into_a_row_and_back(fact: Fact) -> None:
    for asked in rule_words.asked(fact):
        value = VALUES[asked.takes]
        if asked.takes == "words" and fact.among:
            value = list(fact.among[:2])
        there(Terms([Trigger("rated")], [[Condition(fact.path, asked.word, value)]], [step.Close()]))


@pytest.mark.parametrize("path", ["event.properties.gift.message", "order.shippingMethod", "customer.loyaltyTier"])
def test_what_the_shop_named_itself_does_too(path: str) -> None:
    there(Terms([Trigger("rated")], [[Condition(path, "contains", ["a"]), Condition(path, "at_least", 3)]], [step.Close()]))


def test_every_trigger_and_every_step_does_too() -> None:
    when = [
        Trigger("conversation_started"),
        Trigger("customer_wrote"),
        Trigger("customer_wrote", minutes=90),
        Trigger("agent_wrote", minutes=2880),
        Trigger("tag_added", tags=["tag_1"]),
        Trigger("field_changed", key="ticket.priority"),
        Trigger("field_changed"),
        Trigger("rated"),
        Trigger("order_event", names=["order", "fulfillment"]),
        Trigger("custom_event", names=["wishlist_added", "loyalty"]),
        Trigger("since_last_reply", minutes=4320),
        Trigger("waiting", minutes=45),
        Trigger("snooze_ended"),
    ]
    steps: list[Doing] = [
        step.Reply("<p>Good day,</p><p>one<br>two &amp; more</p>"),
        step.Reply("<p>With <b>weight</b></p>"),
        step.Reply("<p>Here</p>", subject="Hello, you", cc=["a@shop.example", "b@shop.example"], bcc=["c@shop.example"], by_mail=True),
        Forward("repairs@supplier.example"),
        Forward("repairs@supplier.example", "<p>Please look</p>", "Broken", ["a@shop.example"], []),
        step.Note("<p>Note</p>"),
        step.Tag(add=["a", "b"]),
        step.Tag(remove=["c"]),
        step.Assign("agt_1"),
        step.Assign(""),
        step.Give("tem_1"),
        AssignBy("balanced", "tem_1"),
        AssignBy("round_robin", ""),
        step.Priority(-1),
        step.Snooze(90),
        step.Snooze(None),
        step.Close(),
        step.Reopen(),
        step.RunMacro("mac_1"),
        step.CallTarget("tgt_1"),
    ]
    there(Terms(when, [], steps, stops=True, reassigns=True))


def there(terms: Terms) -> None:
    """Into rows, into fields, out of fields, out of rows."""
    draft = rule_terms.drafted(rules.drafted(1, "tagging", "Name", terms), CHOICES)
    again = rule_form.read(sent(draft))
    read = rule_terms.terms(again, CHOICES)
    assert not read.problems, {place: problem.message for place, problem in read.problems.items()}
    assert read.terms == terms


def sent(draft: Draft) -> ImmutableMultiDict[str, str]:
    """A draft as a browser sends it."""
    rows = [(f"when-{at}", row) for at, row in enumerate(draft.when)]
    rows += [(f"if-{block}-{at}", row) for block, each in enumerate(draft.blocks) for at, row in enumerate(each)]
    rows += [(f"do-{at}", row) for at, row in enumerate(draft.steps)]
    pairs = [("list", draft.list), ("name", draft.name), ("after-then", "stop" if draft.stops else "on")]
    pairs += [("reassigns", "1")] if draft.reassigns else []
    for place, row in rows:
        pairs.append((f"{place}-kind", row.kind))
        pairs += [(f"{place}-{name}", one) for name, said in row.said.items() for one in said]
    return ImmutableMultiDict(pairs)


def test_no_button_loses_a_row_it_does_not_speak_of() -> None:
    draft = rule_form.acted(rule_form.acted(DO, "add-row-0", fresh=FRESH), "add-block", fresh=FRESH)
    assert [len(rows) for rows in draft.blocks] == [1, 1]
    for act in (
        "drop-row-0-7",
        "drop-step-9",
        "up-step-0",
        "down-step-0",
        "place-step-0-5",
        "place-step",
        "up-step",
        "burn-step-0",
        "add-row-9",
        "",
    ):
        assert rule_form.acted(draft, act, fresh=FRESH) == draft, act
    assert [len(rows) for rows in rule_form.acted(draft, "drop-row-1-0", fresh=FRESH).blocks] == [1]


def test_a_form_has_no_more_rows_than_a_reader_bears() -> None:
    draft = DO
    for _ in range(60):
        draft = rule_form.acted(draft, "add-step", fresh=FRESH)
    assert len(draft.steps) == 40
    assert len(rule_form.read(ImmutableMultiDict([(f"do-{at}-kind", "close") for at in range(200)])).steps) == 40


class Filled(HTMLParser):
    """What a browser without script would send of a page's rule form."""

    def __init__(self) -> None:
        super().__init__()
        self.sent: dict[str, list[str]] = {}
        self._select = self._area = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        name = found.get("name", "")
        if tag == "select":
            self._select = name
        elif tag == "textarea":
            self._area = name
            self.sent[name] = [""]
        elif tag == "option" and self._select and ("selected" in found or self._select not in self.sent):
            self.sent[self._select] = [found.get("value", "")]
        elif tag == "input" and name and (found.get("type") != "checkbox" or "checked" in found):
            self.sent.setdefault(name, []).append(found.get("value", ""))

    def handle_endtag(self, tag: str) -> None:
        self._select = "" if tag == "select" else self._select
        self._area = "" if tag == "textarea" else self._area

    def handle_data(self, data: str) -> None:
        if self._area:
            self.sent[self._area] = [self.sent[self._area][0] + data]


@pytest.mark.anyio
async def test_a_page_sent_back_as_it_is_changes_nothing(house: Starlette, mia: Visitor) -> None:
    store = house.state.desk.store
    async with store.write() as tx:
        home = await workspace.chosen(store, "fernfold")
        crew, gift = await team.add(tx, home.id, "VIP"), await tags.add(tx, home.id, "gift, wrapped")
        reason = await fields.add(tx, home.id, "Reason", format="choice", choices=["Return::Damaged", "Late, by far"])
        hello = await macro.add(tx, home.id, "Hello", "<p>Hello</p>")
        blocks = [
            [Condition("conversation.tags", "has_all", [gift.id]), Condition("ticket.team.id", "is_not", [crew.id])],
            [Condition(f"ticket.customFields.{reason.key}", "is_under", ["Return::Damaged", "Late, by far"])],
            [Condition("ticket.channel", "is", ["email", "whatsapp"]), Condition("order.amount", "more", "99.5")],
        ]
        steps: list[Any] = [
            step.Tag(add=[gift.id]),
            step.Field(reason.key, "Late, by far"),
            AssignBy("balanced", crew.id),
            step.RunMacro(hello.id),
        ]
        terms = Terms([Trigger("tag_added", tags=[gift.id]), Trigger("waiting", minutes=120)], blocks, [*steps, step.Reply("<p>a</p><p>b</p>")])
        one = await rules.add(tx, home.id, "reply", "Everything", terms)
    page = Filled()
    page.feed((await mia.get(f"/rules/{one.id}")).text)
    form: dict[str, Any] = {name: said for name, said in page.sent.items() if name != "form_token"}
    assert (await mia.post(f"/rules/{one.id}", **form, act="unseen")).status_code == 303
    again = await rules.by_id(store, home.id, one.id)
    assert again.terms == one.terms and again.version == one.version + 1
