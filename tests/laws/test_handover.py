"""What is worked out ahead, and what is handed to another process, changes no row of what the desk comes to know."""

import copy
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.conftest import Store
from tests.laws import histories
from tests.laws.histories import Told
from tests.laws.statements import Said, statements
from tests.laws.test_projector import EXAMPLES, Lab
from tests.support.inside import ARRIVAL, Inside
from tillside.base.trust import Trust
from tillside.events.registers import Document
from tillside.feeds import log
from tillside.feeds.follow import Batch
from tillside.feeds.hub import Hub
from tillside.feeds.log import Entry
from tillside.orders import document as documents
from tillside.orders import order as orders
from tillside.orders.stated import Stated
from tillside.projector import handover, reading, rebuild
from tillside.projector.reading import Prepared
from tillside.projector.rebuild import Rebuild
from tillside.projector.work import Projector
from tillside.storage.database import Database


@pytest.fixture
def lab(store: Store) -> Iterator[Lab]:
    opened = Lab(store)
    yield opened
    opened.close()


class Handed:
    """Reads as the other process does and hands over bytes, without that process."""

    def __init__(self, entries: Database) -> None:
        self._entries = entries

    async def read(self, position: int, count: int, most_bytes: int) -> Batch | None:
        entries = await log.read(self._entries, position, count, most_bytes=most_bytes)
        return Batch(*handover.unpack(handover.pack(entries))) if entries else None

    def told(self, *, is_behind: bool) -> None:
        """It starts nothing."""

    async def end(self) -> None:
        """It holds nothing."""


class Plain(Projector):
    """Takes nothing that was worked out ahead: every row comes about step by step."""

    async def prepare(self, entries: list[Entry]) -> Prepared:
        prepared = await super().prepare(entries)
        for entry in entries:
            found = prepared[entry.position]
            if isinstance(found, str):
                continue
            for one, event in zip(found, reading.events_of(entry), strict=True):
                one.event, one.sketch = reading.heard(event), None
                one.order = Stated.of(event.order) if event.order is not None else None
        return prepared


async def replayed(inside: Inside, projector: Projector) -> dict[str, str]:
    desk = inside.desk
    again = Rebuild(desk.store, desk.entries, Hub(desk.entries), projector)
    async with again.hold():
        await again.drop()
        await again.work(again.last, lambda count, position: None)
    return await rebuild.digests(desk.store)


@EXAMPLES
@given(events=histories.histories(most=14))
def test_a_history_handed_over_makes_the_same_rows(lab: Lab, events: list[Told]) -> None:
    async def example() -> None:
        inside = lab.inside
        await lab.hear(events)
        await inside.work(elsewhere=Handed(inside.desk.entries))
        handed = await rebuild.digests(inside.desk.store)
        assert handed == await replayed(inside, Projector(inside.desk.directory)), "read by the projector itself"
        assert handed == await replayed(inside, Plain(inside.desk.directory)), "and with nothing worked out ahead"

    lab.run(example())


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(first=statements(trust=3), before=st.lists(statements(), max_size=3), after=st.lists(statements(), max_size=3))
def test_a_statement_read_back_from_its_draft_says_the_same(first: Said, before: list[Said], after: list[Said]) -> None:
    draft = orders.draft(copy.deepcopy(first.statement), trust=first.trust, currency="USD")
    found = []
    for statement in (first.statement, draft.statement(first.statement.kind, first.statement.number)):
        document: Document = {}
        for one in [*before, Said(statement, first.trust, first.extra), *after]:
            documents.add(document, copy.deepcopy(one.statement), one.trust, dict(one.extra))
        found.append(document)
    assert found[0] == found[1]


def test_a_drafted_person_is_what_the_steps_come_to(lab: Lab) -> None:
    """Names of an order alone, names and traits together, and a person told of again in the same batch and in a later one."""

    async def example() -> None:
        inside = lab.inside
        placed = {"orderId": "1", "email": "post@shop.example", "firstName": "Ada", "lastName": "Order"}
        said = {"uid": "u1", "email": "post@shop.example", "firstName": "Adele", "city": "Oslo", "phone": "+12025550123"}
        order = {"event": "order", "properties": placed}
        again = {"event": "order", "properties": {**placed, "orderId": "2"}, "userProperties": said}
        later = {"event": "identify", "userProperties": {**said, "city": "Bergen"}, "time": {"sentAt": ARRIVAL // 1000 + 1}}
        tenant = await inside.tenant()
        for batch in ([order, again], [again, later], [later]):
            await inside.take(tenant, batch, trust=Trust.PROVEN)
        await inside.work(batch=2, elsewhere=Handed(inside.desk.entries))
        handed = await rebuild.digests(inside.desk.store)
        assert handed == await replayed(inside, Plain(inside.desk.directory))
        shown = await inside.desk.store.one("select name, place, kind from profile where into_id is null")
        assert shown == ("Adele Order", "Bergen", 1)

    lab.run(example())
