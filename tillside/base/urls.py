"""Reading a URL somebody typed, strictly: the house calls what it understood, so there must be one way to understand it."""

import re
from collections.abc import Container, Sequence
from ipaddress import IPv4Address, IPv6Address
from typing import Literal
from urllib.parse import quote

import idna
from msgspec import Struct

from tillside.base import addresses
from tillside.base.addresses import Address, Network
from tillside.base.errors import Misconfigured, Refused

PORTS = frozenset({80, 443, 8080, 8443})
LONGEST_URL = 8192
_FORM = re.compile(r"(https?)://([^/?#]*)([^#]*)(?:#.*)?", re.IGNORECASE | re.DOTALL)
_AUTHORITY = re.compile(r"(\[[^\]]*\]|[^:\[\]]*)(?::([0-9]{0,5}))?")
_LABEL = re.compile(r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?")
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")
_BLANK = re.compile(r"[\x00-\x20\x7f-\xa0\u1680\u2000-\u200f\u2028-\u202f\u205f-\u206f\u3000\ufeff\\]")
_AS_IT_IS = "/?%!$&'()*+,;=:@-._~"


class Place(Struct, frozen=True):
    """Where a URL leads. `host` as a name server and a certificate know it; `address` where the URL named one itself."""

    scheme: Literal["http", "https"]
    host: str
    port: int
    target: str
    address: Address | None = None

    @property
    def authority(self) -> str:
        """The Host header: the port only where it is not the scheme's own."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _own_port(self.scheme) else f"{host}:{self.port}"


def open_ports(text: str) -> frozenset[int]:
    """The ports of the setting outbound_ports, with those that are always open. Raises Misconfigured."""
    found = [one.strip() for one in text.split(",") if one.strip()]
    if not all(one.isascii() and one.isdigit() and 0 < int(one) < 65536 for one in found):
        raise Misconfigured("outbound_ports is a list of ports, such as 8000, 9443.")
    return PORTS | {int(one) for one in found}


def check_url(url: str, *, allow: Sequence[Network] = (), ports: Container[int] = PORTS) -> str:
    """The URL without the blanks around it, when it may be saved. Raises Refused(field="url"). Names are looked up when they are called."""
    place = read(url.strip(), ports)
    is_here = place.host == "localhost" or place.host.endswith(".localhost")
    address = addresses.canonical("127.0.0.1") if is_here else place.address
    reason = addresses.why_refused(address, allow) if address is not None else ""
    if reason:
        raise _refused(f"{place.host} is {reason}.", "Use an address on the internet, or let the operator add this one to outbound_allow.")
    return url.strip()


def read(url: str, ports: Container[int] = PORTS) -> Place:
    """Raises Refused(field="url") with what to change."""
    if len(url) > LONGEST_URL:
        raise _refused("The URL is too long.", f"Keep it under {LONGEST_URL:,} characters; longer things belong into the body.")
    if blank := _BLANK.search(url):
        name = "a backslash" if blank[0] == "\\" else f"a blank or hidden character (U+{ord(blank[0]):04X})"
        raise _refused(f"The URL holds {name}.", "Take it out, or write it percent-encoded.")
    form = _FORM.fullmatch(url)
    if form is None:
        raise _refused("This is not a web address.", "It begins with https:// or http://.")
    authority = _AUTHORITY.fullmatch(form[2])
    if "@" in form[2]:
        raise _refused("A name or password stands before the host.", "Choose basic sign-in for the target instead.")
    if authority is None:
        raise _refused("The host or port of the URL cannot be read.", "Write it like https://shop.example or https://shop.example:8443.")
    scheme: Literal["http", "https"] = "https" if form[1].lower() == "https" else "http"
    host, address = _host(authority[1])
    port = int(authority[2]) if authority[2] else _own_port(scheme)
    if port not in ports:
        raise _refused(f"Port {port} is not called.", "Open are 80, 443, 8080 and 8443; the operator can add others in outbound_ports.")
    return Place(scheme, host, port, _target(form[3]), address)


def _host(text: str) -> tuple[str, Address | None]:
    if text.startswith("["):
        return _bracketed(text[1:-1])
    host = _in_ascii(text.lower()).removesuffix(".")
    labels = host.split(".")
    if _NUMBER.fullmatch(labels[-1]):
        return _numeric(host)
    if len(host) > 253 or not all(_LABEL.fullmatch(label) for label in labels):
        raise _refused("The host of the URL cannot be read.", "Write a name like shop.example.")
    return host, None


def _bracketed(text: str) -> tuple[str, Address | None]:
    try:
        IPv6Address(text)
        address = addresses.canonical(text)
    except ValueError as error:
        raise _refused("The address in brackets cannot be read.", "Write it like [2001:db8::1], without a zone.") from error
    return str(address), address


def _numeric(host: str) -> tuple[str, Address | None]:
    """A host that ends in a number is an address to every resolver, in forms that people misread: only the plain one is taken."""
    try:
        return host, IPv4Address(host)
    except ValueError as error:
        raise _refused("The host is a number in a form that hides an address.", "Write four numbers, like 192.0.2.10.") from error


def _in_ascii(host: str) -> str:
    if host.isascii():
        return host
    try:
        return idna.encode(host, uts46=True).decode("ascii")
    except idna.IDNAError as error:
        raise _refused("The host holds letters no domain has.", "Write the name as its registry does.") from error


def _target(text: str) -> str:
    """Path and query as they go into the request line: ASCII, with a path."""
    target = quote(text, safe=_AS_IT_IS)
    return target if target.startswith("/") else "/" + target


def _own_port(scheme: str) -> int:
    return 443 if scheme == "https" else 80


def _refused(message: str, hint: str) -> Refused:
    return Refused(message, field="url", hint=hint)
