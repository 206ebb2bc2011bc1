const crypto = require("node:crypto");

function userToken(user) {
  const part = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const text = part({ alg: "HS256", typ: "JWT" }) + "." + part({
    aud: "{{key}}",
    sub: String(user.id),
    email: user.email,
    firstName: user.firstName,
    lastName: user.lastName,
    exp: Math.floor(Date.now() / 1000) + 3600,
  });
  const seal = crypto.createHmac("sha256", process.env.TILLSIDE_TOKEN_SECRET).update(text).digest("base64url");
  return text + "." + seal;
}
