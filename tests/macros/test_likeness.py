"""Making a macro from an answer: what is true of one customer only becomes a variable, and fills in again to what was written."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tillside.base import rich_text
from tillside.macros import likeness, texts

ADA = {
    "customer.name": "Ada Lovelace",
    "customer.first_name": "Ada",
    "customer.last_name": "Lovelace",
    "customer.email": "ada@example.com",
    "order.name": "#10422",
    "order.number": "10422",
    "order.tracking_number": "00340434161094022580",
    "order.tracking_url": "https://dhl.example/track?n=1&l=de",
    "order.amount": "€86.40",
    "agent.first_name": "Mia",
    "shop.name": "Fern & Fold",
}


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("Hello Ada, #10422 left.", "Hello {{customer.first_name|there}}, {{order.name}} left."),
        ("Dear Ada Lovelace", "Dear {{customer.name}}"),
        ("Ada's order 10422: €86.40", "{{customer.first_name|there}}'s order {{order.number}}: {{order.amount}}"),
        ("Adaptable, Canada, 104229, Mia", "Adaptable, Canada, 104229, {{agent.first_name}}"),
        ("Write to ada@example.com", "Write to {{customer.email}}"),
        ("Fern & Fold", "Fern & Fold"),
    ],
)
def test_names_and_numbers_become_variables(written: str, kept: str) -> None:
    turned = likeness.turned(rich_text.clean(written), ADA)
    assert rich_text.plain(turned.html) == kept


def test_a_tracking_link_is_turned_where_it_is_read_and_where_it_leads() -> None:
    turned = likeness.turned(rich_text.from_plain("Follow it: https://dhl.example/track?n=1&l=de"), ADA)
    assert 'href="{{order.tracking_url}}"' in turned.html and ">{{order.tracking_url}}</a>" in turned.html
    assert turned.names == ["order.tracking_url"]
    back = rich_text.clean(texts.fill(rich_text.clean(turned.html), ADA).text)
    assert back == rich_text.clean(rich_text.from_plain("Follow it: https://dhl.example/track?n=1&l=de"))


def test_a_customer_called_like_markup_turns_no_markup() -> None:
    turned = likeness.turned("<p><strong>strong</strong> href</p>", {"customer.first_name": "strong", "customer.last_name": "href"})
    assert turned.html == "<p><strong>{{customer.first_name|there}}</strong> {{customer.last_name}}</p>"


@given(st.lists(st.sampled_from([*ADA.values(), "and", "the parcel", "<b>bold</b>", "é", "&amp;"]), max_size=12).map(" ".join))
def test_what_was_turned_fills_in_to_what_was_written(text: str) -> None:
    written = rich_text.clean(text)
    turned = likeness.turned(written, ADA)
    assert rich_text.clean(texts.fill(turned.html, ADA).text) == written
    left = re.sub(r"\{\{[^}]*\}\}", "", rich_text.plain(turned.html))
    assert not re.search(r"(?<!\w)(Ada|Lovelace|10422|ada@example\.com)(?!\w)", left)
