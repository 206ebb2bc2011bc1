"""A desk with many orders already in it: rows in the shape the projector writes, multiplied inside the database."""

import shutil

import apsw

from bench.desk import Desk, fire
from tillside import stores

BYTES_PER_ORDER = 7_000


def fill(desk: Desk, count: int) -> None:
    """Project one order as it is done every day, then multiply what it left behind `count` times."""
    free = shutil.disk_usage(desk.folder).free
    assert free > count * BYTES_PER_ORDER * 1.3, f"{count:,} orders need about {count * BYTES_PER_ORDER >> 30} GB; {free >> 30} GB are free"
    with desk:
        fire(desk, "single", seconds=0.2, lines=1, first=10**9)
        desk.drained(within=30)
    connection = apsw.Connection(str(desk.folder / stores.DESK_FILE))
    connection.pragma("journal_mode", "off")  # half as much to write, and half the disk; a fill that fails is thrown away
    connection.pragma("synchronous", "off")
    connection.pragma("cache_size", -(256 << 10))
    with connection:
        indexes = connection.execute("select name, sql from sqlite_master where type = 'index' and sql is not null").fetchall()
        for name, _ in indexes:
            connection.execute(f"drop index {name}")
        for sql in multiplied():
            connection.execute(sql, {"count": count})
        for _, made in indexes:
            connection.execute(str(made))  # one sort each, where row by row would be a write anywhere in the file
    connection.pragma("journal_mode", "wal")
    connection.close()


def multiplied() -> list[str]:
    """Ids in the order of time, as the product's are; addresses, tracking numbers and event ids scattered, as a shop's are. Each order has a
    customer, two identifiers, two words to be found by, a line and a parcel of its own."""
    many = "with recursive n(i, s) as (select 1, 0 union all select i + 1, (i + 1) * 2654435761 % 4294967296 from n where i < :count) "
    key = "'{}_0' || printf('%025d', i)"
    order, person, mail = key.format("ord"), key.format("cus"), "printf('%08x', s) || '.person' || i || '@shop.example'"
    return [
        many + f"insert into profile select p.workspace_id, {person}, null, p.kind, p.name, {mail}, p.phone, p.place,"
        " p.first_seen_at - i, p.last_seen_at - i, p.doc from (select * from profile limit 1) p, n",
        many + f"insert into profile_word select p.workspace_id, printf('%08x', s) || ' person' || i, {person}"
        " from (select * from profile limit 1) p, n order by 2",
        many + f"insert into profile_word select p.workspace_id, 'shop', {person} from (select * from profile limit 1) p, n",
        many
        + f"insert into identifier select d.workspace_id, printf('%08x', s) || '-u' || i, 'uid', d.scope, 1, {person}, d.trust, d.source, i"
        " from (select * from identifier where kind = 'uid' limit 1) d, n order by 2",
        many + f"insert into identifier select d.workspace_id, {mail}, 'email', '', 1, {person}, d.trust, d.source, i"
        " from (select * from identifier where kind = 'email' limit 1) d, n order by 2",
        many + f"insert into orders select o.workspace_id, {order}, o.connector_id, o.kind, 'F' || i, 'F' || i, {person}, '#F' || i,"
        " o.state, o.placed_at - i, o.currency, o.amount, o.value, o.counts, o.trust, o.has_held, o.items, o.summary, o.doc"
        " from (select * from orders limit 1) o, n",
        many
        + f"insert into shipment select s.workspace_id, printf('%08x', n.s) || 'T' || i, {order} from (select * from shipment limit 1) s, n"
        " order by 2",
        many + f"insert into event select e.workspace_id, i - :count - 1, e.connector_id, {person}, {order}, e.name, e.occurred_at - i,"
        " e.received_at - i, e.verdict, e.trust, e.sender, e.label, printf('%08x', s) || 'e' || i from (select * from event limit 1) e, n",
    ]
