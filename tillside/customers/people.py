"""The people a batch of events speaks of, in memory: read in a few queries, changed by identity.py, written back in a few more."""

from collections.abc import Iterable
from typing import Any

import msgspec
from msgspec import Struct

from tillside.base import stamps
from tillside.base.trust import Trust
from tillside.customers import profile as profiles
from tillside.customers.profile import Profile
from tillside.customers.sketch import Sketch
from tillside.events import registers
from tillside.events.registers import Writer
from tillside.storage.database import Transaction

Handle = tuple[str, str, str, int]
"""What names somebody: (value, kind, scope, tier). Ids and browsers are scoped by connector; tier 0 is typed, 1 vouched for."""

_IDENTIFIERS = """
select value, kind, scope, tier, profile_id, trust, source, since from identifier
where workspace_id = :workspace_id and value in {list:values}
"""
_PROFILES = f"select {profiles.COLUMNS} from profile where workspace_id = :workspace_id and id in {{list:ids}}"
_MEMBERS = f"select {profiles.COLUMNS} from profile where workspace_id = :workspace_id and into_id in {{list:ids}}"
_MERGES = """
select id, from_id, into_id, reason, trust, event_id, at, undone_at from merge
where workspace_id = :workspace_id and from_id in {list:ids} and undone_at is null
"""
_PUT_IDENTIFIER = """
insert into identifier (workspace_id, value, kind, scope, tier, profile_id, trust, source, since)
values (:workspace_id, :value, :kind, :scope, :tier, :profile_id, :trust, :source, :since)
on conflict (workspace_id, value, kind, scope, tier) do update set trust = excluded.trust, source = excluded.source
"""
_PUT_MERGE = """
insert into merge (workspace_id, id, from_id, into_id, reason, trust, event_id, at, undone_at)
values (:workspace_id, :id, :from_id, :into_id, :reason, :trust, :event_id, :at, :undone_at)
on conflict (workspace_id, id) do update set undone_at = excluded.undone_at
"""
_PUT_WORD = "insert into profile_word (workspace_id, word, profile_id) values (:workspace_id, :word, :profile_id) on conflict do nothing"

_DROP_WORD = "delete from profile_word where workspace_id = :workspace_id and word = :word and profile_id = :profile_id"


class Identifier(Struct):
    """Who holds a handle, how far that is vouched for, and since which event."""

    profile_id: str
    trust: int
    source: str
    since: int


class Merge(Struct):
    """One profile pointed at another, with the reason people read; `undone_at` when it was taken back."""

    id: str
    from_id: str
    into_id: str
    reason: str
    trust: int
    event_id: int
    at: int
    undone_at: int | None = None


class People:
    """One workspace's people during one batch."""

    def __init__(self, workspace_id: int) -> None:
        self.workspace_id = workspace_id
        self.profiles: dict[str, Profile] = {}
        self.identifiers: dict[Handle, Identifier] = {}
        self.merges: dict[str, Merge] = {}
        self._changed: set[str] = set()
        self._new_identifiers: set[Handle] = set()
        self._new_merges: list[Merge] = []
        self._retold: set[str] = set()
        self._founded: set[str] = set()
        self._words: dict[str, frozenset[str]] = {}
        self._sketched: dict[str, list[str]] = {}

    async def load(self, tx: Transaction, handles: Iterable[Handle], profile_ids: Iterable[str] = ()) -> None:
        """Bring in who holds these handles, whom they were merged into, and the merges by which."""
        values = sorted({handle[0] for handle in handles})
        if values:
            for row in await tx.read(_IDENTIFIERS, workspace_id=self.workspace_id, values=values):
                self.identifiers.setdefault((row[0], row[1], row[2], row[3]), Identifier(*row[4:]))
        wanted = {identifier.profile_id for identifier in self.identifiers.values()} | set(profile_ids)
        await self.load_profiles(tx, wanted)
        joined = sorted(one.id for one in self.profiles.values() if one.into_id)
        if joined:
            for row in await tx.read(_MERGES, workspace_id=self.workspace_id, ids=joined):
                self.merges.setdefault(row[1], Merge(*row))

    async def load_profiles(self, tx: Transaction, ids: Iterable[str]) -> None:
        """Bring in profiles and, step by step, everything they were merged into."""
        missing = sorted(set(ids) - self.profiles.keys())
        while missing:
            found = [Profile.from_row(row) for row in await tx.read(_PROFILES, workspace_id=self.workspace_id, ids=missing)]
            for one in found:
                self._keep(one)
            missing = sorted({one.into_id for one in found if one.into_id} - self.profiles.keys())

    def _keep(self, one: Profile) -> None:
        """Take a stored profile in, unless it is here already; the words it is found by until now are those of its columns."""
        if one.id not in self.profiles:
            self.profiles[one.id] = one
            self._words[one.id] = frozenset(profiles.words(one))

    def root(self, profile_id: str) -> Profile:
        """The profile people see: the end of the line of merges."""
        one = self.profiles[profile_id]
        while one.into_id is not None:
            one = self.profiles[one.into_id]
        return one

    def holder(self, handle: Handle) -> Profile | None:
        """The profile that holds a handle itself, merged or not."""
        identifier = self.identifiers.get(handle)
        return self.profiles[identifier.profile_id] if identifier else None

    def found(self, handle: Handle, *, at: int, event_id: int) -> Profile:
        """A new profile named by its first handle. Its id follows from the event, so that a replay gives the same."""
        one = profiles.fresh(self.workspace_id, stamps.derived_id("cus", at, self.workspace_id, event_id, *handle), at)
        self.profiles[one.id] = one
        self._founded.add(one.id)
        self._changed.add(one.id)
        return one

    def began(self, handle: Handle, sketch: Sketch, *, at: int, event_id: int) -> Profile:
        """A new customer, as sketched for the event that names them first. As `found` otherwise."""
        one_id = stamps.derived_id("cus", at, self.workspace_id, event_id, *handle)
        name, email, phone, place, seen_at, doc, words = sketch
        one = Profile(self.workspace_id, one_id, None, profiles.CUSTOMER, name, email, phone, place, seen_at, seen_at, doc)
        self.profiles[one_id] = one
        self._founded.add(one_id)
        self._changed.add(one_id)
        self._sketched[one_id] = words
        return one

    def hold(self, handle: Handle, one: Profile, *, trust: Trust, source: str, event_id: int) -> None:
        """Let a profile hold a free handle; or raise how far a handle it holds already is vouched for."""
        known = self.identifiers.get(handle)
        if known is None:
            self.identifiers[handle] = Identifier(one.id, int(trust), source, event_id)
        elif known.trust < trust:
            known.trust, known.source = int(trust), source
        else:
            return
        self._new_identifiers.add(handle)

    def merge(self, one: Profile, into: Profile, reason: str, *, trust: Trust, event_id: int, at: int) -> None:
        """Point a root at another root. The caller has checked that trust allows it."""
        one.into_id = into.id
        merge = Merge(stamps.derived_id("mrg", at, event_id, one.id, into.id), one.id, into.id, reason, int(trust), event_id, at)
        self.merges[one.id] = merge
        self._new_merges.append(merge)
        self._changed |= {one.id, into.id}
        self._retold.add(one.id)

    def part(self, one: Profile, *, at: int) -> None:
        """Take a merge back: the profile stands for itself again."""
        merge = self.merges.pop(one.id, None)
        if merge is not None:
            merge.undone_at = at
            self._new_merges.append(merge)
        if one.into_id is not None:
            self._retold.add(one.into_id)
        one.into_id = None
        self._changed.add(one.id)
        self._retold.add(one.id)

    def saw(self, one: Profile, at: int) -> None:
        """Somebody was here: on the profile and on the one people see."""
        own = one.known.seen
        if own is not None and own[0] <= at <= own[1]:
            return
        one.known.seen = (min(at, own[0]), max(at, own[1])) if own else (at, at)
        root = self.root(one.id)
        if own is None:
            self._retold.add(one.id)
        else:
            for shown in (one, root):
                shown.first_seen_at, shown.last_seen_at = min(at, shown.first_seen_at), max(at, shown.last_seen_at)
        self._changed |= {one.id, root.id}

    def become_customer(self, one: Profile) -> None:
        if not one.known.is_customer:
            one.known.is_customer = True
            root = self.root(one.id)
            one.kind = root.kind = profiles.CUSTOMER
            self._changed |= {one.id, root.id}

    def state(self, one: Profile, traits: dict[str, Any], *, trust: Trust, writer: Writer) -> None:
        """Join traits said of somebody, at the trust they were said with."""
        if traits and registers.write(one.known.traits.setdefault(str(int(trust)), {}), writer, traits):
            self._retold.add(one.id)
        if traits:
            self._changed.add(one.id)

    async def held_of(self, tx: Transaction, root: Profile) -> dict[str, Any]:
        """What lower trust said of somebody, and of all that was merged into them, and is kept back."""
        together: registers.Document = {}
        for member in (await self._groups(tx, {root.id}))[root.id]:
            together = registers.join_documents(together, member.known.traits)
        return {name: value for name, (value, _) in registers.held(together).items()}

    def touch(self, one: Profile) -> None:
        self._changed.add(one.id)

    async def flush(self, tx: Transaction) -> None:
        """Write back everything that changed."""
        await self._retell(tx)
        await tx.many(profiles.UPSERT, [self.profiles[profile_id].row() for profile_id in sorted(self._changed)])
        await tx.many(
            _PUT_IDENTIFIER,
            [(self.workspace_id, *handle, *msgspec.structs.astuple(self.identifiers[handle])) for handle in sorted(self._new_identifiers)],
        )
        await tx.many(_PUT_MERGE, [(self.workspace_id, *msgspec.structs.astuple(merge)) for merge in self._new_merges])

    async def _retell(self, tx: Transaction) -> None:
        """Draw the columns of lists anew for every profile people see whose traits changed, with all that was merged into it."""
        roots = {self.root(profile_id).id for profile_id in self._retold}
        for root, members in (await self._groups(tx, roots)).items():
            profiles.show(self.profiles[root], members)
            self._changed.add(root)
        merged = {profile_id for profile_id in self._changed if self.profiles[profile_id].into_id is not None}
        for profile_id in merged:  # it tells its own share only, whether it was ever shown by itself before or not
            profiles.show(self.profiles[profile_id], [self.profiles[profile_id]])
        await self._rewrite_words(tx, sorted(roots | merged))

    async def _rewrite_words(self, tx: Transaction, ids: list[str]) -> None:
        """The words each is found by are those of its columns now: what it was called before finds it no longer."""
        gone: list[tuple[object, ...]] = []
        fresh: list[tuple[object, ...]] = []
        for profile_id in ids:
            before, after = self._words.get(profile_id, frozenset()), frozenset(profiles.words(self.profiles[profile_id]))
            gone += [(self.workspace_id, word, profile_id) for word in sorted(before - after)]
            fresh += [(self.workspace_id, word, profile_id) for word in sorted(after - before)]
            self._words[profile_id] = after
            self._sketched.pop(profile_id, None)
        for profile_id, words in self._sketched.items():  # nothing was said of them since
            fresh += [(self.workspace_id, word, profile_id) for word in words]
        await tx.many(_DROP_WORD, gone)
        await tx.many(_PUT_WORD, fresh)

    async def _groups(self, tx: Transaction, roots: set[str]) -> dict[str, list[Profile]]:
        """Each root with everything merged into it, over any number of steps. One founded in this batch needs no query."""
        groups = {root: [self.profiles[root]] for root in sorted(roots)}
        belongs = {root: root for root in roots}
        level = set(roots)
        while level:
            stored = sorted(level - self._founded)
            rows = await tx.read(_MEMBERS, workspace_id=self.workspace_id, ids=stored) if stored else []
            for row in rows:
                self._keep(Profile.from_row(row))
            found = [one for one in self.profiles.values() if one.into_id in level and one.id not in belongs]
            for one in found:
                belongs[one.id] = belongs[str(one.into_id)]
                groups[belongs[one.id]].append(one)
            level = {one.id for one in found}
        return groups
