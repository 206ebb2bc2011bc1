"""Labels and sentences: how fields and events are called on the pages."""

import pytest

from tests.events.samples import read
from tillside.customers.timeline import EventLine, Label
from tillside.edges.agent import labels, sentences


@pytest.mark.parametrize(
    ("name", "strip", "words"),
    [
        ("billing_address1", "", "Billing address line 1"),
        ("billing_address1", "billing_", "Address line 1"),
        ("shipping_email", "", "Shipping e-mail"),
        ("shipping_city", "", "Shipping city"),
        ("shipping_amount", "", "Shipping"),
    ],
)
def test_a_field_of_an_address_is_called_alike_with_and_without_its_heading(name: str, strip: str, words: str) -> None:
    assert labels.label(name, strip) == words


@pytest.mark.parametrize(("name", "thing"), [("checkout_start", ""), ("view_cart", ""), ("page_view", "Ink · Fern & Fold")])
def test_the_title_of_the_page_is_said_only_where_it_says_more(name: str, thing: str) -> None:
    line = EventLine(1, 1, "con_1", None, None, name, 1, 1, 0, 0, "browser", Label(title="Ink · Fern & Fold"))
    assert sentences.of(line, {}, {}).thing == thing


def test_a_number_that_became_text_is_shown_as_the_number_it_was() -> None:
    (note,) = [note for note in read({"event": "identify", "userProperties": {"uid": "a", "phone": 491722222222}}).notes if note.read]
    assert (note.got, note.read) == ("491722222222", '"491722222222"')
