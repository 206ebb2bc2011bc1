require "base64"
require "json"
require "openssl"

def user_token(user)
  part = ->(bytes) { Base64.urlsafe_encode64(bytes, padding: false) }
  claims = {
    aud: "{{key}}",
    sub: user[:id].to_s,
    email: user[:email],
    firstName: user[:firstName],
    lastName: user[:lastName],
    exp: Time.now.to_i + 3600
  }
  text = part.call('{"alg":"HS256","typ":"JWT"}') + "." + part.call(claims.to_json)
  text + "." + part.call(OpenSSL::HMAC.digest("SHA256", ENV.fetch("TILLSIDE_TOKEN_SECRET"), text))
end
