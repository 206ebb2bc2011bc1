"""More than three hundred ways to write a URL that leads inside, or that two readers understand differently."""

import ipaddress
from collections.abc import Iterator

from tillside.base.addresses import REFUSED, Address, Network

METADATA = ("169.254.169.254", "169.254.170.2", "192.0.0.192", "100.100.100.200", "168.63.129.16", "fd00:ec2::254", "fe80::a9fe:a9fe")
"""Where clouds answer questions about the machine: AWS, ECS, Oracle, Alibaba, Azure, AWS over IPv6, OpenStack over the link."""

INSIDE = ("127.0.0.1", "10.0.0.5", "172.16.9.1", "192.168.1.1", "169.254.169.254", "192.0.0.192", "0.0.0.0", "100.64.0.1")


def members(network: Network) -> list[Address]:
    """The first, the last and some between."""
    size = network.num_addresses
    return list(dict.fromkeys(network[place] for place in (0, min(1, size - 1), size // 3, size // 2, size - 1)))


def refused_addresses() -> Iterator[Address]:
    for network, _ in REFUSED:
        yield from members(network)


def clothed(inner: str) -> Iterator[str]:
    """The same IPv4 address in every IPv6 form that carries one."""
    address = ipaddress.IPv4Address(inner)
    number, (a, b, c, d) = int(address), address.packed
    high, low = f"{number >> 16:x}", f"{number & 0xFFFF:x}"
    yield f"::ffff:{inner}"
    yield f"::FFFF:{high}:{low}"
    yield f"0:0:0:0:0:ffff:{inner}"
    yield f"::{inner}"
    yield f"::ffff:0:{inner}"
    yield f"64:ff9b::{inner}"
    yield f"64:ff9b::{high}:{low}"
    yield f"64:ff9b:1::{inner}"
    yield f"64:ff9b:1:{high}:{c:x}:{d:02x}00::"
    yield f"2002:{high}:{low}::"
    yield f"2002:{high}:{low}::1"
    yield f"2001:0:{high}:{low}::1"
    yield f"2001:0:808:808:0:0:{(number >> 16) ^ 0xFFFF:x}:{(number & 0xFFFF) ^ 0xFFFF:x}"
    yield f"2001::{a}.{b}.{c}.{d}"


def numbers(inner: str) -> Iterator[str]:
    """The same IPv4 address as resolvers of old understand it."""
    number, (a, b, c, d) = int(ipaddress.IPv4Address(inner)), ipaddress.IPv4Address(inner).packed
    yield str(number)
    yield f"0x{number:x}"
    yield f"0X{number:X}"
    yield f"0{number:o}"
    yield f"{a}.{(b << 16) + (c << 8) + d}"
    yield f"{a}.{b}.{(c << 8) + d}"
    yield f"0x{a:x}.0x{b:x}.0x{c:x}.0x{d:x}"
    yield f"0{a:o}.0{b:o}.0{c:o}.0{d:o}"
    yield f"0x{a:x}.{b}.{c}.{d}"
    yield f"{a}.{b}.{c}.0{d:o}"
    yield f"00{a:o}.{b}.{c}.{d}"
    yield f"{a}.{b}.{c}.0x{d:x}"
    yield f"{a}.{b}.{c}.{d}."


def dotted(inner: str) -> Iterator[str]:
    """With dots and digits of other scripts, which name preparation turns into plain ones."""
    yield inner.replace(".", "。")
    yield inner.replace(".", "．")
    yield inner.replace(".", "｡")
    yield inner.replace(".", "。", 1)
    yield "".join(chr(0xFF10 + int(one)) if one.isdigit() else one for one in inner)
    yield "".join("⓪①②③④⑤⑥⑦⑧⑨"[int(one)] if one.isdigit() else one for one in inner)
    yield inner.replace(".", ".\u00ad")
    yield inner.replace(".", "%2e")
    yield "".join(f"%{ord(one):02x}" for one in inner)


def hosts() -> Iterator[str]:
    for inner in INSIDE:
        yield inner
        yield from numbers(inner)
        yield from dotted(inner)
        yield from (f"[{one}]" for one in clothed(inner))
    for address in refused_addresses():
        yield f"[{address}]" if address.version == 6 else str(address)
    yield from (f"[{one}]" if ":" in one else one for one in METADATA)
    yield from ("127.1", "127.0.1", "127.000.000.001", "0", "0.0", "127.127", "0x7f.1", "017700000001", "127.0.0.1.", "127.0.0.1..", "[::]")
    yield from (
        "[::1]",
        "[0:0:0:0:0:0:0:1]",
        "[::0001]",
        "[::1%25lo]",
        "[::1%lo]",
        "[fe80::1%25eth0]",
        "[::1",
        "::1",
        "[127.0.0.1]",
        "[]",
        "[::g]",
    )
    yield from ("localhost", "LOCALHOST", "localhost.", "a.localhost", "ｌｏｃａｌｈｏｓｔ", "loca\u00adlhost", "loc%61lhost", "ⓛocalhost")


def urls(port: int) -> Iterator[str]:
    """Every form, aimed at a canary's port where it names one."""
    for host in hosts():
        yield f"http://{host}:{port}/canary"
    for host in ("127.0.0.1", "[::1]", "localhost", "169.254.169.254", "2130706433"):
        yield f"https://{host}:{port}/canary"
        yield f"HTTP://{host}:{port}"
        yield f"http://{host}:{port}?x"
        yield f"http://{host}:{port}#x"
        yield f" http://{host}:{port}/ "
        yield f"http://{host}/"
        yield f"http://{host}:/"
    yield from two_hosts(port)
    yield from no_url(port)


def two_hosts(port: int) -> Iterator[str]:
    """Where one reader sees another host than the next."""
    here = f"127.0.0.1:{port}"
    yield from (f"http://shop.example@{here}/", f"http://shop.example:x@{here}/", f"http://{here}@shop.example/", f"http://@{here}/")
    yield from (
        f"http://shop.example#@{here}/",
        f"http://shop.example?@{here}/",
        f"http://shop.example\\@{here}/",
        f"http://{here}\\@shop.example/",
    )
    yield from (f"http://shop.example%00@{here}/", f"http://{here}%2f@shop.example/", f"http://shop.example%23@{here}/", f"http://a@b@{here}/")


def no_url(port: int) -> Iterator[str]:
    """What is no URL of ours, or hardly one."""
    here = f"127.0.0.1:{port}"
    yield from (f"http:{here}/", f"http:/{here}/", f"http:///{here}/", f"http:\\\\{here}\\", f"//{here}/", f"\\\\{here}\\", f"{here}/", here)
    yield from (f"http://{here}\t/", f"ht\ntp://{here}/", f"http://127.0.0.1\r\n:{port}/", f"http://{here}\0/", f"\u200bhttp://{here}/")
    yield from (
        f"http://127.0.0.1 :{port}/",
        f"http://127.0.0.1:{port}{port}/",
        "http://127.0.0.1:0/",
        "http://127.0.0.1:65536/",
        "http://127.0.0.1:-1/",
    )
    yield from (
        f"http://127.0.0.1:0x{port:x}/",
        f"http://127.0.0.1:+{port}/",
        f"http://127.0.0.1:{port} /",
        "http://127.0.0.1:８０/",
        "http://:80/",
    )
    for scheme in (
        "file",
        "ftp",
        "gopher",
        "dict",
        "ldap",
        "tftp",
        "jar",
        "unix",
        "http+unix",
        "httpx",
        "ws",
        "data",
        "javascript",
        "ssh",
        "netdoc",
        "phar",
    ):
        yield f"{scheme}://{here}/"
    yield from (
        "file:///etc/passwd",
        "unix:/run/docker.sock",
        "http+unix://%2Frun%2Fdocker.sock/info",
        "data:text/plain,x",
        "about:blank",
        "",
        "http://",
    )
    yield from (
        f"http://{host}/"
        for host in (".", "..", "a..b", "-a.example", "a-.example", "a" * 64 + ".example", "a." * 127 + "example", "a,b", "a;b", "*")
    )
    yield from (
        "http://" + "a" * 9000 + ".example/",
        "http://shop.example/" + "x" * 9000,
        "http://xn--/",
        "http://xn--a.example/",
        "http://\ud800.example/",
    )
    for inner in (22, 23, 25, 53, 110, 143, 389, 465, 587, 2375, 3306, 5432, 6379, 8000, 9200, 11211, 27017):
        yield f"http://shop.example:{inner}/"
