"""Colours that can be read: contrast by WCAG 2, and the nearest shade of a colour that has enough of it."""

import re

LEAST = 4.5
_WHITE, _INK, _BLACK = "#ffffff", "#211e18", "#000000"
_HEX = re.compile(r"#[0-9a-f]{6}")
_STEPS = 20


def is_colour(text: str) -> bool:
    """Whether this is a colour as we keep it: ``#075f6b``."""
    return _HEX.fullmatch(text) is not None


def contrast(one: str, other: str) -> float:
    """Between 1 (the same) and 21 (black on white)."""
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def on(ground: str) -> str:
    """What to write with on a ground: white, else ink, else black. One of them always reaches 4.5."""
    return next((colour for colour in (_WHITE, _INK) if contrast(colour, ground) >= LEAST), _BLACK)


def readable(colour: str, ground: str) -> str:
    """A colour moved towards black or white until it can be read on a ground; itself if it can be already."""
    target = _BLACK if _luminance(ground) > 0.18 else _WHITE
    shades = (_mixed(colour, target, step / _STEPS) for step in range(_STEPS + 1))
    return next((shade for shade in shades if contrast(shade, ground) >= LEAST), target)


def _mixed(one: str, other: str, share: float) -> str:
    return "#" + "".join(f"{round(a + (b - a) * share):02x}" for a, b in zip(_parts(one), _parts(other), strict=True))


def _luminance(colour: str) -> float:
    linear = [part / 3294.6 if part <= 10 else ((part / 255 + 0.055) / 1.055) ** 2.4 for part in _parts(colour)]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _parts(colour: str) -> list[int]:
    return [int(colour[at : at + 2], 16) for at in (1, 3, 5)]
