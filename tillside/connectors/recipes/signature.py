import base64
import hashlib
import json
import os
import urllib.request


def send_orders(orders):
    """orders: what you would pass to richpanel.track("order", …), each with the time it was placed"""
    events = [
        {"event": "order", "appClientId": "{{key}}", "properties": order, "time": {"sentAt": order["createdAt"]}}
        for order in orders
    ]
    batch = {"event": "send_batch", "appClientId": "{{key}}", "events": events}
    hs = base64.b64encode(json.dumps(batch).encode()).decode()
    s = hashlib.sha256((hs + os.environ["TILLSIDE_SECRET"]).encode()).hexdigest()
    body = json.dumps({"hs": hs, "s": s}).encode()
    call = urllib.request.Request("{{origin}}/v2/bt", body, {"Content-Type": "application/json"})
    with urllib.request.urlopen(call) as answer:
        return json.load(answer)
