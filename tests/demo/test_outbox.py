"""Nothing the shop has to say is lost, and nothing is said twice under two names."""

import socket
import time
from dataclasses import replace

from httpx import Client

from tests.demo import buyer, peer
from tests.demo.conftest import serving
from tests.demo.peer import Peer, decoded
from tillside.demo.settings import DemoSettings


def test_an_order_taken_while_the_desk_is_down_arrives_after_a_restart_of_the_shop(settings: DemoSettings) -> None:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        port = held.getsockname()[1]
    away = replace(settings, desk_url=f"http://127.0.0.1:{port}")
    with serving(away) as shop:
        assert buyer.order(shop).status_code == 200
        assert "1 event waits" in shop.get("/admin").text
    desk = Peer()
    with peer.listening(desk, port), serving(away):
        [event] = desk.wait(1)
    assert event["properties"]["orderId"] == "10001"


def test_a_busy_desk_is_asked_again_with_the_same_event_id(shop: Client, desk: Peer) -> None:
    desk.answers = [503, 429]
    buyer.order(shop)
    [event] = desk.wait(1)
    tried = [decoded(body["h"]) for _, body in desk.turned_away]
    assert [one["eventId"] for one in tried] == [event["eventId"]] * 2
    assert shows(shop, "Sent")


def test_a_refused_event_is_shown_and_does_not_hold_up_the_next(shop: Client, desk: Peer) -> None:
    desk.answers = [422]
    buyer.order(shop)
    buyer.act(shop, "10001", do="pack")
    [event] = desk.wait(1)
    assert event["properties"]["status"] == "being packed"
    assert shows(shop, "Refused")


def shows(shop: Client, word: str) -> bool:
    """Whether the back office comes to show a word; the shop notes the desk's answer a moment after the desk gave it."""
    ends_at = time.monotonic() + 30
    while time.monotonic() < ends_at:
        if word in shop.get("/admin/orders/10001").text:
            return True
        time.sleep(0.02)
    return False
