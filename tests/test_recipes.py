"""What the documentation tells shops to paste, pasted: each recipe is run in its language and judged by our own reader."""

import base64
import json

import pytest

from tests.support import recipes
from tillside.base import signing, stamps
from tillside.targets import signature

SIGN = "how-to/sign-your-customers.md"
HISTORY = "how-to/send-order-history.md"
TARGETS = "how-to/http-targets.md"
LANGUAGES = ("js", "php", "python", "ruby")
SNAKE = {"js": ("webToken", "encryptedUser")}
SECRET = "sécret of Kim's shop"
KIM = {"sub": "1001", "email": "kim@example.com", "firstName": "Zoë 🚀", "lastName": 'O\'Neill "K"'}


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_web_token_recipe_proves_the_person(language: str) -> None:
    made = recipes.call(SIGN, language, SNAKE.get(language, ("web_token",))[0], KIM, "shop10", SECRET)
    claims, reason = signing.open_web_token(made, SECRET, audience="shop10", at=stamps.now())
    assert claims is not None, reason
    assert {word: claims[word] for word in KIM} == KIM


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_encrypted_user_recipe_is_opened_with_the_same_secret(language: str) -> None:
    person = {"id": "1001", **{word: KIM[word] for word in ("email", "firstName", "lastName")}}
    made = recipes.call(SIGN, language, SNAKE.get(language, ("", "encrypted_user"))[1], person, SECRET)
    assert signing.open_token(made, SECRET) == person
    assert signing.open_token(made, "another secret") is None


def test_the_history_recipe_makes_signed_batches_of_25() -> None:
    orders = [{"orderId": str(number), "email": "kim@example.com", "createdAt": 1_700_000_000_000 + number} for number in range(60)]
    show = f"print(json.dumps(batches({orders!r}, 'shop10', 'the secret')))"
    bodies = json.loads(recipes.run("python", recipes.block(HISTORY, "python", "def batches") + show))
    batches = [json.loads(base64.b64decode(body["hs"])) for body in bodies]
    assert all(signing.signature_matches(body["s"], body["hs"], "the secret") for body in bodies)
    assert [len(batch["events"]) for batch in batches] == [25, 25, 10]
    assert [one["properties"]["orderId"] for batch in batches for one in batch["events"]] == [order["orderId"] for order in orders]


def test_the_browser_s_encoding_survives_every_letter() -> None:
    text = {"name": "Zoë 🚀 日本 \u2028"}
    show = f"console.log(encoded(JSON.parse({json.dumps(json.dumps(text))})))"
    made = recipes.run("js", recipes.block(HISTORY, "js", "function encoded") + show)
    assert json.loads(base64.b64decode(made).decode("utf-8")) == text


@pytest.mark.parametrize("language", ["python", "js"])
def test_the_signature_recipe_knows_our_calls_from_others(language: str) -> None:
    old, new = ("whsec_" + base64.b64encode(letter * 32).decode() for letter in (b"o", b"n"))
    body = '{"said": "Zoë 🚀"}'
    at = 1_795_000_000
    made = dict(signature.headers([new, old], "dlv_1", body.encode(), at=at * stamps.SECOND))
    asked = [
        (new, made, body, at + 299),
        (old, made, body, at),
        (new, made, body, at + 301),
        (new, made, body + " ", at),
        (new, {**made, "webhook-id": "dlv_2"}, body, at),
        (new, {**made, "webhook-timestamp": str(at + 1)}, body, at),
        ("whsec_" + base64.b64encode(b"x" * 32).decode(), made, body, at),
    ]
    if language == "python":
        program = (
            recipes.block(TARGETS, "python", "def is_ours") + f"print(json.dumps([is_ours(a, b, c.encode(), d) for a, b, c, d in {asked!r}]))"
        )
        program = "import json\n" + program
    else:
        given = json.dumps(json.dumps(asked))
        show = f"console.log(JSON.stringify(JSON.parse({given}).map(([a, b, c, d]) => isOurs(a, b, Buffer.from(c), d))))"
        program = recipes.block(TARGETS, "js", "function isOurs") + show
    assert json.loads(recipes.run(language, program)) == [True, True, False, False, False, False, False]
