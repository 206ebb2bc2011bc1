require "base64"
require "digest"
require "json"
require "net/http"

# orders: what you would pass to richpanel.track("order", …), each with the time it was placed
def send_orders(orders)
  events = orders.map do |order|
    { event: "order", appClientId: "{{key}}", properties: order, time: { sentAt: order[:createdAt] } }
  end
  batch = { event: "send_batch", appClientId: "{{key}}", events: events }
  hs = Base64.strict_encode64(batch.to_json)
  s = Digest::SHA256.hexdigest(hs + ENV.fetch("TILLSIDE_SECRET"))
  answer = Net::HTTP.post(URI("{{origin}}/v2/bt"), { hs: hs, s: s }.to_json, "Content-Type" => "application/json")
  JSON.parse(answer.body)
end
