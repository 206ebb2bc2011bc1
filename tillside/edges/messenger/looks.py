"""How the messenger looks on a connector's pages: our settings, and the same in the words existing loaders read (contract 4.5)."""

import base64
from typing import Any
from urllib.parse import quote

import msgspec
from starlette.responses import Response

from tillside.agents import hours
from tillside.edges.messenger import files
from tillside.edges.messenger.call import Ask, answer
from tillside.messenger import settings as looks

_SHORT = "public, max-age=60"


async def settings(ask: Ask) -> Response:
    """``GET /messenger/{key}/settings``: ``{}`` where the messenger is off, so that the tracker stops there."""
    found: dict[str, Any] = _look(ask) if ask.messenger.is_enabled else {}
    response = answer(found)
    response.headers["Cache-Control"] = _SHORT
    return response


async def old_settings(ask: Ask) -> Response:
    """``GET /{appClientId}.json`` → ``{"data": base64 of URL-encoded JSON}``."""
    text = msgspec.json.encode(await _old(ask)).decode()
    response = answer({"data": base64.b64encode(quote(text, safe="").encode()).decode()})
    response.headers["Cache-Control"] = _SHORT
    return response


async def new_config(ask: Ask) -> Response:
    """``POST /tenant-messenger/messenger/new-config`` with appClientId → the same configuration, plain."""
    return answer(await _old(ask))


def _look(ask: Ask) -> dict[str, Any]:
    one, key = ask.messenger, quote(ask.connector.api_key, safe="")
    return {
        "launcher": f"{files.address('launcher.js')}?key={key}",
        "frame": f"/messenger/{key}/frame",
        "name": one.name or ask.connector.name,
        "label": one.label,
        "isVisible": True,
        "look": {"colour": one.colour, "onColour": one.on_colour, "textColour": one.text_colour, "darkTextColour": one.dark_text_colour},
        "place": {
            "side": one.side,
            "sideSpacing": one.side_spacing,
            "bottomSpacing": one.bottom_spacing,
            "zIndex": one.z_index,
            "badge": one.badge,
            "hideOnPhones": one.hides_on_phones,
        },
        "rules": {"who": one.who, "mode": one.mode, "pages": one.pages, "delaySeconds": one.delay_seconds},
        "own": {
            "messenger": one.own.messenger,
            "helpCenter": one.own.help_center,
            "prechat": one.own.prechat,
            "sendMessage": one.own.send_message,
        },
    }


async def _old(ask: Ask) -> dict[str, Any]:
    """The content of contract 4.5, under its own names."""
    one = ask.messenger
    spans = [(day, span) for day, span in zip(hours.DAYS, one.week.days, strict=True) if span is not None]
    control = {
        "displayTimeType": "always" if one.week.is_always else "business-hours",
        "displayUserType": {"everybody": "all", "visitors": "only-visitors", "customers": "only-customers"}[one.who],
        "visibilityCode": one.mode.upper(),
        "visibilityUrls": [{"type": page.how.upper(), "url": page.url} for page in one.pages],
        "hideMobileMessenger": one.hides_on_phones,
        "delayTimeForMessenger": one.delay_seconds,
        "messengerIconPosition": "left" if one.side == "start" else "right",
        "sideSpacing": one.side_spacing,
        "bottomSpacing": one.bottom_spacing,
        "zIndex": one.z_index,
        "badgeType": one.badge,
        "isSPA": True,
    }
    return {
        "tenantId": str(ask.connector.workspace_id),
        "messengerStatus": one.is_enabled,
        "isMessengerVisible": one.is_enabled,
        "control": control,
        "mobileControl": control,
        "style": {"primaryColor": one.colour, "textColor": one.on_colour},
        "welcome": {"intro": one.intro, "greeting": one.greeting, "defaultLanguage": "en"},
        "availability": {
            "replyTime": await looks.answer_minutes(ask.desk.store, ask.connector, one),
            "startTime": spans[0][1].start if spans else "00:00",
            "endTime": spans[0][1].end if spans else "24:00",
            "selectedDay": [day for day, _ in spans] or list(hours.DAYS),
            "extraBusinessHours": [{"day": day, "startTime": span.start, "endTime": span.end} for day, span in spans],
            "holidays": list(one.week.free),
        },
        "brandData": {"name": one.name or ask.connector.name},
        "customLauncherSettings": {
            "messengerSelectors": list(one.own.messenger),
            "helpCenterSelectors": list(one.own.help_center),
            "prechatSurveySelectors": list(one.own.prechat),
            "sendMessageSelectors": [{"selectors": list(one_.selectors), "intialMessage": one_.text} for one_ in one.own.send_message],
        },
        "campaigns": [],
        "helpcenterMode": "off",
        "orderQueryParams": {"orderId": "orderId", "pincode": "pincode", "email": "email"},
    }
