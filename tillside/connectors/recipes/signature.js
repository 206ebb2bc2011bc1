const crypto = require("node:crypto");

// orders: what you would pass to richpanel.track("order", …), each with the time it was placed
async function sendOrders(orders) {
  const events = orders.map((order) => ({ event: "order", appClientId: "{{key}}", properties: order, time: { sentAt: order.createdAt } }));
  const batch = { event: "send_batch", appClientId: "{{key}}", events };
  const hs = Buffer.from(JSON.stringify(batch)).toString("base64");
  const s = crypto.createHash("sha256").update(hs + process.env.TILLSIDE_SECRET).digest("hex");
  const answer = await fetch("{{origin}}/v2/bt", {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ hs, s }),
  });
  return answer.json();
}
