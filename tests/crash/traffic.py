"""Everybody who calls while the database comes and goes: shops, programs with a REST key, people at their screens, monitors."""

import itertools
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import httpx

_NUMBERS = itertools.count(1)
LATER = "503 later"


class Caller(NamedTuple):
    """One kind of request. `writes`: it cannot be answered while nobody may write."""

    name: str
    method: str
    path: str
    headers: Mapping[str, str] = {}
    body: Callable[[str], Any] | None = None
    writes: bool = False
    is_form: bool = False

    def send(self, client: httpx.Client) -> httpx.Response:
        number = str(next(_NUMBERS))
        filled = self.body(number) if self.body else None
        given = {"data": filled} if self.is_form else {"json": filled} if filled is not None else {}
        return client.request(self.method, self.path.replace("NUMBER", number), headers=dict(self.headers), **given)


class Traffic:
    """All callers at once, each in threads of its own, until told to stop."""

    def __init__(self, url: str, callers: list[Caller], *, threads: int = 2) -> None:
        self._url = url
        self._ending = threading.Event()
        self._counts: dict[str, Counter[str]] = {one.name: Counter() for one in callers}
        self.wrong: list[str] = []
        self._threads = [threading.Thread(target=self._call, args=(one,)) for one in callers for _ in range(threads)]

    def __enter__(self) -> "Traffic":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ending.set()
        for thread in self._threads:
            thread.join()

    def count(self, name: str, outcome: str) -> int:
        return self._counts[name][outcome]

    def wait_for(self, outcome: str, names: list[str], *, more: int = 3, within: float = 60) -> None:
        """Until each of these callers has had this outcome some more times."""
        before = {name: self.count(name, outcome) for name in names}
        until = time.monotonic() + within
        while waiting := [name for name in names if self.count(name, outcome) < before[name] + more]:
            assert not self.wrong, self.wrong[:3]
            assert time.monotonic() < until, f"{waiting} never heard {outcome!r}: {self._counts}"
            time.sleep(0.01)

    def _call(self, caller: Caller) -> None:
        counts = self._counts[caller.name]
        with httpx.Client(base_url=self._url, trust_env=False, timeout=60) as client:
            while not self._ending.is_set():
                try:
                    answer = caller.send(client)
                except httpx.TransportError as error:
                    self.wrong.append(f"{caller.name}: no answer, {error!r}")
                    return
                counts[self._outcome(caller, answer)] += 1
                time.sleep(0.002)

    def _outcome(self, caller: Caller, answer: httpx.Response) -> str:
        """What an answer comes to; one that tells the sender neither yes nor when to come again is written down."""
        if answer.status_code == 503 and answer.headers.get("retry-after", "").isdigit():
            return LATER
        if answer.status_code in (200, 201, 202):  # 202: stored, while the projector is behind
            return "answered"
        self.wrong.append(f"{caller.name}: {answer.status_code} {dict(answer.headers)} {answer.text[:300]}")
        return "wrong"
