"""From the rows of a form to the terms of a rule and back; what cannot be a rule is told row by row, each with its fix. Pure."""

import re
from collections.abc import Callable
from datetime import date
from typing import Final, TypeVar

from msgspec import Struct
from msgspec.structs import replace

from tillside.automations import rule as rules
from tillside.automations import vocabulary
from tillside.automations.conditions import Condition, Value
from tillside.automations.terms import Terms, Trigger
from tillside.edges.agent import rule_steps, rule_words
from tillside.edges.agent.rule_blanks import Problem, Problems, minutes, number, span, words
from tillside.edges.agent.rule_choices import Choices
from tillside.edges.agent.rule_form import Draft, Row, Said

TRIGGERS: Final = {one.kind: one for one in vocabulary.TRIGGERS}


Made = TypeVar("Made")


class Read(Struct, frozen=True):
    """The terms as far as they could be read, and what is wrong."""

    terms: Terms
    problems: Problems


def terms(draft: Draft, choices: Choices) -> Read:
    """The rule the rows say."""
    wrong: Problems = {}
    when = [one for at, row in enumerate(draft.when) if (one := _tried(wrong, f"when-{at}", trigger, row, choices))]
    blocks = [
        [made for at, row in enumerate(rows) if (made := _tried(wrong, f"if-{block}-{at}", condition, row, choices))]
        for block, rows in enumerate(draft.blocks)
    ]
    steps = [does for at, row in enumerate(draft.steps) if (does := _tried(wrong, f"do-{at}", rule_steps.doing, row, choices))]
    if not draft.name:
        wrong["name"] = Problem("The rule has no name yet.", "Say what it does, such as Damaged on arrival.")
    if not draft.when:
        wrong["when"] = Problem("Nothing starts this rule.", "Add a trigger.")
    if not draft.steps:
        wrong["steps"] = Problem("This rule does nothing yet.", "Add a step.")
    return Read(Terms(when, [rows for rows in blocks if rows], steps, draft.stops, draft.reassigns), wrong)


def sketched(draft: Draft, choices: Choices) -> Terms:
    """The rule as far as it is written, to be read aloud: a condition that lacks its last blank is there without it."""
    read = terms(draft, choices)
    blocks = [
        [_begun(row) if f"if-{block}-{at}" in read.problems else condition(row, choices) for at, row in enumerate(rows)]
        for block, rows in enumerate(draft.blocks)
    ]
    return replace(read.terms, blocks=blocks)


def _begun(row: Row) -> Condition:
    return Condition(row.kind + row.one("key").strip(), row.one("op"))


def drafted(rule: rules.Rule, choices: Choices) -> Draft:
    """A rule as rows."""
    said = rule.terms
    return Draft(
        list=rule.list,
        name=rule.name,
        when=[_of_trigger(one) for one in said.when],
        blocks=[[_of_condition(one, choices) for one in rows] for rows in said.blocks],
        steps=[row for one in said.steps for row in rule_steps.rows(one, choices)],
        stops=said.stops,
        reassigns=said.reassigns,
        is_live=rule.is_live,
        version=rule.version,
    )


def _tried(wrong: Problems, place: str, make: Callable[[Row, Choices], Made], row: Row, choices: Choices) -> Made | None:
    try:
        return make(row, choices)
    except Problem as problem:
        wrong[place] = problem
        return None


def trigger(row: Row, choices: Choices) -> Trigger:
    word = TRIGGERS.get(row.kind)  # type: ignore[call-overload]  # what a form says may be no kind at all
    if word is None:
        raise Problem("There is no such trigger.", "Choose one of the list.", "kind")
    match word.takes:
        case "delay" if row.one("moment") != "after":
            return Trigger(word.kind)
        case "delay" | "minutes":
            return Trigger(word.kind, minutes=minutes(row))
        case "tags":
            return Trigger(word.kind, tags=list(row.many("tags")))
        case "order_events":
            return Trigger(word.kind, names=list(row.many("names")))
        case "event":
            return Trigger(word.kind, names=_named_events(row))
        case "field":
            return Trigger(word.kind, key=row.one("key"))
        case _:
            return Trigger(word.kind)


def condition(row: Row, choices: Choices) -> Condition:
    is_open = row.kind in rule_words.OPEN
    if is_open and not _KEY.fullmatch(row.one("key").strip()):
        raise Problem("It has no name yet.", "Write it as your shop sends it, such as wishlist or gift.message.", "key")
    path = row.kind + row.one("key").strip() if is_open else row.kind
    fact = rule_words.opened(path) if is_open else choices.facts.get(path)
    if fact is None:
        raise Problem("There is nothing of that name to look at.", "Choose something from the list.", "kind")
    asked = next((one for one in rule_words.asked(fact, is_open=is_open) if one.word == row.one("op")), None)
    if asked is None:
        raise Problem("This cannot be asked that way.", "Choose how it is compared.", "op")
    return Condition(path, asked.word, _value(row, asked.takes, is_listed=choices.values(fact) is not None))


_KEY: Final = re.compile(r"[\w .:-]{1,80}")


def _value(row: Row, takes: str, *, is_listed: bool) -> Value:
    """`is_listed`: what is compared with was ticked, so a comma in it is its own."""
    if takes == "nothing":
        return None
    if takes == "words":
        found = [word for said in row.many("value") for word in ([said] if is_listed else words(said))]
        if not found:
            raise Problem("Nothing is chosen to compare with.", "Fill the last blank of the row.", "value")
        return found
    if takes == "date":
        try:
            return date.fromisoformat(row.one("value")).isoformat()
        except ValueError:
            raise Problem("This is not a day.", "Write it like 2026-12-24.", "value") from None
    size = number(row.one("value"))
    if takes == "days" and not 0 <= size <= 3650:
        raise Problem("Days are counted from 0 to 3650.", "Use a smaller number.", "value")
    return int(size) if size == size.to_integral_value() else str(size)


def _named_events(row: Row) -> list[str]:
    found = [word for said in row.many("names") for word in words(said)]
    if not found:
        raise Problem("No event is named.", "Write its name as your shop sends it, such as wishlist_added.", "names")
    return found


def _of_trigger(one: Trigger) -> Row:
    said = {"tags": tuple(one.tags), "names": tuple(one.names), "key": (one.key,)}
    return Row(one.kind, said | span(one.minutes or None))


def _of_condition(one: Condition, choices: Choices) -> Row:
    value = one.value if isinstance(one.value, list) else [one.value]
    said: Said = {"op": (one.operator,), "value": tuple(str(each) for each in value if each is not None)}
    lead = next((lead for lead in rule_words.OPEN if one.path.startswith(lead)), "")
    if one.path in choices.facts or not lead:
        return Row(one.path, said)
    return Row(lead, {"key": (one.path.removeprefix(lead),), **said})
