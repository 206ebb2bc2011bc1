"""Setting up a target: what is refused, what secrets do, how signatures are verified by other people's libraries."""

import json
import subprocess
from typing import Any

import pytest
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from tests.support.source import ROOT
from tests.targets.yard import Yard
from tillside.base import stamps
from tillside.base.errors import Conflict, Outdated, Refused, Unknown
from tillside.targets import checking, secrets, signature
from tillside.targets import target as targets
from tillside.targets.shape import Basic, Header, Mapping, OAuth2
from tillside.targets.target import Draft

WRONG: list[tuple[str, dict[str, Any]]] = [
    ("name", {"name": "  "}),
    ("url", {"url": ""}),
    ("url", {"url": "ftp://cart.example/"}),
    ("url", {"url": "https://{{customer.name}}.example/"}),
    ("url", {"url": "http://169.254.169.254/latest"}),
    ("body", {"body": '{"a": {{ticket.id}'}),
    ("body", {"body": "{{ticket.subject", "content": "xml"}),
    ("headers", {"headers": [Header("bad name", "x")]}),
    ("headers", {"headers": [Header("Host", "x")]}),
    ("headers", {"headers": [Header("webhook-id", "x")]}),
    ("headers", {"headers": [Header("x-key", "", is_secret=True)]}),
    ("x-key", {"headers": [Header("x-key", "two\nlines", is_secret=True)]}),
    ("secret", {"auth": Basic("fern")}),
    ("url", {"auth": OAuth2("http://10.0.0.1/token", "id"), "secret": "x"}),
    ("mapping", {"mapping": [Mapping("order", "field", "x")]}),
    ("mapping", {"mapping": [Mapping("/order", "field", " ")]}),
    ("events", {"events": ["not an event"]}),
    ("method", {"events": ["ticket.closed"], "method": "GET"}),
    ("method", {"is_card": True}),
    ("concurrency", {"concurrency": 0}),
    ("timeout_seconds", {"timeout_seconds": 16}),
    ("ca_pem", {"ca_pem": "not one"}),
]


@pytest.mark.parametrize(("field", "given"), WRONG, ids=[f"{field}-{number}" for number, (field, _) in enumerate(WRONG)])
async def test_what_cannot_work_is_refused_with_its_field_and_what_to_do(yard: Yard, field: str, given: dict[str, Any]) -> None:
    draft = Draft(**{"name": "Cart", "url": "https://cart.example/", **given})
    with pytest.raises(Refused) as refused:
        await yard.room.do(targets.add, yard.desk.vault, yard.workspace_id, draft)
    assert refused.value.field == field and refused.value.hint


def test_unknown_placeholders_are_told_before_saving() -> None:
    shape = Draft(name="x", url="https://cart.example/{{order.number}}", body='{"a": "{{ticket.nope}}", "b": "{{customer.shoeSize}}"}')
    assert checking.problems(shape) == ["ticket.nope is not known; it will be empty."]


async def test_a_name_is_taken_once_and_free_again_after_removal(yard: Yard) -> None:
    first = await yard.target("Cart")
    with pytest.raises(Conflict):
        await yard.target("CART")
    await yard.room.do(targets.remove, first)
    second = await yard.target("cart")
    assert [one.id for one in await targets.every(yard.store, yard.workspace_id)] == [second.id]
    with pytest.raises(Unknown):
        await yard.target_now(first)
    assert (await targets.names(yard.store, yard.workspace_id))[first.id] == "Cart"
    assert await yard.store.read("select name from target_secret where target_id = :id order by name limit 5", id=first.id) == []


async def test_what_waits_for_a_removed_target_is_given_up(yard: Yard) -> None:
    target = await yard.target()
    call = await yard.called(target)
    await yard.room.do(targets.remove, target)
    assert await yard.drained() == 0
    assert await yard.state(call) == "dead"


async def test_two_people_who_change_a_target_do_not_overwrite_each_other(yard: Yard) -> None:
    target = await yard.target()
    draft = Draft(name="Cart", url="https://cart.example/")
    await yard.room.do(targets.change, yard.desk.vault, target, draft, version=target.version)
    with pytest.raises(Outdated):
        await yard.room.do(targets.change, yard.desk.vault, target, draft, version=target.version)


async def test_a_secret_that_is_left_empty_stays_and_one_that_is_not_named_is_forgotten(yard: Yard) -> None:
    two = [Header("x-a", "first-secret", is_secret=True), Header("x-b", "second-secret", is_secret=True)]
    target = await yard.target(headers=two)
    draft = Draft(name="Cart", url="https://cart.example/", headers=[Header("X-A", "", is_secret=True)])
    new = (await yard.room.do(targets.change, yard.desk.vault, target, draft)).target
    kept = await secrets.unsealed(yard.store, yard.desk.vault, yard.workspace_id, target.id, at=yard.at)
    assert kept.headers == {"x-a": "first-secret"}
    assert [one.value for one in new.headers] == [""]
    assert (await secrets.known_of(yard.store, yard.workspace_id, target.id)).headers == {"x-a"}


async def test_two_secrets_sign_during_the_overlap_and_two_other_libraries_verify(yard: Yard) -> None:
    saved = await yard.saved(signs=True)
    target, old = saved.target, saved.signing_secret
    new = await yard.room.do(secrets.rotate, yard.desk.vault, yard.workspace_id, target.id)
    await yard.called(await yard.target_now(target))
    await yard.drained()
    (got,) = yard.got()
    assert len(got.header("webhook-signature").split(" ")) == 2
    for secret in (old, new):
        verified(secret, dict(got.headers), got.body)
    with pytest.raises(WebhookVerificationError):
        Webhook(old).verify(got.body + b" ", dict(got.headers))
    yard.at += secrets.OVERLAP + stamps.MINUTE
    kept = await secrets.unsealed(yard.store, yard.desk.vault, yard.workspace_id, target.id, at=yard.at)
    assert kept.signing == (new,)


def verified(secret: str, headers: dict[str, str], body: bytes) -> None:
    """By the reference library of Python and by the one of JavaScript, which share no line."""
    Webhook(secret).verify(body, headers)
    script = """
        import { Webhook } from "standardwebhooks";
        const { secret, headers, body } = JSON.parse(await new Response(process.stdin).text());
        new Webhook(secret).verify(body, headers);
        console.log("verified");
    """
    asked = json.dumps({"secret": secret, "headers": headers, "body": body.decode()})
    done = subprocess.run(
        ["node", "--input-type=module", "--eval", script], input=asked, cwd=ROOT / "storefront", capture_output=True, text=True, check=False
    )
    assert done.stdout.strip() == "verified", done.stderr


async def test_a_target_that_does_not_sign_sends_no_signature_but_its_id(yard: Yard) -> None:
    await yard.called(await yard.target())
    await yard.drained()
    assert yard.got()[0].header("webhook-signature") == "" and yard.got()[0].header("webhook-id")


def test_the_example_of_the_specification() -> None:
    headers = dict(
        signature.headers(
            ["whsec_plJ3nmyCDGBKInavdOK15jsl"],
            "msg_loFOjxBNrRLzqYUf",
            b'{"event_type":"ping","data":{"success":true}}',
            at=1731705121 * stamps.SECOND,
        )
    )
    assert headers["webhook-signature"] == "v1,rAvfW3dJ/X/qxhsaXPOyyCGmRKsaKWcsNccKXlIktD0="
