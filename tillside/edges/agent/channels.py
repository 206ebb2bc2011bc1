"""How channels are called and drawn at the desk."""

from typing import Final

_KNOWN: Final = {
    "email": ("mail", "E-mail"),
    "email_from_widget": ("clipboard-list", "Contact form"),
    "messenger": ("message-circle", "Chat"),
    "phone": ("phone", "Phone"),
    "aircall": ("phone", "Phone"),
    "sms": ("smartphone", "SMS"),
    "whatsapp": ("smartphone", "WhatsApp"),
    "api": ("code-xml", "API"),
}


def icon(channel: str) -> str:
    return _KNOWN.get(channel, ("at-sign", ""))[0]


def name(channel: str) -> str:
    return _KNOWN.get(channel, ("", ""))[1] or channel.replace("_", " ").capitalize()
