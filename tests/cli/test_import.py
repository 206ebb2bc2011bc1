"""Order history from files: the same verdicts as intake, every line once, however often it was interrupted."""

import json
import signal
import time
from pathlib import Path
from typing import Any

import msgspec

from tests.cli.house import House, eventually, settled
from tillside.cli.imports import State
from tillside.feeds import log
from tillside.feeds.log import Entry

ORDERS = ("import", "orders")


def line(number: object, **more: Any) -> str:
    order = {
        "orderId": number,
        "amount": 12.5,
        "currency": "EUR",
        "createdAt": 1_780_000_000_000,
        "email": f"{number}@buyer.example",
        "items": [{"id": "a", "price": 12.5, "quantity": 1, "name": "Pen"}],
        **more,
    }
    return json.dumps(order) + "\n"


def test_a_file_is_taken_in_and_what_is_refused_is_named_by_line(house: House, tmp_path: Path) -> None:
    file = tmp_path / "orders.ndjson"
    bad_price = line("B", items=[{"id": "a", "price": 1, "quantity": 1}, {"id": "b", "price": "12,50", "quantity": 1}])
    file.write_text(line("A") + "\n" + bad_price + "{not json\n" + "[]\n" + line("C", amount="12.50"))
    said = house.facts(*ORDERS, str(file), code=1)
    assert (said["accepted"], said["corrected"], said["refused"]) == (1, 1, 3)
    assert [(one["line"], one["field"]) for one in said["refusals"]] == [(4, ""), (5, ""), (3, "properties.items[1].price")]
    assert all(one["fix"] for one in said["refusals"])
    house.tillside("replay")
    assert house.count("orders") == 2
    [entry] = house.look(lambda desk: log.read(desk.entries, 0, 10))
    assert (entry.sender, entry.trust, entry.kind) == ("import", 3, "events")
    assert any(note.level == "refused" for note in entry.notes[1])


def test_csv_with_a_line_per_item_and_with_items_as_json(house: House, tmp_path: Path) -> None:
    file = tmp_path / "orders.csv"
    file.write_text(
        "orderId,amount,currency,createdAt,email,item.id,item.name,item.price,item.quantity,userProperties.uid,items\n"
        '9001,30.00,EUR,2026-01-05T10:00:00Z,zoe@x.example,a,Pen,10.00,1,u-9,\n9001,,,,,b,"Ink\nbottle",20.00,1,,\n'
        '9002,5,EUR,2026-01-06T10:00:00Z,zoe@x.example,,,,,u-9,"[{""id"": ""c"", ""price"": 2.5, ""quantity"": 2}]"\n'
    )
    assert house.facts(*ORDERS, str(file), "--connector", house.shop.api_key) == {
        "accepted": 2,
        "corrected": 0,
        "refused": 0,
        "lines": 5,
        "refusals": [],
    }
    house.tillside("replay")
    rows = house.look(lambda desk: desk.store.read("select number, items, amount, placed_at from orders order by number"))
    assert rows == [("9001", 2, 3000, 1_767_607_200_000_000), ("9002", 1, 500, 1_767_693_600_000_000)]
    assert house.count("profile", "into_id is null") == 1


def test_what_was_taken_in_is_not_taken_in_again(house: House, tmp_path: Path) -> None:
    file = tmp_path / "orders.ndjson"
    file.write_text("".join(line(number) for number in range(150)))
    assert house.facts(*ORDERS, str(file))["accepted"] == 150
    position = house.look(lambda desk: log.last_position(desk.entries))
    assert house.facts(*ORDERS, str(file))["accepted"] == 150
    assert house.look(lambda desk: log.last_position(desk.entries)) == position
    with file.open("a") as more:
        more.write(line("new"))
    assert house.facts(*ORDERS, str(file))["accepted"] == 151
    house.tillside(*ORDERS, str(file), "--again")
    house.tillside("replay")
    assert (house.count("orders"), house.count("event")) == (151, 151)


def test_another_file_of_the_same_name_begins_anew(house: House, tmp_path: Path) -> None:
    file = tmp_path / "orders.ndjson"
    file.write_text(line("A") + line("B"))
    house.tillside(*ORDERS, str(file))
    file.write_text(line("C") + line("D") + line("E"))
    assert house.facts(*ORDERS, str(file))["accepted"] == 3


def test_a_killed_import_goes_on_where_it_was_beside_a_serving_desk(house: House, tmp_path: Path) -> None:
    file = tmp_path / "orders.ndjson"
    total = 6000
    file.write_text("".join(line(number) for number in range(total)))
    with house.serve() as desk:
        running = house.begin(*ORDERS, str(file))
        eventually(lambda: _reached(house) > 0, within=30)
        running.send_signal(signal.SIGKILL)
        running.communicate()
        reached = _reached(house)
        assert 0 < reached < total, "it was to be killed half-way"
        assert house.facts(*ORDERS, str(file))["accepted"] == total
        settled(desk.url, within=60)
    assert (house.count("orders"), house.count("event")) == (total, total)


def test_history_never_overrides_what_is_newer(house: House, tmp_path: Path) -> None:
    file = tmp_path / "orders.ndjson"
    file.write_text(line("A", status="paid", createdAt=1_780_000_000_000))

    async def live(desk: Any) -> None:
        event = house.order("A", status="shipped") | {"time": {"sentAt": 1_790_000_000_000}}
        body = json.dumps(event).encode()
        shop = house.shop
        wire = log.Wire(path="/v2/t", charset="utf-8", currency=shop.currency, region=shop.region)
        await desk.log.append(Entry(shop.workspace_id, shop.id, "events", time.time_ns() // 1000, "server", 3, wire, body))

    house.look(live)
    house.tillside(*ORDERS, str(file))
    house.tillside("replay")
    [(doc,)] = house.look(lambda desk: desk.store.read("select doc from orders"))
    assert '"shipped"' in doc


def _reached(house: House) -> int:
    found = list((house.store.data / "imports").glob("*.json"))
    return msgspec.json.decode(found[0].read_bytes(), type=State).accepted if found else 0
