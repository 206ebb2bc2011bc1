"""Who a statement is about: traits, the addresses inside them, and the claims fit to identify somebody."""

from collections.abc import Mapping

from tillside.events import contact, fields, limits
from tillside.events.aliases import ADDRESS_TABLES, TRAITS_TABLE
from tillside.events.fields import Filled
from tillside.events.limits import ID_LENGTH
from tillside.events.notes import Notes
from tillside.events.shapes import Claims, Facts

ANDROID = "encryptUserData"
TRAIT_KEYS = ("userProperties", "user_properties", "identity")


def find_traits(raw: Mapping[str, object]) -> tuple[Mapping[str, object], str]:
    """The object that holds the traits and its path; the legacy form `identity` takes `uid` from the event itself."""
    for key in TRAIT_KEYS:
        said = raw.get(key)
        if isinstance(said, dict) and said:
            if key == "identity" and raw.get("uid") and not said.get("uid"):
                return {**said, "uid": raw["uid"]}, key
            return said, key
    uid = raw.get("uid")
    return ({"uid": uid} if uid else {}), ""


def find_token(raw: Mapping[str, object]) -> str | None:
    """The identity token: `userToken`, a *string* where the traits would be, or Android's `encryptUserData`, there or among its traits."""
    for key in ("userToken", "userProperties", "user_properties", ANDROID):
        said = raw.get(key)
        if isinstance(said, str) and said and not said.isspace():
            return said
    properties = raw.get("properties")
    said = properties.get(ANDROID) if isinstance(properties, dict) else None
    return said if isinstance(said, str) and said and not said.isspace() else None


def without_token(properties: object) -> object:
    """The properties without a token among them: it says who somebody is, so it is neither a trait nor shown as one."""
    if not isinstance(properties, dict) or not isinstance(properties.get(ANDROID), str):
        return properties
    return {name: value for name, value in properties.items() if name != ANDROID}


def with_token(raw: object, token: str | None) -> dict[str, object]:
    """An event with its batch's token, which holds for each that carries none. What is no object is an empty event, and stays so."""
    if not isinstance(raw, dict):
        return {}
    return raw if token is None or find_token(raw) else {**raw, "userToken": token}


def read_traits(source: Mapping[str, object], notes: Notes, path: str) -> Facts:
    """Traits by canonical name, addresses flat (``billing_city``), custom properties under their own name."""
    if not source:
        return {}
    filled = fields.fill(source, TRAITS_TABLE, notes, path)
    spread_addresses(filled, notes, path)
    said, custom, _ = filled
    for key, value in custom.items():
        said[f"{key}_also" if key in said else key] = value
    return said


def spread_addresses(filled: Filled, notes: Notes, path: str) -> None:
    """Billing and shipping addresses sent as an object, as lines, or as one text, into the flat fields of `filled`.

    What contradicts a flat field stays with the custom properties.
    """
    for side in ("billing", "shipping"):
        part = filled.parts.pop(f"{side}_address", None)
        if part is not None:
            _spread(side, part, filled, notes, path)


def _spread(side: str, part: tuple[str, object], filled: Filled, notes: Notes, path: str) -> None:
    key, value = part
    inside = limits.at(path, key)
    if isinstance(value, dict):
        found, custom, _ = fields.fill(value, ADDRESS_TABLES[side], notes, inside)
        for name, said in custom.items():
            filled.custom[f"{key}.{name}"] = said
    elif isinstance(value, list) and all(isinstance(line, str) for line in value):
        found = {f"{side}_address1": "\n".join(line for line in value if line)}
    elif isinstance(value, str):
        found = {f"{side}_address1": value}
    else:
        fields.keep(filled.custom, key, value, notes, path)
        return
    said = filled.fields
    for name, value in found.items():
        if said.setdefault(name, value) != value:
            filled.custom[f"{key}.{name.removeprefix(side + '_')}"] = value


def read_claims(traits: Facts, properties: Mapping[str, object], region: str) -> Claims:
    """The identifiers among the traits; if there are none, those of the properties (contract 1.4)."""
    claims = _claims(traits.get("uid"), (traits.get("email"),), traits.get("phone"), region)
    if claims or not properties:
        return claims
    emails = (properties.get("email"), properties.get("billingEmail"), properties.get("billing_email"))
    return _claims(properties.get("uid"), emails, None, region)


def _claims(uid: object, emails: tuple[object, ...], phone: object, region: str) -> Claims:
    if isinstance(uid, int) and not isinstance(uid, bool):
        uid = limits.clean(uid, Notes(), "")
        uid = str(uid) if uid != "" else None
    name = uid.strip() if isinstance(uid, str) else ""
    address = next((found for said in emails if isinstance(said, str) and (found := contact.email(said))), None)
    number = contact.phone(phone, region) if isinstance(phone, str) else None
    return Claims(uid=name if 0 < len(name) <= ID_LENGTH else None, email=address, phone=number)
