"""Rules taken out one by one: each named edit must make the tests that guard its rule fail.

``python -m tests.mutations [WORD …]`` copies the project to a folder of its own, applies one edit at a time and runs its tests there;
it prints killed or survived for each (of those whose name holds a word, when words are given) and fails if one survived.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

from tests.automations import mutants
from tests.macros.mutants import MACROS
from tests.support.source import ROOT
from tests.targets.mutants import TARGETS

CAPTURE, API, EVENTS = "tillside/edges/capture", "tillside/edges/api", "tillside/events"
TALK = "tillside/conversations"
C, A, H = "tests/contract", "tests/api", "tests/hostile"


class Mutation(NamedTuple):
    """`old` stands once in `file` and becomes `new`; `tests` are pytest words of the tests that must notice."""

    name: str
    file: str
    old: str
    new: str
    tests: str


MUTATIONS = (
    *[Mutation(*one) for one in MACROS],
    *[Mutation(*one) for one in TARGETS],
    Mutation(
        "a new password leaves other browsers signed in",
        "tillside/agents/agent.py",
        "    await _sign_out(tx, agent.workspace_id, agent.id)\n",
        "",
        "tests/agent/test_password.py",
    ),
    Mutation(
        "a new password needs no old one",
        "tillside/edges/agent/password.py",
        'visit.form.get("current", "")) is None:',
        'visit.form.get("current", "")) is None and not visit.session:',
        "tests/agent/test_password.py",
    ),
    Mutation(
        "whoever was merged keeps words of their own",
        "tillside/customers/profile.py",
        "if profile.into_id is not None:",
        "if False:",
        "tests/agent/test_customers.py",
    ),
    Mutation(
        "a wrong signature is let in",
        f"{CAPTURE}/intake.py",
        "        raise error\n\n    async def _keep",
        "        return\n\n    async def _keep",
        f"{C}/test_signatures.py",
    ),
    Mutation(
        "any signature proves",
        f"{CAPTURE}/intake.py",
        "if any(signing.signature_matches(signature, outer.text, secret) for",
        "if any(True for",
        f"{C}/test_signatures.py",
    ),
    Mutation(
        "the old secret dies at once",
        "tillside/connectors/connector.py",
        "        return self.secrets\n",
        "        return self.secrets[:1]\n",
        f"{C}/test_signatures.py",
    ),
    Mutation(
        "required signatures are not asked for",
        f"{CAPTURE}/verdicts.py",
        'connector.signatures == "require" and not is_signed',
        "False",
        f"{C}/test_signatures.py",
    ),
    Mutation(
        "unsigned statements overwrite signed ones",
        "tillside/projector/table.py",
        "        trust=_trust_of_content(happening, subject),",
        "        trust=int(Trust.PROVEN),",
        f"{C}/test_signatures.py",
    ),
    Mutation(
        "typed traits are stated as the shop's",
        "tillside/projector/table.py",
        "place.people.state(profile, traits, trust=Trust(happening.entry.trust), writer=writer)",
        "place.people.state(profile, traits, trust=Trust.PROVEN, writer=writer)",
        f"{C}/test_signatures.py {C}/test_tokens.py",
    ),
    Mutation(
        "repetitions are taken in again",
        "tillside/projector/work.py",
        "            if happening.event.is_dated or happening",
        "            if False and happening.event.is_dated or happening",
        f"{C}/test_duplicates.py {C}/test_cases.py",
    ),
    Mutation(
        "a minute without time never ends",
        "tillside/projector/work.py",
        "received_at - known[1] <= _MINUTE",
        "received_at - known[1] <= 10 * _MINUTE",
        f"{C}/test_duplicates.py",
    ),
    Mutation(
        "the event id is not the duplicate key",
        f"{EVENTS}/event.py",
        "if event_id else digest[:16]",
        "if False and event_id else digest[:16]",
        f"{C}/test_duplicates.py",
    ),
    Mutation(
        "a token needs no agreeing e-mail",
        "tillside/customers/proof.py",
        "    if uid_owner is not None and uid_owner == email_owner:",
        "    if uid_owner is not None:",
        f"{C}/test_tokens.py",
    ),
    Mutation(
        "an id alone is enough for a token",
        "tillside/customers/proof.py",
        "    if not claims.uid or not claims.email:",
        "    if not claims.uid:",
        f"{C}/test_tokens.py {C}/test_cases.py",
    ),
    Mutation("a token binds what owns orders", "tillside/customers/proof.py", "    if owns_orders:", "    if False:", f"{C}/test_tokens.py"),
    Mutation(
        "a web token may be for anybody", "tillside/base/signing.py", "    if audience != named and", "    if False and", f"{C}/test_tokens.py"
    ),
    Mutation("a web token never ends", "tillside/base/signing.py", "    if end < seconds - 60:", "    if False:", f"{C}/test_tokens.py"),
    Mutation(
        "a web token may last for ever", "tillside/base/signing.py", "    if end > seconds + 3660:", "    if False:", f"{C}/test_tokens.py"
    ),
    Mutation(
        "a name twice in a token is let through",
        "tillside/base/signing.py",
        "        if len({key for key, _ in pairs}) != len(pairs):",
        "        if False:",
        f"{C}/test_tokens.py",
    ),
    Mutation(
        "the list of origins is not looked at",
        f"{CAPTURE}/intake.py",
        "if intake.origin and not connector.allows(intake.origin):",
        "if False:",
        f"{C}/test_origins.py",
    ),
    Mutation(
        "any page may read with credentials",
        f"{CAPTURE}/request.py",
        '        if self.origin.startswith(("http://", "https://")):',
        "        if True:",
        f"{C}/test_origins.py",
    ),
    Mutation(
        "answers allow a star",
        f"{CAPTURE}/request.py",
        'b"access-control-allow-origin", self.origin.encode("latin-1")',
        'b"access-control-allow-origin", b"*"',
        f"{C}/test_origins.py",
    ),
    Mutation(
        "answers do not vary by origin",
        f"{CAPTURE}/request.py",
        'vary = (b"vary", b"Origin")',
        'vary = (b"x-vary", b"Origin")',
        f"{C}/test_origins.py",
    ),
    Mutation(
        "a preflight forgets a header",
        f"{CAPTURE}/request.py",
        "X-Requested-With, Access-Control-Allow-Origin, ",
        "X-Requested-With, ",
        f"{C}/test_origins.py",
    ),
    Mutation(
        "an unknown key is let in as nobody",
        f"{CAPTURE}/intake.py",
        "status = 401 if isinstance(error, UnknownKey)",
        "status = 200 if isinstance(error, UnknownKey)",
        f"{C}/test_statuses.py",
    ),
    Mutation(
        "a body has no limit",
        "tillside/edges/http/body.py",
        "        if size > limit:\n            raise too_large(limit)\n    return",
        "    return",
        f"{C}/test_limits.py",
    ),
    Mutation(
        "a stated length is not looked at",
        "tillside/edges/http/body.py",
        "if stated.isdigit() and int(stated) > limit:",
        "if False:",
        f"{C}/test_limits.py",
    ),
    Mutation(
        "a bomb may grow to the limit and beyond",
        "tillside/edges/http/body.py",
        "            if size > limit or (size > _RATIO_FROM and size > len(body) * _RATIO):",
        "            if False:",
        f"{H}/test_bodies.py -k bomb",
    ),
    Mutation(
        "a slow body is waited for",
        "tillside/edges/http/body.py",
        "asyncio.timeout(seconds)",
        "asyncio.timeout(None)",
        f"{H}/test_bodies.py -k slowly",
    ),
    Mutation("a batch may hold any number", f"{EVENTS}/batch.py", "    if len(events) > limit:", "    if False:", f"{C}/test_limits.py"),
    Mutation(
        "an event may be of any size", f"{EVENTS}/fast.py", "    if len(raw_json) > limits.EVENT_BYTES:", "    if False:", f"{C}/test_limits.py"
    ),
    Mutation(
        "depth has no limit",
        f"{EVENTS}/decode.py",
        "    raise _too_deep(depth)\n\n\ndef _base64",
        "    return\n\n\ndef _base64",
        f"{C}/test_limits.py {C}/test_unreadable.py",
    ),
    Mutation(
        "a key has no rate",
        f"{CAPTURE}/intake.py",
        "wait = self._keys.wait(connector.api_key, len(letter.batch.events))",
        "wait = 0.0",
        f"{C}/test_rates.py",
    ),
    Mutation(
        "an address has no rate",
        f"{CAPTURE}/intake.py",
        "            wait = self._addresses.wait(who)",
        "            wait = 0.0",
        f"{C}/test_rates.py",
    ),
    Mutation(
        "a forged hop counts as the address",
        "tillside/edges/http/address.py",
        "for hop in reversed(hops) if not",
        "for hop in hops if not",
        f"{C}/test_rates.py",
    ),
    Mutation(
        "it is acknowledged before it is stored",
        f"{CAPTURE}/intake.py",
        "        return await self.desk.log.append(entry)",
        "        import asyncio\n\n        asyncio.get_running_loop().create_task(self.desk.log.append(entry))\n        return 1",
        f"{C}/test_statuses.py",
    ),
    Mutation("a full queue takes more", "tillside/feeds/log.py", "            raise Busy", "            pass", f"{C}/test_statuses.py"),
    Mutation(
        "an event of another connector is taken",
        f"{CAPTURE}/verdicts.py",
        "if head.connector_key not in (None, connector.api_key):",
        "if False:",
        f"{C}/test_statuses.py",
    ),
    Mutation(
        "what was refused is not kept",
        f"{CAPTURE}/refusals.py",
        "            await self._desk.log.append(entry)",
        "            pass",
        f"{C}/test_signatures.py {C}/test_origins.py",
    ),
    Mutation(
        "one unreadable event takes its batch along",
        "tillside/projector/reading.py",
        "        return reader.read({}, context)",
        "        raise",
        f"{C}/test_unreadable.py",
    ),
    Mutation(
        "CESU-8 is read as Latin-1",
        f"{EVENTS}/decode.py",
        '        text = body.decode("utf-8", "surrogatepass")',
        '        text = body.decode("utf-8")',
        f"{C}/test_cases.py",
    ),
    Mutation(
        "deleting an object deletes everything",
        f"{EVENTS}/order.py",
        "        return said if said and said != values.KEEP else None\n",
        "        return said\n    return '000000009'\n",
        f"{C}/test_cases.py",
    ),
    Mutation(
        "an empty value erases",
        f"{EVENTS}/fields.py",
        "        if not value and (value is None or value.__class__ in _EMPTY):",
        "        if False:",
        f"{C}/test_cases.py",
    ),
    Mutation(
        "REST asks for no key",
        f"{API}/call.py",
        "    if key is None:\n        raise NoKey",
        "    if key is None:\n        key = RestKey(1, 'k', 'n', 'h', 0, 0, None)",
        f"{A}/test_calls.py",
    ),
    Mutation(
        "REST reaches every workspace's shops",
        f"{API}/call.py",
        "connectors.every(self.desk.store, self.desk.vault, self.workspace_id)",
        "connectors.all_of_installation(self.desk.store, self.desk.vault)",
        f"{A}/test_calls.py {A}/test_orders.py",
    ),
    Mutation("a repeat under one name is done again", f"{API}/call.py", "    if known is not None:", "    if False:", f"{A}/test_calls.py"),
    Mutation(
        "an e-mail of another uid is taken over",
        f"{API}/customers.py",
        "owner is not None and owner != claims.uid",
        "False",
        f"{A}/test_customers.py",
    ),
    Mutation(
        "a REST write does not wait to be readable",
        f"{API}/intake.py",
        "is_passed = await follow.passed(",
        "is_passed = True or await follow.passed(",
        f"{A}/test_customers.py {A}/test_orders.py",
    ),
    Mutation("unknown paths answer pages", "tillside/app.py", "not in PROGRAMS:", "not in ():", f"{C}/test_statuses.py"),
    Mutation(
        "two comments share a time",
        f"{TALK}/message.py",
        "return max(stamps.now(), held.newest_at + APART)",
        "return max(stamps.now(), held.newest_at + 1)",
        "tests/conversations/test_answering.py -k millisecond",
    ),
    Mutation(
        "a move is not counted",
        f"{TALK}/conversation.py",
        "    counts.move(tx, held, new)\n",
        "",
        "tests/conversations/test_laws.py",
    ),
    Mutation(
        "a note is told to the shopper",
        f"{TALK}/answering.py",
        '    _tell(tx, message, "added", mentions=named)',
        '    _tell(tx, message, "added", audience="all", mentions=named)',
        "tests/conversations/test_answering.py -k never_reaches",
    ),
    Mutation(
        "a state word moves a ticket",
        f"{API}/asked.py",
        '    status: Literal["OPEN", "CLOSED", "SNOOZED"] | None = None',
        "    status: str | None = None",
        f"{C}/test_rest.py -k table",
    ),
    Mutation(
        "a blank address replaces a stored one",
        f"{API}/ticket_asked.py",
        "if value is not None and str(value).strip()}",
        "if value is not None}",
        f"{C}/test_rest.py -k Blank",
    ),
    Mutation(
        "a key does everything",
        f"{API}/call.py",
        "if not key.may(endpoint.scope):",
        "if not endpoint.scope:",
        f"{A}/test_tickets.py -k scope",
    ),
    Mutation(
        "what stands beside the wrapper is passed over in silence",
        f"{API}/call.py",
        "self.ignore(str(key) for key in self.body if key != name)",
        "self.ignore(())",
        f"{C}/test_rest.py -k wherever",
    ),
    Mutation(
        "an unknown parameter is passed over in silence",
        f"{API}/call.py",
        "if each not in endpoint.query)",
        "if not each)",
        f"{C}/test_rest.py -k wherever",
    ),
    Mutation(
        "an added comment that names nobody is the customer's",
        f"{API}/asked.py",
        'return self if self.sender_type else msgspec.structs.replace(self, sender_type="operator")',
        "return self",
        f"{C}/test_rest.py -k whose",
    ),
    Mutation(
        "a call that lost its /v1 finds a page",
        f"{API}/astray.py",
        'if scope["type"] == "http" and _has_key(scope)',
        'if scope["type"] == "never" and _has_key(scope)',
        f"{C}/test_rest_clients.py -k test_45",
    ),
    Mutation(
        "an empty id is waited for",
        f"{API}/tickets.py",
        "if not said or said.startswith(_NEVER_LATE)",
        "if said.startswith(_NEVER_LATE)",
        f"{C}/test_rest.py -k upstream",
    ),
    Mutation(
        "an order is linked whatever was changed meanwhile",
        f"{API}/ticket_writing.py",
        "        held = await conversations.hold(tx, one, version=call.version)\n        await editing.link_order(tx, held,",
        "        held = await conversations.hold(tx, one)\n        await editing.link_order(tx, held,",
        f"{C}/test_rest.py -k condition",
    ),
    Mutation(
        "two requests under one name change twice",
        f"{API}/call.py",
        "            if self.name and not self.has_claimed:",
        "            if not self.name and not self.has_claimed:",
        f"{A}/test_tickets.py -k many_at_once_under",
    ),
    Mutation(
        "two agents act on one order at the same time",
        "tillside/actions/runs.py",
        "action=action.id, thing=about.thing(action), run=run.id)",
        "action=action.id, thing=run.id, run=run.id)",
        "tests/actions/test_runs.py",
    ),
    Mutation(
        "above the limit nobody is asked",
        "tillside/actions/runs.py",
        'if amount > limit.minor else ""',
        'if amount > limit.minor * 1000 else ""',
        "tests/actions/test_runs.py",
    ),
    Mutation(
        "an answer that says it failed counts as done",
        "tillside/actions/answers.py",
        "    if str(_at(document, answer.status)).casefold() in",
        '    if answer.status == "never" and str(_at(document, answer.status)).casefold() in',
        "tests/actions/test_answers.py",
    ),
    Mutation(
        "an approval does not look whether the action still applies",
        "tillside/actions/runs.py",
        "    await _applies(tx, action, About(*about, run.profile_id))\n",
        "",
        "tests/actions/test_runs.py",
    ),
    Mutation(
        "the demo shop does a repeated call again",
        "tillside/demo/ledger.py",
        "            if known is not None:\n",
        "            if known is not None and not key:\n",
        "tests/demo/test_callbacks.py",
    ),
    *[Mutation(*one) for one in mutants.RULES],
)


def main(words: list[str]) -> int:
    chosen = [one for one in MUTATIONS if not words or any(word in one.name for word in words)]
    survived = [one.name for one in chosen if not is_killed(one)]
    print(f"{len(chosen) - len(survived)} of {len(chosen)} killed" + "".join(f"\nsurvived: {name}" for name in survived))
    return 1 if survived else 0


def is_killed(one: Mutation) -> bool:
    """Whether the tests fail once the rule is gone. They pass as long as it is there: the suite sees to that."""
    with tempfile.TemporaryDirectory(prefix="tillside-mutation-") as folder:
        place = Path(folder)
        for name in ("tillside", "tests"):
            shutil.copytree(ROOT / name, place / name, ignore=shutil.ignore_patterns("__pycache__", "vendor"))
        shutil.copy(ROOT / "pyproject.toml", place)
        mutated = place / one.file
        text = mutated.read_text(encoding="utf-8")
        assert text.count(one.old) == 1, f"{one.name}: {one.file} holds its text {text.count(one.old)} times"
        mutated.write_text(text.replace(one.old, one.new), encoding="utf-8")
        command = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", *_words(one.tests)]
        done = subprocess.run(command, cwd=place, env=_environment(place), capture_output=True, text=True, check=False)
    is_dead = done.returncode == 1
    print(f"{'killed  ' if is_dead else 'SURVIVED'} {one.name}", flush=True)
    return is_dead


def _words(tests: str) -> list[str]:
    head, _, chosen = tests.partition(" -k ")
    return [*head.split(), *(["-k", chosen] if chosen else [])]


def _environment(place: Path) -> dict[str, str]:
    """Ours, with the copy first on the path and no byte code of the original; the list of test ids stays the outer run's."""
    ours = {name: value for name, value in os.environ.items() if name != "TILLSIDE_TEST_IDS"}
    return {**ours, "PYTHONPATH": str(place), "PYTHONDONTWRITEBYTECODE": "1"}


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
