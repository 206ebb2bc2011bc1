require "digest"
require "json"
require "openssl"

def user_token(user)
  cipher = OpenSSL::Cipher.new("aes-256-cbc").encrypt
  cipher.key = Digest::SHA256.hexdigest(ENV.fetch("TILLSIDE_SECRET"))[0, 32]
  start = cipher.random_iv
  person = { id: user[:id].to_s, email: user[:email], firstName: user[:firstName], lastName: user[:lastName] }
  locked = cipher.update(person.to_json) + cipher.final
  start.unpack1("H*") + ":" + locked.unpack1("H*")
end
