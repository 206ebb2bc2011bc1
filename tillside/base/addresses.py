"""Which network addresses the house may call: an explicit list of what is refused, and the networks an operator lets through.

Python's `is_global` is not that list: it takes the NAT64 and 6to4 forms of a cloud's metadata address for the open internet.
"""

import ipaddress
from collections.abc import Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network

from tillside.base.errors import Misconfigured

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

_REFUSED: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("of this machine", ("0.0.0.0/8", "127.0.0.0/8", "::/128", "::1/128")),
    ("of a private network", ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "fc00::/7", "fec0::/10")),
    ("of the link, where clouds keep their metadata", ("169.254.0.0/16", "fe80::/10", "168.63.129.16/32", "192.0.0.0/24")),
    ("of many machines at once", ("224.0.0.0/4", "ff00::/8")),
    (
        "set aside for documents and measurements",
        ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "198.18.0.0/15", "2001:db8::/32", "3fff::/20"),
    ),
    (
        "set aside by the registries",
        ("192.31.196.0/24", "192.52.193.0/24", "192.88.99.0/24", "192.175.48.0/24", "240.0.0.0/4", "2001::/23", "2620:4f:8000::/48"),
    ),
    ("of a translator between networks", ("64:ff9b:1::/48", "2002::/16", "::ffff:0:0:0/96")),
)
REFUSED: tuple[tuple[Network, str], ...] = tuple((ipaddress.ip_network(one), words) for words, ones in _REFUSED for one in ones)
"""Every refused network with the words for it. IANA's special-purpose registries, plus the metadata addresses of clouds."""
_OPEN = ipaddress.ip_network("2000::/3")
"""All of IPv6 that was ever given out; whatever lies outside is refused without being named."""
_MAPPED, _COMPATIBLE = ipaddress.ip_network("::ffff:0:0/96"), ipaddress.ip_network("::/96")
_TRANSLATED, _NAT64 = ipaddress.ip_network("::ffff:0:0:0/96"), ipaddress.ip_network("64:ff9b::/96")
_LOCAL_NAT64 = ipaddress.ip_network("64:ff9b:1::/48")
_NOT_EMBEDDED = (IPv6Address("::"), IPv6Address("::1"))


def networks(text: str) -> tuple[Network, ...]:
    """The networks of a setting, comma separated. Raises Misconfigured."""
    try:
        return tuple(ipaddress.ip_network(one.strip()) for one in text.split(",") if one.strip())
    except ValueError as error:
        raise Misconfigured(f"outbound_allow names no network: {error}. Write it like 10.0.0.0/8, 192.168.1.5/32.") from error


def canonical(text: str) -> Address:
    """An address as it is connected to: IPv4 in IPv6 clothes becomes IPv4. Raises ValueError, also for one with a zone."""
    if "%" in text:
        raise ValueError("an address with a zone belongs to one link")
    address = ipaddress.ip_address(text)
    if isinstance(address, IPv6Address) and address not in _NOT_EMBEDDED and (address in _MAPPED or address in _COMPATIBLE):
        return _low(address)
    return address


def why_refused(address: Address, allow: Sequence[Network] = ()) -> str:
    """Why an address may not be called, as in “an address of a private network”; "" where it may."""
    for one in meanings(address):
        if any(one in network for network in allow):
            continue
        for network, words in REFUSED:
            if one in network:
                return f"an address {words}"
        if isinstance(one, IPv6Address) and one not in _OPEN and one not in _NAT64:
            return "an address outside the open internet"
    return ""


def meanings(address: Address) -> tuple[Address, ...]:
    """Every address this one may stand for on its way: itself where it is routed as it is, and the IPv4 addresses it carries inside."""
    if isinstance(address, IPv4Address):
        return (address,)
    if address in _NOT_EMBEDDED:
        return (address,)
    if address in _MAPPED or address in _COMPATIBLE:
        return (_low(address),)
    if address in _NAT64 or address in _TRANSLATED:
        return (address, _low(address))
    if address in _LOCAL_NAT64:
        return (address, *_carried(address))
    if address.sixtofour is not None:
        return (address, address.sixtofour)
    if address.teredo is not None:
        return (address, *address.teredo)
    return (address,)


def _low(address: IPv6Address) -> IPv4Address:
    return IPv4Address(int(address) & 0xFFFFFFFF)


def _carried(address: IPv6Address) -> tuple[IPv4Address, ...]:
    """A local NAT64 prefix may be 48, 56, 64 or 96 bits long, and each length puts the IPv4 address elsewhere (RFC 6052, 2.2)."""
    octets = address.packed
    places = ((6, 7, 9, 10), (7, 9, 10, 11), (9, 10, 11, 12), (12, 13, 14, 15))
    return tuple(IPv4Address(bytes(octets[place] for place in four)) for four in places)
