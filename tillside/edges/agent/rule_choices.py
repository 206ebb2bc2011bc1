"""What the blanks of a rule offer: the facts of a workspace, its people, teams, tags, fields, macros, actions and targets."""

from collections.abc import Mapping, Sequence
from functools import cached_property

from tillside.actions import action as actions
from tillside.actions import form
from tillside.automations import vocabulary
from tillside.automations.vocabulary import Fact
from tillside.conversations.fields import Field
from tillside.edges.agent import channels
from tillside.edges.agent.guard import Visit
from tillside.macros import known
from tillside.macros.known import Known

Pairs = Sequence[tuple[str, str]]
Groups = Sequence[tuple[str, Pairs]]
_WORDS = {
    "states": {"OPEN": "open", "SNOOZED": "snoozed", "CLOSED": "closed"},
    "priorities": {"LOW": "low", "NORMAL": "normal", "HIGH": "high"},
    "senders": {"customer": "the customer", "agent": "an agent", "operator": "an agent"},
    "trust": {"typed": "typed", "signed": "signed", "code": "by a code", "proven": "proven"},
}


class Choices:
    """Read once for a page. `forms`: what each action asks for."""

    def __init__(self, found: Known, currency: str, forms: Mapping[str, Sequence[form.Field]]) -> None:
        self.known, self.currency, self.forms = found, currency, forms

    @cached_property
    def facts(self) -> dict[str, Fact]:
        """What a condition can look at, by path."""
        return {one.path: one for one in [*vocabulary.FACTS, *vocabulary.of_fields(self.known.fields)]}

    @cached_property
    def names(self) -> dict[str, str]:
        """What ids, keys and words of the document are called."""
        said = {f"{kind}.{word}": words for kind, pairs in _WORDS.items() for word, words in pairs.items()}
        said |= {f"channels.{one}": channels.name(one) for fact in vocabulary.FACTS if fact.choices == "channels" for one in fact.among}
        return said | self.known.names

    def field(self, key: str) -> Field | None:
        return next((one for one in self.known.fields if one.key == key), None)

    def values(self, fact: Fact) -> Pairs | None:
        """What a fact can be; None where any words will do."""
        if fact.choices in ("agents", "teams"):
            return self.agents if fact.choices == "agents" else self.teams
        if fact.choices == "tags":
            return self.tags
        if fact.choices == "channels":
            return _apart([(one, channels.name(one)) for one in fact.among])
        words = _WORDS.get(fact.choices, {})
        return [(one, words.get(one, " › ".join(one.split("::")))) for one in fact.among] if fact.among else None

    @cached_property
    def agents(self) -> Pairs:
        return [(one.id, one.name) for one in self.known.agents]

    @cached_property
    def teams(self) -> Pairs:
        return [(one.id, one.name) for one in self.known.teams]

    @cached_property
    def tags(self) -> Pairs:
        return [(one.id, one.name) for one in self.known.tags]

    @cached_property
    def macros(self) -> Pairs:
        return [(one.id, one.name) for one in self.known.macros]

    @cached_property
    def fields(self) -> Pairs:
        return [(one.key, one.name) for one in self.known.fields]

    @cached_property
    def actions(self) -> Pairs:
        return [(one.id, one.name) for one in self.known.actions]

    @cached_property
    def targets(self) -> Pairs:
        return [(one.id, one.name) for one in self.known.targets]


def _apart(pairs: Pairs) -> Pairs:
    """Two that are called the same are told apart by their own word."""
    called = [text for _, text in pairs]
    return [(one, f"{text}, {one.replace('_', ' ')}" if called.count(text) > 1 else text) for one, text in pairs]


async def of(visit: Visit) -> Choices:
    store, home = visit.desk.store, visit.workspace
    forms = {one.id: form.read(one.form) for one in await actions.every(store, home.id, on=True)}
    return Choices(await known.read(store, home.id), home.currency, forms)
