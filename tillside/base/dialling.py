"""From the host of a URL to an open line: one look-up, every answer checked, and only a checked address connected to."""

import asyncio
import hashlib
import os
import socket
import ssl
import threading
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress

from tillside.base import addresses
from tillside.base.addresses import Address, Network
from tillside.base.errors import Refused
from tillside.base.lines import Failure, Line
from tillside.base.urls import Place

Resolve = Callable[[str, int], Awaitable[Sequence[str]]]

MOST_ADDRESSES, MOST_LOOKUPS, MOST_CONTEXTS = 4, 64, 64


class Dialler:
    """`ca`: certificates (PEM) of the authorities that are believed instead of the system's; each call may bring its own."""

    def __init__(self, *, allow: Sequence[Network], connect_seconds: float, resolve: Resolve | None) -> None:
        self._allow, self._seconds = tuple(allow), connect_seconds
        self._resolve = resolve or Lookups().ask
        self._contexts: dict[str, ssl.SSLContext] = {}

    async def dial(self, place: Place, *, ca: str) -> Line:
        """A new line. Raises Failure, after `connect_seconds` at the latest."""
        try:
            async with asyncio.timeout(self._seconds):
                context = self._context(ca) if place.scheme == "https" else None
                return await self._connected(place, await self._vetted(place), context)
        except TimeoutError:
            raise Failure(f"{place.host} could not be reached within {self._seconds:g} seconds.", code="timeout") from None

    async def _vetted(self, place: Place) -> list[Address]:
        """Every address of the host, looked up once and all of them allowed: one that is not spoils the others too."""
        found = [place.address] if place.address is not None else await self._found(place)
        for address in found:
            if reason := addresses.why_refused(address, self._allow):
                raise Failure(f"{place.host} is {reason}.", code="refused_address", is_permanent=place.address is not None)
        return list(dict.fromkeys(found))[:MOST_ADDRESSES]

    async def _found(self, place: Place) -> list[Address]:
        try:
            found = [addresses.canonical(one) for one in await self._resolve(place.host, place.port)]
        except OSError:
            raise Failure(f"The name {place.host} cannot be found.", code="dns") from None
        except ValueError:
            raise Failure(f"{place.host} is an address that cannot be read.", code="refused_address") from None
        if not found:
            raise Failure(f"The name {place.host} has no address.", code="dns")
        return found

    async def _connected(self, place: Place, found: Sequence[Address], context: ssl.SSLContext | None) -> Line:
        """The first address that takes us; all but the last get a share of the time only, since a network may swallow one family."""
        for address in found[:-1]:
            with suppress(OSError):  # a timeout is one too
                async with asyncio.timeout(self._seconds / len(found)):
                    return await self._called(place, address, context)
        return await self._called_last(place, found[-1], context)

    async def _called_last(self, place: Place, address: Address, context: ssl.SSLContext | None) -> Line:
        try:
            return await self._called(place, address, context)
        except ssl.SSLError as error:
            raise Failure(f"{place.host}: {_certificate(error)}", code="tls") from None
        except TimeoutError:
            raise
        except OSError as error:
            if context is not None and isinstance(error, ConnectionResetError):
                raise Failure(f"{place.host} hung up while the secure connection was made. {_TOO_OLD}", code="tls") from None
            words = os.strerror(error.errno) if error.errno else "it hung up"
            raise Failure(f"{place.host} cannot be connected to: {words.lower()}.", code="connect") from None

    async def _called(self, place: Place, address: Address, context: ssl.SSLContext | None) -> Line:
        loop, line = asyncio.get_running_loop(), Line()
        if context is None:
            await loop.create_connection(lambda: line, str(address), place.port)
        else:
            await loop.create_connection(lambda: line, str(address), place.port, ssl=context, server_hostname=place.host)
        if addresses.canonical(line.peer) != address:
            line.drop()
            raise Failure(f"{place.host} was answered by another address than its own.", code="refused_address")
        return line

    def _context(self, ca: str) -> ssl.SSLContext:
        key = hashlib.sha256(ca.encode()).hexdigest()
        if key not in self._contexts:
            if len(self._contexts) >= MOST_CONTEXTS:
                del self._contexts[next(iter(self._contexts))]
            try:
                self._contexts[key] = _trusting(ca)
            except (ssl.SSLError, ValueError):
                raise Failure("The target's CA is not a certificate in PEM form.", code="tls", is_permanent=True) from None
        return self._contexts[key]


class Lookups:
    """The system's resolver, in threads of its own: names nobody answers for must not hold the threads that everything else waits for.

    A thread cannot be stopped; it is a daemon, so that a stop of the desk does not wait for it. Those who ask for the same name share it.
    """

    def __init__(self) -> None:
        self._asking: dict[str, asyncio.Task[list[str] | OSError]] = {}
        self._room = asyncio.Semaphore(MOST_LOOKUPS)

    async def ask(self, host: str, port: int) -> list[str]:
        """Every address of a name. Raises OSError."""
        if host not in self._asking:
            self._asking[host] = asyncio.create_task(self._look_up(host, port))
        found = await asyncio.shield(self._asking[host])
        if isinstance(found, OSError):
            raise found
        return found

    async def _look_up(self, host: str, port: int) -> list[str] | OSError:
        try:
            async with self._room:
                loop = asyncio.get_running_loop()
                found: asyncio.Future[list[str] | OSError] = loop.create_future()
                threading.Thread(target=_look_up, args=(host, port, loop, found), daemon=True).start()
                return await found
        finally:
            del self._asking[host]


def check_ca(pem: str) -> str:
    """The certificates, when they can be used. Raises Refused(field="ca")."""
    try:
        _trusting(pem)
    except (ssl.SSLError, ValueError) as error:
        hint = "Paste everything from BEGIN CERTIFICATE to END CERTIFICATE."
        raise Refused("This is not a certificate in PEM form.", field="ca", hint=hint) from error
    return pem


def _trusting(ca: str) -> ssl.SSLContext:
    """Always verifying host and chain, TLS 1.2 at least. A CA that was given is believed alone, not beside those of the system."""
    if not ca.isascii():
        raise ValueError("PEM is ASCII")
    context = ssl.create_default_context(cadata=ca or None)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_alpn_protocols(["http/1.1"])
    return context


def _look_up(host: str, port: int, loop: asyncio.AbstractEventLoop, found: asyncio.Future[list[str] | OSError]) -> None:
    answer: list[str] | OSError
    try:
        answer = [str(one[4][0]) for one in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
    except OSError as error:
        answer = error
    except UnicodeError:
        answer = OSError("not a name")
    with suppress(RuntimeError):  # the loop has ended meanwhile
        loop.call_soon_threadsafe(lambda: None if found.done() else found.set_result(answer))


def _certificate(error: ssl.SSLError) -> str:
    """Why no secure connection came about, in our own words."""
    if not isinstance(error, ssl.SSLCertVerificationError):
        return f"No secure connection came about. {_TOO_OLD}"
    return _UNTRUSTED.get(error.verify_code, f"Its certificate cannot be verified (OpenSSL code {error.verify_code}).")


_TOO_OLD = "It has to speak TLS 1.2 or newer on this port."
_UNKNOWN_CA = (
    "Its certificate comes from an authority that is not known here. If that is meant, give the authority's certificate as the target's CA."
)
_UNTRUSTED = {
    9: "Its certificate is not valid yet.",
    10: "Its certificate has expired.",
    18: "Its certificate is signed by itself. If that is meant, give it as the target's CA.",
    19: _UNKNOWN_CA,
    20: _UNKNOWN_CA,
    21: "Its certificate comes without those that lead to a known authority.",
    62: "Its certificate is for another host.",
    64: "Its certificate is for another address.",
}
