"""Which network address a request came from, believing only the proxies the operator named."""

from functools import lru_cache
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network

from starlette.requests import HTTPConnection
from starlette.types import Scope

from tillside.edges.http import desk

_LOOPBACK_HOSTS = frozenset({"localhost", "127.0.0.1", "::1", "[::1]"})
_FORWARDED = ("x-forwarded-for", "forwarded", "x-real-ip", "via")


def of(connection: HTTPConnection) -> str:
    """The caller's address: the nearest one that is not a trusted proxy. "" when the transport has none."""
    return of_scope(connection.scope, desk.of(connection).settings.trusted_proxies)


def of_scope(scope: Scope, trusted: str) -> str:
    """The same from a bare ASGI scope."""
    near = str(scope["client"][0]) if scope.get("client") else ""
    if not trusted or not is_within(near, trusted):
        return near
    stated = ",".join(value.decode("latin-1") for name, value in scope["headers"] if name == b"x-forwarded-for")
    hops = [hop.strip() for hop in stated.split(",") if hop.strip()]
    return next((hop for hop in reversed(hops) if not is_within(hop, trusted)), hops[0] if hops else near)


def is_loopback(connection: HTTPConnection) -> bool:
    """Whether somebody at this very machine asks, and no proxy stands between: then all three say so."""
    near = connection.client.host if connection.client else ""
    is_passed_on = any(name in connection.headers for name in _FORWARDED)
    return is_within(near, "127.0.0.0/8,::1/128") and connection.url.hostname in _LOOPBACK_HOSTS and not is_passed_on


@lru_cache(maxsize=4096)
def is_within(address: str, networks: str) -> bool:
    """Whether an address lies in one of these networks (CIDR, comma separated)."""
    try:
        here = ip_address(address)
    except ValueError:
        return False
    return any(here in network for network in _parsed(networks))


@lru_cache(maxsize=16)
def _parsed(networks: str) -> tuple[IPv4Network | IPv6Network, ...]:
    return tuple(ip_network(one.strip(), strict=False) for one in networks.split(",") if one.strip())
