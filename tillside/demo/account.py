"""Signing in and out, and a customer's own orders. There are no passwords: it is a demo, and everybody in it is invented."""

from msgspec import structs
from starlette.responses import Response

from tillside.demo import people
from tillside.demo.calls import Call
from tillside.demo.checkout import EMAIL
from tillside.demo.people import Person


async def sign_in(call: Call) -> Response:
    return call.render("sign_in.html", cast=people.CAST, errors={}, values={"email": "", "name": ""})


async def enter(call: Call) -> Response:
    """Signs in whoever types a mail address, or else one of the cast by `uid`."""
    form = await call.form()
    uid, email, name = (str(form.get(field, "")).strip()[:200] for field in ("uid", "email", "name"))
    person = people.signed_in_as(uid) if uid and not email else None
    if person is None and not EMAIL.fullmatch(email):
        errors = {"email": "This does not look like a mail address. One looks like name@example.com."}
        return call.render("sign_in.html", status=422, cast=people.CAST, errors=errors, values={"email": email, "name": name})
    person = _account(call, person or _typed(email, name))
    call.token = ""  # a new sign-in gets a new cookie
    call.change_visit(uid=person.uid, has_web_token=form.get("proof") == "jwt", notice=f"You are signed in as {person.name}.")
    return call.go("/account")


async def sign_out(call: Call) -> Response:
    if call.token:
        call.shop.store.forget_visit(call.token)
    call.token = ""
    call.change_visit(uid="", has_web_token=False, cart=(), coupon="", has_signed_out=True, notice="You are signed out.")
    return call.go("/")


async def account(call: Call) -> Response:
    person = call.person
    if person is None:
        return call.go("/sign-in")
    return call.render("account.html", orders=call.shop.store.orders_of(person.uid))


def _typed(email: str, name: str) -> Person:
    first, _, last = name.partition(" ")
    return Person("", first, last, email)


def _account(call: Call, person: Person) -> Person:
    """The account of this mail address, opened now if there is none."""
    store = call.shop.store
    with store.transaction():
        known = store.person_by_email(person.email)
        if known is not None:
            return known
        opened = person if person.uid else structs.replace(person, uid=store.next_uid())
        store.save_person(opened)
        return opened
