"""What the shop tells: events wake rules on the customer's newest conversation, with what they said."""

from collections.abc import AsyncIterator
from functools import partial
from typing import Any, NamedTuple

import pytest

from tests.automations.automated import Automated, has, tag
from tests.conftest import Store
from tests.conversations.room import Room
from tests.support.inside import Inside, Tenant
from tillside.agents import actor, agent
from tillside.automations import closely, explain, facts, glance, moments, simulate, vocabulary
from tillside.automations import rule as rules
from tillside.automations.conditions import Condition
from tillside.automations.history import Past
from tillside.automations.rule import Terms, Trigger
from tillside.base import stamps
from tillside.base.trust import Trust
from tillside.conversations import deliveries, message, states
from tillside.macros import step
from tillside.projector import reading

pytestmark = pytest.mark.anyio


class Shop(NamedTuple):
    """A desk with a connected shop, whose events are worked in by hand."""

    inside: Inside
    tenant: Tenant
    desk: Automated

    async def tells(self, event: str, *, uid: str = "u1", trust: Trust = Trust.PROVEN, ago: int = 0, **properties: Any) -> None:
        at = stamps.now()
        said = {
            "event": event,
            "userProperties": {"uid": uid, "email": f"{uid}@shop.example"},
            "properties": properties,
            "time": {"sentAt": (at - ago) // 1000},
        }
        await self.inside.take(self.tenant, [{"event": "page_view", "properties": {}}, said], trust=trust, at=at)
        await self.inside.work()
        await self.desk.caught_up()

    async def person(self, uid: str = "u1") -> str:
        rows = await self.desk.store.read(
            "select profile_id from identifier where workspace_id = :w and kind = 'uid' and value = :uid order by since", w=self.desk.w, uid=uid
        )
        return str(rows[0][0])


@pytest.fixture
async def shop(store: Store) -> AsyncIterator[Shop]:
    inside = await Inside.open(store)
    tenant = await inside.tenant()
    async with inside.desk.store.write() as tx:
        people = [
            await agent.add(tx, tenant.workspace_id, f"{name}@fern.example", name=name, role="agent", password="a long enough password")
            for name in ("mia", "jonas")
        ]
    room = Room(inside.desk, tenant.workspace_id, *people)
    assert actor.of_agent(people[0]) == room.mia
    yield Shop(inside, tenant, await Automated.begun(room, properties=partial(reading.properties, inside.desk.entries)))
    await inside.close()


HIGH = Condition("event.properties.score", "more", 7)
ORDER: dict[str, Any] = {"orderId": "1001", "amount": 42, "currency": "USD", "items": [{"id": "1", "price": 42, "quantity": 1}]}


async def test_an_order_event_is_looked_at_in_the_newest_conversation_that_is_not_closed(shop: Shop) -> None:
    await shop.tells("order", **ORDER)
    await shop.desk.rule("tagging", "Shipped", [tag("shipped")], when=Trigger("order_event", names=["order_status_update"]))
    person = await shop.person()
    old = await shop.desk.begins(profile_id=person)
    newer = await shop.desk.begins(profile_id=person)
    closed = await shop.desk.begins(profile_id=person)
    await shop.desk.room.do(states.close, closed, by=shop.desk.room.mia)
    await shop.tells("order_status_update", orderId="1001", status="shipped")
    assert [await shop.desk.tags(one) for one in (old, newer, closed)] == [[], ["shipped"], []]


async def test_the_order_of_the_event_is_what_conditions_see(shop: Shop) -> None:
    await shop.tells("order", **ORDER)
    await shop.tells("order", **{**ORDER, "orderId": "1002", "amount": 500})
    blocks = [[has("order.number", "is", "1001"), has("order.amount", "equals", "42"), has("order.isSigned", "is_true")]]
    await shop.desk.rule("tagging", "Of 1001", [tag("1001")], when="order_event", blocks=blocks)
    one = await shop.desk.begins("Hello", subject="Hi", profile_id=await shop.person())
    await shop.tells("order_status_update", orderId="1001", status="paid")
    assert await shop.desk.tags(one) == ["1001"]


async def test_a_customer_without_an_open_conversation_is_nobody_to_rules(shop: Shop) -> None:
    rule = await shop.desk.rule("tagging", "Any", [tag("x")], when="order_event")
    await shop.tells("order", **ORDER)
    assert (await rules.by_id(shop.desk.store, shop.desk.w, rule.id)).runs == 0


async def test_a_custom_event_is_known_by_its_name_and_what_it_said(shop: Shop) -> None:
    await shop.tells("identify")
    trigger = Trigger("custom_event", names=["quiz_done"])
    await shop.desk.rule("tagging", "Quiz", [tag("quiz")], when=trigger, blocks=[[HIGH, has("event.isSigned", "is_true")]])
    one = await shop.desk.begins(profile_id=await shop.person())
    await shop.tells("quiz_done", score=3)
    await shop.tells("another", score=9)
    await shop.tells("quiz_done", score=9, trust=Trust.TYPED)
    assert await shop.desk.tags(one) == []
    await shop.tells("quiz_done", score=9)
    assert await shop.desk.tags(one) == ["quiz"]


async def test_what_anybody_may_send_from_a_page_is_not_another_customer_s_event(shop: Shop) -> None:
    """The public key is public: an event that only claims an address reaches no conversation of whoever owns it."""
    await shop.tells("identify")
    await shop.desk.rule("reply", "Answers", [step.Reply("Done.")], when=Trigger("custom_event", names=["refund_me"]))
    one = await shop.desk.begins(profile_id=await shop.person())
    await shop.tells("refund_me", trust=Trust.TYPED)
    assert await shop.desk.said(one) == []


async def test_old_events_and_repetitions_wake_nobody(shop: Shop) -> None:
    await shop.tells("identify")
    await shop.desk.rule("reply", "Answers", [step.Reply("Seen.")], when=Trigger("custom_event", names=["import"]))
    one = await shop.desk.begins(profile_id=await shop.person())
    await shop.tells("import", ago=3 * stamps.DAY)
    assert await shop.desk.said(one) == []
    at = stamps.now() // 1000
    said = {"event": "import", "userProperties": {"uid": "u1"}, "eventId": "e1", "time": {"sentAt": at}}
    for _ in range(2):
        await shop.inside.take(shop.tenant, [said], trust=Trust.PROVEN, at=at * 1000)
        await shop.inside.work()
    await shop.desk.caught_up()
    assert await shop.desk.said(one) == ["Seen."]


async def test_events_of_another_workspace_are_not_seen(shop: Shop) -> None:
    other = await shop.inside.tenant()
    await shop.tells("identify")
    await shop.desk.rule("tagging", "Quiz", [tag("quiz")], when=Trigger("custom_event", names=["quiz_done"]))
    one = await shop.desk.begins(profile_id=await shop.person())
    theirs = Shop(shop.inside, other, shop.desk)
    await theirs.tells("quiz_done")
    assert await shop.desk.tags(one) == []


async def test_a_reply_by_e_mail_too_goes_only_to_an_address_somebody_vouches_for(shop: Shop) -> None:
    await shop.desk.rule("reply", "We are away", [step.Reply("We answer tomorrow.", subject="Your question", by_mail=True)])
    await shop.tells("identify")
    typed_in = {"event": "identify", "did": "a browser", "userProperties": {"email": "u2@shop.example"}}
    await shop.inside.take(shop.tenant, [typed_in], trust=Trust.TYPED, at=stamps.now())
    await shop.inside.work()
    store, ways = shop.desk.store, []
    for address in ("u1@shop.example", "u2@shop.example"):
        row = await store.one("select id from profile where workspace_id = :w and email = :email", w=shop.desk.w, email=address)
        assert row is not None
        one = await shop.desk.begins(channel="messenger", profile_id=row[0], source={"from": {"address": address}})
        (reply,) = [each for each in await message.page(store, shop.desk.w, one.id) if each.kind == "agent"]
        ways.append((reply.via, list(await deliveries.of_messages(store, shop.desk.w, [reply.id]))))
        assert await shop.desk.said(one) == ["We answer tomorrow."]
    (to, letters), typed = ways
    assert to == {"channel": "email", "to": ["u1@shop.example"], "subject": "Your question"} and len(letters) == 1
    assert typed == ({"channel": "messenger"}, [])


async def test_a_simulation_reads_again_what_an_event_said(shop: Shop) -> None:
    """From the log where it still stands there, with the conversation the customer had open then."""
    desk = shop.desk
    await shop.tells("identify")
    one = await desk.begins(profile_id=await shop.person())
    await shop.tells("quiz_done", score=3)
    await shop.tells("quiz_done", score=9)
    draft = rules.drafted(desk.w, "tagging", "Quiz", Terms([Trigger("custom_event", names=["quiz_done"])], [[HIGH]], [tag("quiz")]))
    by_log = simulate.Reading(partial(reading.properties, shop.inside.desk.entries))
    found = await simulate.outlook(desk.store, desk.home, draft, at=stamps.now(), reading=by_log)
    assert [(match.conversation_id, match.rows[0].seen) for match in found.matches] == [(one.id, "9")]
    assert (await simulate.outlook(desk.store, desk.home, draft, at=stamps.now())).matched == 0
    why = await explain.why_not(desk.store, desk.home, draft, await desk.room.now(one), at=stamps.now(), properties=by_log.properties)
    assert why.verdict.is_match and why.verdict.rows[0].seen == "9", "asked why not, the last one is looked at"


async def test_what_is_read_closely_is_what_the_whole_document_tells(shop: Shop) -> None:
    """Each fact asked for by itself, so that only its part is read; of a person with orders."""
    desk = shop.desk
    await shop.tells("order", **ORDER)
    await shop.tells("order", **{**ORDER, "orderId": "1002", "amount": 7})
    one = await desk.begins("About 1001", subject="1001", profile_id=await shop.person())
    (said,) = await message.page(desk.store, desk.w, one.id)
    moment = moments.Moment(
        workspace_id=desk.w, conversation_id=one.id, kinds=("customer_wrote",), occurrence=said.id, at=one.newest_at, message=said
    )
    whole = await facts.look(desk.store, desk.home, one, moment, facts.Cause({}, None), at=one.newest_at)
    past, reader = (
        Past(one.newest_at, Trigger("customer_wrote"), said, is_first=True),
        closely.Reader(desk.store, desk.home, facts.no_properties),
    )
    quick = glance.at(one, past, [], desk.home, is_open=True)
    for path in [*(fact.path for fact in vocabulary.FACTS), "customer.lastOrderNumber", "ticket.customer.email", "shop.name", "order.items"]:
        terms = Terms([past.trigger], [[Condition(path, "is_not_empty")]], [step.Close()])
        wanted = closely.wants([rules.drafted(desk.w, "tagging", "One", terms)])
        await reader.meet([one], wanted)
        assert (await reader.closely(one, past, quick, wanted)).leaves(path) == whole.leaves(path), path
    assert whole.leaves("customer.ordersCount") == [2] and whole.leaves("order.number") == ["1001"]
