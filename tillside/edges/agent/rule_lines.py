"""The rows of a rule as lines of the page: words and blanks in the order in which they are read. Pure; the templates only lay them out."""

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from msgspec import Struct

from tillside.actions import form, items
from tillside.automations import vocabulary
from tillside.automations.vocabulary import Fact
from tillside.edges.agent import rule_words
from tillside.edges.agent.rule_blanks import Problem, Problems
from tillside.edges.agent.rule_choices import Choices, Groups, Pairs
from tillside.edges.agent.rule_form import Draft, Row
from tillside.edges.agent.rule_terms import TRIGGERS

UNITS: Pairs = (("minute", "minutes"), ("hour", "hours"), ("day", "days"))
PRIORITIES: Pairs = (("", "choose"), ("1", "high"), ("0", "normal"), ("-1", "low"))
DOINGS: Groups = (
    ("Who", (("assign_by", "assign by turns"), ("assign", "assign to"), ("team", "hand over to the team"))),
    ("Labels", (("tag", "add the tag"), ("untag", "take off the tag"), ("priority", "set the priority to"), ("field", "set the field"))),
    ("Words", (("reply", "reply"), ("forward", "forward the message to"), ("note", "leave a note"), ("macro", "use the macro"))),
    ("State", (("close", "close it"), ("reopen", "open it again"), ("snooze", "snooze it"))),
    ("Outside", (("action", "run"), ("target", "call"))),
)


class Part(Struct, frozen=True):
    """A word or a blank. `kind`: words, choice, ticks, text, number, date, area; `reshapes`: another value brings other blanks."""

    kind: str
    value: str = ""
    name: str = ""
    label: str = ""
    groups: Groups = ()
    pairs: Pairs = ()
    ticked: Sequence[str] = ()
    told: str = ""
    typed: str = ""
    empty: str = ""
    more: str = ""
    none: str = ""
    hint: str = ""
    reshapes: bool = False


class Line(Struct, frozen=True):
    """One row with what is wrong with it."""

    id: str
    parts: list[Part]
    error: Problem | None = None
    hint: str = ""


class Sentence(Struct, frozen=True):
    """The form: When, If, Do, Then. `errors`: what is wrong with the whole, by ``name``, ``when``, ``steps``."""

    when: list[Line]
    blocks: list[list[Line]]
    steps: list[Line]
    then: list[Line]
    errors: Mapping[str, Problem | None]


def sentence(draft: Draft, choices: Choices, problems: Problems) -> Sentence:
    def line(place: str, row: Row, parts: Callable[[Row, Choices], list[Part]], hint: str = "") -> Line:
        return Line(place, parts(row, choices), problems.get(place), hint)

    return Sentence(
        when=[line(f"when-{at}", row, _trigger) for at, row in enumerate(draft.when)],
        blocks=[[line(f"if-{block}-{at}", row, _condition) for at, row in enumerate(rows)] for block, rows in enumerate(draft.blocks)],
        steps=[line(f"do-{at}", row, _doing) for at, row in enumerate(draft.steps)],
        then=_then(draft),
        errors={name: problems.get(name) for name in ("name", "when", "steps")},
    )


def _trigger(row: Row, choices: Choices) -> list[Part]:
    kinds: Pairs = [(one.kind, rule_words.lower(one.label)) for one in vocabulary.TRIGGERS]
    first = Part("choice", row.kind, "kind", "What starts it", groups=[("", kinds)], reshapes=True)
    word = TRIGGERS.get(row.kind)  # type: ignore[call-overload]  # what a form says may be no kind at all
    match word.takes if word else "":
        case "delay":
            return [first, *_delay(row, "at once", "after")]
        case "minutes":
            return [first, _words("for"), *_span(row)]
        case "tags":
            return [first, _tags(row, choices, "any tag")]
        case "order_events":
            pairs = [(one, rule_words.lower(words)) for one, words in vocabulary.ORDER_EVENTS]
            return [first, _words("–"), _ticks("names", "Which events", pairs, row.many("names"), "anything at all")]
        case "event":
            return [first, _words("named"), Part("text", ", ".join(row.many("names")), "names", "Name of the event", empty="wishlist_added")]
        case "field":
            known = [*((key, rule_words.lower(words)) for key, (words, _) in vocabulary.CHANGES.items()), *choices.fields]
            return [first, _words("–"), _choice("key", "Which field", [("", "any field"), *known], row)]
        case _:
            return [first]


def _condition(row: Row, choices: Choices) -> list[Part]:
    lead = row.kind if row.kind in rule_words.OPEN else ""
    fact = choices.facts.get(row.kind) or Fact(row.kind, row.kind, "text", rule_words.OPEN[lead][0] if lead else "Gone")
    groups: dict[str, list[tuple[str, str]]] = {}
    for one in choices.facts.values():
        groups.setdefault(one.group, []).append((one.path, rule_words.fact(one)))
    for path, (group, words) in rule_words.OPEN.items():
        groups.setdefault(group, []).append((path, words))
    if row.kind not in choices.facts and not lead:
        groups.setdefault("Gone", []).append((row.kind, row.kind))
    asked = [(one.word, rule_words.operator(one.word, fact)) for one in rule_words.asked(fact, is_open=bool(lead))]
    op = row.one("op") if row.one("op") in dict(asked) else asked[0][0]
    first = Part("choice", row.kind, "kind", "What is looked at", groups=list(groups.items()), reshapes=True)
    named = [Part("text", row.one("key"), "key", "Its name", empty="wishlist")] if lead else []
    how = Part("choice", op, "op", "How it is compared", groups=[("", asked)], reshapes=True)
    return [first, *named, how, *_value(row, fact, vocabulary.OPERATOR[op].takes, choices)]


def _value(row: Row, fact: Fact, takes: str, choices: Choices) -> list[Part]:
    said = row.many("value")
    if takes == "nothing":
        return []
    if takes == "words":
        pairs = choices.values(fact)
        if pairs is None:
            return [Part("text", ", ".join(said), "value", "Words, set apart by commas", empty="bent, torn, broken")]
        return [_ticks("value", "Which", pairs, said, "choose", none="There is none yet.")]
    if takes == "date":
        return [Part("date", row.one("value"), "value", "Day")]
    number = Part("number", row.one("value"), "value", "Number", empty="14" if takes == "days" else "200")
    if takes == "days":
        return [number, _words("days")]
    return [number, _words(choices.currency)] if fact.shape == "money" else [number]


def doings(choices: Choices) -> Groups:
    """The steps that can be taken here; one that names something is offered where there is something to name."""
    lacks = {
        kind
        for kind, pairs in (
            ("macro", choices.macros),
            ("action", choices.actions),
            ("target", choices.targets),
            ("field", choices.fields),
            ("team", choices.teams),
        )
        if not pairs
    }
    found = [(group, [pair for pair in pairs if pair[0] not in lacks]) for group, pairs in DOINGS]
    return [(group, pairs) for group, pairs in found if pairs]


def _doing(row: Row, choices: Choices) -> list[Part]:
    groups = doings(choices)
    if not any(row.kind == kind for _, pairs in groups for kind, _ in pairs):
        groups = [*groups, ("Gone", [pair for _, pairs in DOINGS for pair in pairs if pair[0] == row.kind] or [(row.kind, row.kind)])]
    first = Part("choice", row.kind, "kind", "What is done", groups=groups, reshapes=True)
    blanks = _BLANKS.get(row.kind)
    return [first, *(blanks(row, choices) if blanks else [])]


def _field(row: Row, choices: Choices) -> list[Part]:
    key = Part("choice", row.one("key"), "key", "Which field", groups=[("", [("", "choose"), *choices.fields])], reshapes=True)
    known = choices.field(row.one("key"))
    if known is None:
        return [key]
    if known.choices:
        pairs = [("", "nothing"), *((one, " › ".join(one.split("::"))) for one in known.choices)]
        return [key, _words("to"), _choice("value", "Value", pairs, row)]
    if known.format == "yes_no":
        return [key, _words("to"), _choice("value", "Value", [("", "nothing"), ("yes", "yes"), ("no", "no")], row)]
    kind = {"date": "date", "number": "number"}.get(known.format, "text")
    return [key, _words("to"), Part(kind, row.one("value"), "value", "Value", empty="nothing")]


def _assign_by(row: Row, choices: Choices) -> list[Part]:
    hows = [("round_robin", "whoever is next"), ("balanced", "whoever has least")]
    return [_words("–"), _choice("how", "How", hows, row), _words("of"), _choice("team", "Team", [("", "everybody"), *choices.teams], row)]


def _reply(row: Row, choices: Choices) -> list[Part]:
    shown = ", ".join("{{" + name + "}}" for name in _NAMES)
    hint = f"Values such as {shown} are filled in. Where one is missing, nothing is sent and the conversation says so."
    if row.one("way") == "mail":
        hint += " By e-mail it goes only to an address your shop, a token or a code vouches for, never to one that was only typed."
    ways = [("", "where they wrote"), ("mail", "where they wrote, and by e-mail")]
    way = Part("choice", row.one("way"), "way", "How it goes out", groups=[("", ways)], reshapes=True)
    return [way, *_letter(row), Part("area", row.one("text"), "text", "Text of the reply", empty="Good day, …", hint=hint)]


def _forward(row: Row, choices: Choices) -> list[Part]:
    hint = "The message goes below, with its files. Nothing of this is shown to the customer; it never goes back to them, nor to the desk."
    to = Part("text", row.one("to"), "to", "Address it goes to", empty="repairs@supplier.example")
    return [to, *_letter(row), Part("area", row.one("text"), "text", "Words above it", empty="Nothing above it", hint=hint)]


def _letter(row: Row) -> list[Part]:
    """What an e-mail has besides: blanks only where they are wanted, so that the sentence stays short."""
    more = row.one("more")
    first = Part(
        "choice", more, "more", "Subject and copies", groups=[("", [("", "as usual"), ("more", "with subject and copies")])], reshapes=True
    )
    if more != "more":
        return [first]
    return [
        first,
        Part("text", row.one("subject"), "subject", "Subject", empty="the usual subject"),
        *(part for name, words in (("cc", "copy to"), ("bcc", "unseen to")) for part in (_words(words), _copies(row, name, words))),
    ]


def _copies(row: Row, name: str, words: str) -> Part:
    return Part("text", row.one(name), name, words.capitalize(), empty="nobody")


_NAMES: Final = ("customer.first_name", "order.name", "order.tracking_url")


def _action(row: Row, choices: Choices) -> list[Part]:
    """An action, then a blank for each thing its own form asks for."""
    pairs = [("", "choose"), *choices.actions]
    chosen = Part("choice", row.one("action"), "action", "Which action", groups=[("", pairs)], reshapes=True)
    asked = choices.forms.get(row.one("action"), ())
    return [chosen, *(part for one in asked for part in (_words(f"{rule_words.lower(one.title)}:"), _input(one, row, choices)))]


def _input(one: form.Field, row: Row, choices: Choices) -> Part:
    name, label = f"input.{one.name}", one.title
    fixed: Pairs = {"yes_no": [("yes", "yes"), ("no", "no")], "items": [(items.ALL, "every line that is left")]}.get(one.kind, [])
    pairs: Pairs = fixed or [(each, each) for each in one.choices]
    if pairs:
        return _choice(name, label, [("", "nothing"), *pairs], row)
    kind = {"number": "number", "integer": "number", "money": "number", "date": "date"}.get(one.kind, "text")
    return Part(kind, row.one(name), name, label, empty=choices.currency if one.kind == "money" else "")


_BLANKS: Final[Mapping[str, Callable[[Row, Choices], list[Part]]]] = {
    "reply": _reply,
    "forward": _forward,
    "note": lambda row, choices: [Part("area", row.one("text"), "text", "Text of the note", empty="Only the team reads this.")],
    "tag": lambda row, choices: [_tags(row, choices, "choose", more="A new tag")],
    "untag": lambda row, choices: [_tags(row, choices, "choose")],
    "assign_by": _assign_by,
    "assign": lambda row, choices: [_choice("agent", "Agent", [("", "nobody"), *choices.agents], row)],
    "team": lambda row, choices: [_choice("team", "Team", [("", "no team"), *choices.teams], row)],
    "priority": lambda row, choices: [_choice("priority", "Priority", PRIORITIES, row)],
    "field": _field,
    "snooze": lambda row, choices: _delay(row, "until they reply", "for"),
    "macro": lambda row, choices: [_choice("macro", "Macro", [("", "choose"), *choices.macros], row)],
    "action": _action,
    "target": lambda row, choices: [_choice("target", "Target", [("", "choose"), *choices.targets], row)],
}


def _then(draft: Draft) -> list[Line]:
    pairs = [("on", "go on with the next rule"), ("stop", "skip every rule below it")]
    live = [("1", "live from now on"), ("0", "paused")]
    first = Line("after", [Part("choice", "stop" if draft.stops else "on", "then", "What follows", groups=[("", pairs)])])
    if draft.version:
        return [first]
    return [
        first,
        Line("after", [_words("It is"), Part("choice", "1" if draft.is_live else "0", "live", "Live or paused", groups=[("", live)])]),
    ]


def _words(said: str) -> Part:
    return Part("words", said)


def _choice(name: str, label: str, pairs: Pairs, row: Row) -> Part:
    """What stands there is offered even if it is gone meanwhile, so that nothing changes unseen."""
    said = row.one(name)
    gone = [(said, "something that is gone")] if said and said not in dict(pairs) else []
    return Part("choice", said, name, label, groups=[("", [*pairs, *gone])])


def _ticks(name: str, label: str, pairs: Pairs, said: Sequence[str], empty: str, *, more: str = "", none: str = "") -> Part:
    known = dict(pairs)
    folded = {text.casefold(): option for option, text in pairs}
    ticked = [one if one in known else folded.get(one.casefold(), "") for one in said]
    own = [one for one, tick in zip(said, ticked, strict=True) if not tick]
    told = ", ".join([*(known[one] for one in ticked if one), *own])
    rest = [] if more else [(one, one) for one in own]
    return Part(
        "ticks",
        name=name,
        label=label,
        pairs=[*pairs, *rest],
        ticked=[*ticked, *own],
        told=told,
        typed=", ".join(own),
        empty=empty,
        more=more,
        none=none,
    )


def _tags(row: Row, choices: Choices, empty: str, *, more: str = "") -> Part:
    return _ticks("tags", "Tags", choices.tags, row.many("tags"), empty, more=more, none="There is no tag yet.")


def _delay(row: Row, at_once: str, after: str) -> list[Part]:
    moment = row.one("moment")
    first = Part("choice", moment or "now", "moment", "When", groups=[("", [("now", at_once), ("after", after)])], reshapes=True)
    return [first, *(_span(row) if moment == "after" else [])]


def _span(row: Row) -> list[Part]:
    unit = Part("choice", row.one("unit") or "minute", "unit", "Unit", groups=[("", UNITS)])
    return [Part("number", row.one("amount"), "amount", "How many", empty="30"), unit]
