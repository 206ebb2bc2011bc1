"""The integration page of the mission, where it lies beside the checkout: its passages, to be run as they stand (decision 33)."""

from pathlib import Path

PAGE = Path(__file__).parents[3] / "shared" / "seed" / "getting-started.txt"
HOST = "https://api.richpanel.com"
MASKED = "[email protected]"
"""What the saved page has in place of every mail address."""


def is_here() -> bool:
    """A public clone has no such page; there the equivalents written anew are all that runs."""
    return PAGE.exists()


def passage(first: str, last: str) -> str:
    """The lines from the one that begins with `first` to the next one that is `last`."""
    lines = PAGE.read_text(encoding="utf-8").splitlines()
    begin = next(number for number, line in enumerate(lines) if line.startswith(first))
    return "\n".join(lines[begin : lines.index(last, begin) + 1])


def snippet(origin: str, key: str) -> str:
    """The page's own snippet, for this host and key."""
    code = passage("window.richpanel||", 'richpanel.load("API_KEY");')
    return f"<script>{code.replace(HOST, origin).replace('API_KEY', key)}</script>"


def recipe() -> str:
    """The page's server code for Node; it leaves the token in `encrypted_data`."""
    return passage("data = {", "const encrypted_data = encryptData(data, API_SECRET);")


def identify() -> str:
    return passage("const userId", "richpanel.identify(userId, properties)")


def order() -> str:
    return passage("const event = 'order'", "richpanel.track(event, properties)")


def batch(origin: str, key: str) -> str:
    """The page's batch and its call, over `orderProperties`. Two gaps are filled as it tells the reader to: the date, and the name
    of the first list, which its second passage declares once more.
    """
    listed = passage("const events = [{", "}]").replace("<order-date>", "Date.now() - 86400000").replace("API_KEY", "key")
    wrapped = passage("const events = {", "}").replace("...events", "...listed").replace("test_api_key_123", key)
    sent = passage("const eventData", "xhr.send(data);").replace(HOST, origin)
    return f"const key = {key!r}; const listed = (() => {{ {listed}\nreturn events }})();\n{wrapped}\n{sent}"
