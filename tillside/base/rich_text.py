"""Formatted text of people: cleaned HTML in, plain text and one line out. What a template prints unescaped went through `clean`."""

import html as entities
import re

import nh3

_KEPT = (
    "a abbr b blockquote br code del div em h1 h2 h3 h4 hr i img ins kbd li mark ol p pre q s small span strong sub sup"
    " table tbody td tfoot th thead tr u ul"
)
_TAGS = frozenset(_KEPT.split())
_ATTRIBUTES = {
    "a": {"href", "title"},
    "img": {"src", "alt", "title", "width", "height"},
    "blockquote": {"cite"},
    "ol": {"start"},
    "td": {"colspan", "rowspan"},
    "th": {"colspan", "rowspan"},
    "span": {"data-agent"},
    "*": {"dir", "lang"},
}
_SCHEMES = {"http", "https", "mailto", "tel", "cid"}
_CLEANER = nh3.Cleaner(
    tags=set(_TAGS),
    clean_content_tags={"script", "style", "title", "template", "noscript", "iframe", "object", "svg", "math"},
    attributes=_ATTRIBUTES,
    url_schemes=_SCHEMES,
    link_rel="noopener noreferrer nofollow",
)
_MARKUP = re.compile(
    rf"</?(?:{'|'.join(sorted(_TAGS | {'html', 'body', 'head', 'script', 'style', 'font', 'center'}))})(?:\s[^<>]*)?/?>", re.IGNORECASE
)
_BREAKS = re.compile(r"<br\s*/?>\s*|</(?:p|div|li|tr|h[1-4]|blockquote|pre)>\s*|<hr\s*/?>\s*", re.IGNORECASE)
_BULLETS = re.compile(r"<li\b[^>]*>", re.IGNORECASE)
_TAG = re.compile(r"<[^<>]*>")
_MANY_BREAKS = re.compile(r"\n{3,}")
_LINK = re.compile(r"https?://[^\s<>\"']+[^\s<>\"'.,;:!?)\]]")
_NO_TEXT = dict.fromkeys(map(ord, "\0\ufeff"))


def is_html(said: str) -> bool:
    """Whether a text from outside is markup: a known tag stands in it. ``a < b`` and ``<ada@example.com>`` are not."""
    return _MARKUP.search(said) is not None


def clean(said: str) -> str:
    """The same text with only what can neither act nor hide: no script, style, form, frame, handler or unknown address scheme."""
    return _CLEANER.clean(said.translate(_NO_TEXT)).strip()


def plain(cleaned: str) -> str:
    """Cleaned HTML as text: paragraphs and breaks as line feeds, entities as their characters."""
    text = _BULLETS.sub("- ", _BREAKS.sub("\n", cleaned))
    text = entities.unescape(_TAG.sub("", text)).replace("\xa0", " ")
    lines = [line.strip() for line in text.split("\n")]
    return _MANY_BREAKS.sub("\n\n", "\n".join(lines)).strip()


def from_plain(text: str) -> str:
    """Text as HTML: escaped, links made, one paragraph for each block of lines."""
    blocks = re.split(r"\n\s*\n", text.replace("\r\n", "\n").strip())
    return "".join(f"<p>{_linked(block)}</p>" for block in blocks if block.strip())


def line(text: str, longest: int = 160) -> str:
    """Plain text as one line of a list."""
    said = " ".join(text[: 4 * longest].split())
    return said if len(said) <= longest else said[: longest - 1].rstrip() + "…"


def _linked(block: str) -> str:
    parts, last = [], 0
    for match in _LINK.finditer(block):
        address = entities.escape(match[0])
        parts += [entities.escape(block[last : match.start()]), f'<a href="{address}" rel="noopener noreferrer nofollow">{address}</a>']
        last = match.end()
    parts.append(entities.escape(block[last:]))
    return "".join(parts).replace("\n", "<br>")
