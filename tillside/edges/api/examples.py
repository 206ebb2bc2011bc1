"""A body for every call that takes one, as the reference prints it. A test sends each as it stands here."""

from typing import Any

_ORDER = {
    "event": "order",
    "properties": {
        "orderId": "1001",
        "orderDbKey": "5000001",
        "orderName": "#1001",
        "amount": 49.9,
        "currency": "EUR",
        "status": "processing",
        "createdAt": "2026-05-01T08:00:00.000Z",
        "items": [{"id": "ink-1", "name": "Ink, blue", "price": 24.95, "quantity": 2}],
    },
    "userProperties": {"uid": "cust-1001", "email": "ada@example.com", "firstName": "Ada", "lastName": "Example"},
}
_SUBSCRIPTION = {
    "event": "subscription",
    "properties": {
        "orderId": "2001",
        "orderDbKey": "5000002",
        "amount": 12,
        "currency": "EUR",
        "status": "active",
        "start": "2026-05-01T08:00:00.000Z",
    },
    "userProperties": {"uid": "cust-1001", "email": "ada@example.com"},
}
_COMMENT = {"comment": {"body": "The parcel left us this morning.", "sender_type": "operator", "public": False}}

BODIES: dict[str, Any] = {
    "createConversation": {
        "ticket": {
            "subject": "Where is my parcel?",
            "comment": {"body": "<p>I have heard nothing since Monday.</p>", "sender_type": "customer"},
            "via": {
                "channel": "email",
                "source": {"from": {"address": "ada@example.com", "name": "Ada Example"}, "to": {"address": "help@example.com"}},
            },
            "tags": ["parcel"],
            "priority": "HIGH",
        }
    },
    "updateAConversation": {"ticket": {"status": "CLOSED", "tags": ["parcel", "solved"], "assignee_id": "unassigned"}},
    "sendMessage": {"body": "<p>It arrives tomorrow.</p>", "author_id": "operator"},
    "addTags": {"tags": ["parcel"]},
    "removeTags": {"tags": ["parcel"]},
    "addComment": _COMMENT,
    "addMessage": _COMMENT,
    "createACustomer": {
        "customer": {"uid": "cust-1001", "email": "ada@example.com", "firstName": "Ada", "lastName": "Example", "city": "Oslo"}
    },
    "createAnOrder": {"orders": [_ORDER]},
    "createASubscription": {"subscriptions": [_SUBSCRIPTION]},
    "createTag": {"name": "parcel", "color": "#2f6fde", "description": "Something on its way"},
    "createAWebhook": {"webhook": {"url": "https://shop.example/tillside", "events": ["ticket.closed", "comment.added"], "name": "Our shop"}},
    "replayDeliveries": {"since": "2026-05-01T08:00:00Z", "until": "2026-05-01T12:00:00Z", "states": ["dead", "failed"]},
    "runAnAction": {"ticket_id": "t1", "order": {"orderId": "1"}, "input": {"amount": "2.50", "reason": "damaged"}},
    "declineARun": {"reason": "Ask for photographs first."},
    "queryReports": {
        "startDate": "2026-05-01",
        "endDate": "2026-05-01",
        "metrics": ["new_conversations", "closed_conversations", "csat_score"],
        "dimensions": "agent",
        "timezone": "Europe/Oslo",
    },
}
