"""The orders a batch of events speaks of, in memory: read in a query or two, joined with new statements, written back at the end."""

from typing import NamedTuple

from tillside.base import stamps
from tillside.events.registers import Document
from tillside.events.shapes import Facts, OrderStatement
from tillside.orders import document as documents
from tillside.orders import order as orders
from tillside.orders.order import Key
from tillside.orders.stated import Stated
from tillside.storage.database import Row, Transaction

Name = tuple[str, str, str]
"""(connector id, kind, number or database key)"""

BY_DB_KEY = "db:"
"""A number made of a database key, where a sender knows nothing else; the order's own number takes its place."""

_BY_NUMBER = f"""
select {orders.COLUMNS} from orders
where workspace_id = :workspace_id and connector_id = :connector_id and kind = :kind and number in {{list:names}}
"""
_BY_KEY = f"""
select {orders.COLUMNS} from orders
where workspace_id = :workspace_id and connector_id = :connector_id and kind = :kind and db_key in {{list:names}}
"""
_BY_ID = f"select {orders.COLUMNS} from orders where workspace_id = :workspace_id and id in {{list:ids}} order by id"
_PUT_SHIPMENT = """
insert into shipment (workspace_id, tracking_number, order_id) values (:workspace_id, :tracking_number, :order_id) on conflict do nothing
"""


class Page:
    """One order while a batch is worked on. One that began in this batch, and was not spoken of again, is its first statement's draft."""

    __slots__ = ("_document", "currency", "first", "key", "profile_id", "tracked")

    def __init__(self, key: Key, document: Document, profile_id: str, currency: str) -> None:
        self.key, self._document, self.profile_id, self.currency = key, document, profile_id, currency
        self.first: Stated | None = None
        self.tracked: set[str] = set()

    @property
    def document(self) -> Document:
        if self.first is not None and self.first.draft is not None:
            self._document = self.first.draft.document(self.profile_id)
            self.first = None
        return self._document

    @property
    def owner(self) -> str:
        """The profile the statements name, "" while none does."""
        return self.profile_id if self.first is not None else documents.owner(self.document)

    def row(self) -> Row:
        if self.first is not None and self.first.draft is not None:
            return self.first.draft.row(self.key, self.profile_id)
        return orders.row_of(self.key, self.document, profile_id=self.profile_id, currency=self.currency)


class Source(NamedTuple):
    """Where a statement comes from: its connector, its event, arrival in µs, and what the connector assumed."""

    connector_id: str
    event_id: int
    at: int
    currency: str


class Book:
    """One workspace's orders during one batch."""

    def __init__(self, workspace_id: int) -> None:
        self.workspace_id = workspace_id
        self._by_number: dict[Name, Page] = {}
        self._by_key: dict[Name, Page] = {}
        self._by_id: dict[str, Page] = {}
        self._changed: dict[str, Page] = {}

    async def load(self, tx: Transaction, numbers: set[Name], keys: set[Name]) -> None:
        """Bring in the orders with these numbers or database keys."""
        for sql, names in ((_BY_NUMBER, numbers), (_BY_KEY, keys)):
            for connector_id, kind in sorted({name[:2] for name in names}):
                listed = sorted(name[2] for name in names if name[:2] == (connector_id, kind))
                rows = await tx.read(sql, workspace_id=self.workspace_id, connector_id=connector_id, kind=kind, names=listed)
                for row in rows:
                    self._take(row)

    async def load_ids(self, tx: Transaction, ids: list[str]) -> None:
        """Bring in orders by their ids."""
        for row in await tx.read(_BY_ID, workspace_id=self.workspace_id, ids=ids):
            self._take(row)

    def profile_ids(self) -> set[str]:
        """The profiles the orders brought in belong to."""
        return {page.profile_id for page in self._by_id.values() if page.profile_id}

    def belongs_to(self, profile_id: str) -> bool:
        """Whether an order of this batch is a profile's."""
        return any(page.profile_id == profile_id for page in self._by_id.values())

    def find(self, connector_id: str, kind: str, number: str, db_key: str | None) -> Page | None:
        """An order by its number; else by its database key. Never across: Magento's key 11 is not order 11 (contract 1.6)."""
        page = self._by_number.get((connector_id, kind, number))
        if page is None and db_key is not None:
            page = self._by_key.get((connector_id, kind, db_key))
        return page

    def add(self, source: Source, stated: Stated, *, trust: int, profile_id: str, names_profile: bool) -> Page:
        """Join a statement. An order nobody knows yet begins with it, whatever it says: the rest may come later.

        `profile_id`: whom the statement names, or (`names_profile` false) the browser it came from.
        """
        page = self.find(source.connector_id, stated.kind, stated.number, stated.db_key)
        is_new = page is None
        if page is None:
            page = self._begin(source, stated, profile_id)
        elif page.key.number.startswith(BY_DB_KEY) and not stated.number.startswith(BY_DB_KEY):
            page.key = Key(page.key.workspace_id, page.key.id, page.key.connector_id, page.key.kind, stated.number)
        self._name(page, stated)
        if is_new and profile_id and names_profile and stated.draft is not None and stated.draft.trust == trust:
            page.first = stated
        else:
            self._join(page, stated.statement, trust, profile_id, names_profile=names_profile)
        page.tracked.update(stated.tracked)
        self._changed[page.key.id] = page
        return page

    def of_id(self, order_id: str) -> Page | None:
        return self._by_id.get(order_id)

    def touch(self, page: Page) -> None:
        self._changed[page.key.id] = page

    async def flush(self, tx: Transaction) -> None:
        """Write back everything that changed."""
        await tx.many(orders.UPSERT, [page.row() for page in self._changed.values()])
        shipments = [(self.workspace_id, number, page.key.id) for page in self._changed.values() for number in sorted(page.tracked)]
        await tx.many(_PUT_SHIPMENT, shipments)

    def _join(self, page: Page, statement: OrderStatement, trust: int, profile_id: str, *, names_profile: bool) -> None:
        extra: Facts = {"profile": profile_id} if names_profile else {}
        documents.add(page.document, statement, trust, extra)
        if profile_id and not names_profile:
            documents.lean(page.document, statement, trust, profile_id)
        page.profile_id = documents.owner(page.document) or page.profile_id

    def _begin(self, source: Source, statement: Stated, profile_id: str) -> Page:
        order_id = stamps.derived_id("ord", source.at, self.workspace_id, source.event_id)
        key = Key(self.workspace_id, order_id, source.connector_id, statement.kind, statement.number)
        page = Page(key, {}, profile_id, source.currency)
        self._by_id[order_id] = page
        return page

    def _name(self, page: Page, statement: Stated) -> None:
        connector_id, kind = page.key.connector_id, page.key.kind
        self._by_number.setdefault((connector_id, kind, statement.number), page)
        if statement.db_key is not None:
            self._by_key.setdefault((connector_id, kind, statement.db_key), page)

    def _take(self, row: Row) -> None:
        order = orders.Order.from_row(row)
        if order.id in self._by_id:
            return
        key = Key(order.workspace_id, order.id, order.connector_id, order.kind, order.number)
        page = Page(key, order.document, order.profile_id, order.currency)
        self._by_id[order.id] = page
        self._by_number[(order.connector_id, order.kind, order.number)] = page
        if order.db_key is not None:
            self._by_key[(order.connector_id, order.kind, order.db_key)] = page
