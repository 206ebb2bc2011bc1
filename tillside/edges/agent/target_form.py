"""The form of an HTTP target: what a browser typed as one record, the draft it means, and an error put beside the field it is about. Pure."""

from collections.abc import Mapping, Sequence
from typing import TypeVar, get_args

from msgspec import Struct

from tillside.base.errors import Refused
from tillside.targets import shape
from tillside.targets.secrets import Known
from tillside.targets.shape import Basic, Bearer, Header, Into, OAuth2, Pair, Proof, Shows, Tries
from tillside.targets.target import Draft, Target

MOST_ROWS = 40
_SPARE = 3
_BODY = """{
  "conversation": "{{ticket.id}}",
  "customer": {"name": "{{customer.name}}", "email": "{{customer.email}}"},
  "order": "{{order.name}}"
}"""
_AUTHS = {"basic": "auth_password", "bearer": "auth_token", "oauth2": "auth_secret"}
"""Each way to sign in with the field of its secret."""
_PLACES = {"client_id": "auth_client", "token_url": "auth_url", "user": "auth_user", "ca_pem": "url"}
NAMED = frozenset(
    {
        "name",
        "method",
        "url",
        "body",
        "query",
        "header",
        "mapping",
        "events",
        "auth",
        "auth_user",
        "auth_url",
        "auth_client",
        "auth_scope",
        "auth_proof",
    }
    | {"timeout_seconds", "concurrency", "card_seconds", *_AUTHS.values()}
)
"""The fields that show an error beside themselves."""

Fields = Mapping[str, str]
Choice = TypeVar("Choice", bound=str)


class Row(Struct, frozen=True):
    """One line of a list of pairs. `is_kept`: a secret that is stored already; `is_spare`: empty, to be filled."""

    name: str = ""
    value: str = ""
    is_secret: bool = False
    is_kept: bool = False
    is_spare: bool = False


class Line(Struct, frozen=True):
    """One line of what is kept from an answer."""

    pointer: str = ""
    into: str = "shown"
    key: str = ""
    is_spare: bool = False


class Typed(Struct, frozen=True, kw_only=True):
    """Every field as the form shows it."""

    name: str = ""
    method: str = "POST"
    url: str = "https://"
    content: str = "json"
    body: str = _BODY
    query: list[Row] = []
    headers: list[Row] = []
    auth: str = "none"
    auth_user: str = ""
    auth_url: str = ""
    auth_client: str = ""
    auth_scope: str = ""
    auth_proof: str = "header"
    keeps_auth: bool = False
    signs: bool = True
    tries: str = "schedule"
    timeout_seconds: str = "15"
    concurrency: str = "4"
    shows: str = "nothing"
    is_card: bool = False
    card_seconds: str = "300"
    mapping: list[Line] = []
    events: list[str] = []
    version: str = ""


def empty() -> Typed:
    return Typed(query=_spared([]), headers=_spared([]), mapping=_spared_lines([]))


def of_target(one: Target, known: Known) -> Typed:
    """A target as its form shows it; of secrets only that they are there."""
    auth = one.auth
    return Typed(
        name=one.name,
        method=one.method,
        url=one.url,
        content=one.content,
        body=one.body,
        query=_spared([Row(pair.name, pair.value) for pair in one.query]),
        headers=_spared(
            [Row(each.name, each.value, each.is_secret, each.is_secret and each.name.lower() in known.headers) for each in one.headers]
        ),
        auth=_kind_of(auth),
        auth_user=auth.user if isinstance(auth, Basic) else "",
        auth_url=auth.token_url if isinstance(auth, OAuth2) else "",
        auth_client=auth.client_id if isinstance(auth, OAuth2) else "",
        auth_scope=auth.scope if isinstance(auth, OAuth2) else "",
        auth_proof=auth.proof if isinstance(auth, OAuth2) else "header",
        keeps_auth=known.has_auth,
        signs=one.signs,
        tries=one.tries,
        timeout_seconds=str(one.timeout_seconds),
        concurrency=str(one.concurrency),
        shows=one.shows,
        is_card=one.is_card,
        card_seconds=str(one.card_seconds),
        mapping=_spared_lines([Line(each.pointer, each.into, each.key) for each in one.mapping]),
        events=list(one.events),
        version=str(one.version),
    )


def of_form(form: Fields, events: Sequence[str], known: Known | None) -> Typed:
    """What was sent, to be shown again or taken. `known`: which secrets are stored already."""
    stored = known.headers if known else frozenset()
    headers = [
        Row(
            _said(form, "header", at, "name"),
            _said(form, "header", at, "value"),
            bool(form.get(f"header-{at}-secret")),
            bool(form.get(f"header-{at}-secret")) and _said(form, "header", at, "name").lower() in stored,
        )
        for at in range(MOST_ROWS)
    ]
    query = [Row(_said(form, "query", at, "name"), _said(form, "query", at, "value")) for at in range(MOST_ROWS)]
    lines = [
        Line(_said(form, "mapping", at, "pointer"), form.get(f"mapping-{at}-into", "shown"), _said(form, "mapping", at, "key"))
        for at in range(MOST_ROWS)
    ]
    plain = ("name", "url", "auth_user", "auth_url", "auth_client", "auth_scope", "timeout_seconds", "concurrency", "card_seconds", "version")
    return Typed(
        **{name: form.get(name, "").strip() for name in plain},
        **{name: form.get(name, usual) for name, usual in (("method", "POST"), ("content", "json"), ("auth", "none"))},
        **{name: form.get(name, usual) for name, usual in (("tries", "schedule"), ("shows", "nothing"), ("auth_proof", "header"))},
        body=form.get("body", "").replace("\r\n", "\n"),
        query=_spared([row for row in query if row.name or row.value]),
        headers=_spared([row for row in headers if row.name or row.value]),
        mapping=_spared_lines([line for line in lines if line.pointer or line.key]),
        keeps_auth=bool(known and known.has_auth),
        signs=bool(form.get("signs")),
        is_card=bool(form.get("is_card")),
        events=[*events],
    )


def draft(typed: Typed, form: Fields) -> Draft:
    """What it means. Raises Refused where a choice is none of ours or a number is no number."""
    return Draft(
        name=typed.name,
        method=_chosen(typed.method, shape.METHODS, "method"),
        url=typed.url,
        headers=[Header(row.name, row.value, row.is_secret) for row in typed.headers if not row.is_spare],
        query=[Pair(row.name, row.value) for row in typed.query if not row.is_spare],
        content=_chosen(typed.content, shape.CONTENTS, "content"),
        body="" if typed.content == "none" else typed.body,
        auth=_auth(typed),
        secret=form.get(_AUTHS.get(typed.auth, ""), "").strip(),
        signs=typed.signs,
        tries=_chosen(typed.tries, get_args(Tries), "tries"),
        concurrency=_number(typed.concurrency, "concurrency"),
        timeout_seconds=_number(typed.timeout_seconds, "timeout_seconds"),
        mapping=[
            shape.Mapping(line.pointer, _chosen(line.into, get_args(Into), "mapping"), line.key) for line in typed.mapping if not line.is_spare
        ],
        shows=_chosen(typed.shows, get_args(Shows), "shows"),
        is_card=typed.is_card,
        card_seconds=_number(typed.card_seconds or "300", "card_seconds"),
        events=typed.events,
    )


def beside(error: Refused, typed: Typed) -> Refused:
    """The same error under the name of the form's own field, so that it stands beside it."""
    field = error.field
    if field == "secret":
        field = _AUTHS.get(typed.auth, "auth")
    for kind, single in (("headers", "header"), ("query", "query"), ("mapping", "mapping")):
        place = field.removeprefix(f"{kind}[").partition("]")[0]
        if field.startswith(f"{kind}[") and place.isdigit():
            field = f"{single}-{place}"
        elif field == kind:
            field = single
    return Refused(error.message, field=_PLACES.get(field, field), hint=error.hint)


def _auth(typed: Typed) -> Basic | Bearer | OAuth2 | None:
    if typed.auth == "basic":
        return Basic(typed.auth_user)
    if typed.auth == "oauth2":
        return OAuth2(typed.auth_url, typed.auth_client, typed.auth_scope, _chosen(typed.auth_proof, get_args(Proof), "auth_proof"))
    return Bearer() if typed.auth == "bearer" else None


def _kind_of(auth: Basic | Bearer | OAuth2 | None) -> str:
    if auth is None:
        return "none"
    return "basic" if isinstance(auth, Basic) else "oauth2" if isinstance(auth, OAuth2) else "bearer"


def _said(form: Fields, kind: str, at: int, part: str) -> str:
    return form.get(f"{kind}-{at}-{part}", "").strip()


def _chosen(said: str, words: tuple[Choice, ...], field: str) -> Choice:
    for word in words:
        if word == said:
            return word
    raise Refused(f"{said[:40] or 'Nothing'} is not one of the choices.", field=field, hint=f"Choose from: {', '.join(map(str, words))}.")


def _number(said: str, field: str) -> int:
    if not said.isascii() or not said.isdigit() or len(said) > 6:
        raise Refused(f"{said[:40] or 'Nothing'} is not a whole number.", field=field, hint="Write digits only.")
    return int(said)


def _spared(rows: list[Row]) -> list[Row]:
    return [*rows, *[Row(is_spare=True)] * _SPARE]


def _spared_lines(lines: list[Line]) -> list[Line]:
    return [*lines, *[Line(is_spare=True)] * _SPARE]
