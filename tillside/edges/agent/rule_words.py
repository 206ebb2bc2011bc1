"""A rule read aloud: "When a customer writes, if the subject contains any of “bent” or “torn”, then add tag damaged." Pure."""

from collections.abc import Mapping, Sequence
from typing import Final

from tillside.automations import vocabulary
from tillside.automations.conditions import Condition
from tillside.automations.terms import Terms
from tillside.automations.vocabulary import Fact, OperatorWord

LEADS: Final = {"Customer": "the customer’s ", "Order": "the order’s ", "Event": "the event’s "}
FACTS: Final = {
    "ticket.from": "the address it was written from",
    "ticket.createdAt": "the day it began",
    "ticket.ratingComment": "the comment of the rating",
    "conversation.waitingMinutes": "the minutes the customer has waited",
    "conversation.isFirstMessage": "it is the customer’s first message",
    "customer.email": "the customer’s e-mail",
    "customer.ltv": "what the customer spent altogether",
    "customer.trust": "how far the customer is known",
    "order.createdAt": "the day the order was placed",
}
"""What does not read as "the …" of its group."""
OPERATORS: Final = {
    "within_days": "is within the last",
    "not_within_days": "is not within the last",
}
"""How some operators are said in the sentence, where the table's word is made for a list."""
OPEN: Final = {
    "event.properties.": ("Event", "a value of the event"),
    "order.": ("Order", "another field of the order"),
    "customer.": ("Customer", "another field of the customer"),
}
"""What can be looked at by a name of the shop's own: the beginning of its path, the group it stands in, and what it is called."""
_SHOWN = 6


def aloud(terms: Terms, names: Mapping[str, str], facts: Mapping[str, Fact]) -> str:
    """The whole rule as one sentence. `names`: what ids and keys are called; `facts`: what can be looked at, by path."""
    when = either([lower(vocabulary.trigger_said(one, names)) for one in terms.when]) or "something happens"
    blocks = [" and ".join(condition(row, names, facts) for row in block) for block in terms.blocks if block]
    asked = f", if {' – or if '.join(blocks)}" if blocks else ""
    steps = [lower(vocabulary.doing_said(one, names)) for one in terms.steps]
    done = f", then {', then '.join(steps)}" if steps else ""
    return f"When {when}{asked}{done}.{' No rule below it runs.' if terms.stops else ''}"


def clauses(terms: Terms, names: Mapping[str, str], facts: Mapping[str, Fact]) -> list[tuple[str, list[str]]]:
    """The same clause by clause, line by line, for a page that is only read."""
    asked = [("" if not at else "or ") + " and ".join(condition(row, names, facts) for row in block) for at, block in enumerate(terms.blocks)]
    steps = [f"{at}. {lower(vocabulary.doing_said(one, names))}" for at, one in enumerate(terms.steps, start=1)]
    return [
        ("When", [lower(vocabulary.trigger_said(one, names)) for one in terms.when]),
        ("If", asked or ["nothing more is asked"]),
        ("Do", steps),
        ("Then", ["skip every rule below it" if terms.stops else "go on with the next rule"]),
    ]


def condition(row: Condition, names: Mapping[str, str], facts: Mapping[str, Fact]) -> str:
    """One condition as it stands in the sentence: the subject contains any of “bent” or “torn”."""
    asked = vocabulary.OPERATOR.get(row.operator)
    known = facts.get(row.path) or opened(row.path)
    what = fact(known) if known else row.path
    if asked is None:
        return what
    if is_claim(known) and asked.word in ("is_true", "is_false"):
        return what if asked.word == "is_true" else f"it is not so that {what}"
    said = f"{what} {operator(asked.word)}"
    if asked.takes == "nothing":
        return said
    value = row.value if isinstance(row.value, list) else [row.value]
    marks = "“{}”" if asked.takes == "words" and not (known and known.choices) else "{}"
    words = either([marks.format(value_of(str(one), known, names)) for one in value if one not in (None, "")])
    return f"{said} {words or '…'}{' days' if asked.takes == 'days' else ''}"


def fact(one: Fact) -> str:
    """What is looked at, with its article: the subject, the order’s status, it has a file."""
    if one.path in FACTS:
        return FACTS[one.path]
    if is_claim(one):
        owner = f"the {one.group.lower()} " if one.group in ("Order", "Event", "Message") else ""
        return owner + one.label.removeprefix("It ") if owner else lower(one.label)
    lead = LEADS.get(one.group, "the ")
    return lead + lower(one.label)


def opened(path: str) -> Fact | None:
    """Something of the shop's own, by its path."""
    lead = next((lead for lead in OPEN if path.startswith(lead) and len(path) > len(lead)), None)
    return Fact(path, path[len(lead) :], "text", OPEN[lead][0]) if lead else None


def asked(one: Fact, *, is_open: bool = False) -> list[OperatorWord]:
    """What can be asked of a fact; levels only where there are some, nothing about emptiness where there is always something. Of
    something of the shop's own nobody knows what it is: it is asked as text and as a number."""
    is_nested = any("::" in each for each in one.among)
    is_always = one.choices in ("channels", "states", "priorities", "senders", "trust")
    sizes = [each for each in vocabulary.operators("number") if each.word in ("less", "at_most", "more", "at_least")] if is_open else []
    return [
        each
        for each in [*vocabulary.operators(one.shape), *sizes]
        if (is_nested or not each.word.endswith("_under")) and not (is_always and each.word.endswith("_empty"))
    ]


def is_claim(one: Fact | None) -> bool:
    """Whether it is a sentence of its own that holds or does not: we are open. A field with yes or no is none."""
    return one is not None and one.shape == "bool" and one.group != "Fields"


def operator(word: str, known: Fact | None = None) -> str:
    if is_claim(known):
        return "is true" if word == "is_true" else "is not true"
    return OPERATORS.get(word) or vocabulary.OPERATOR[word].label


def value_of(said: str, known: Fact | None, names: Mapping[str, str]) -> str:
    """A value as people call it: an agent's name for the id, "E-mail" for the channel."""
    if known and known.choices in ("states", "priorities", "senders", "channels", "trust"):
        return names.get(f"{known.choices}.{said}", said.lower())
    return names.get(said) or " › ".join(said.split("::"))


def either(said: Sequence[str]) -> str:
    shown = [*said[:_SHOWN], *([f"{len(said) - _SHOWN} more"] if len(said) > _SHOWN else [])]
    return " or ".join(shown)


def lower(text: str) -> str:
    """The first letter small, as within a sentence; an abbreviation stays."""
    return text[:1].lower() + text[1:] if text[1:2].islower() or text[1:2] == " " else text
