const crypto = require("node:crypto");

function userToken(user) {
  const digest = crypto.createHash("sha256").update(process.env.TILLSIDE_SECRET).digest("hex");
  const start = crypto.randomBytes(16);
  const cipher = crypto.createCipheriv("aes-256-cbc", Buffer.from(digest.slice(0, 32)), start);
  const person = { id: String(user.id), email: user.email, firstName: user.firstName, lastName: user.lastName };
  return start.toString("hex") + ":" + cipher.update(JSON.stringify(person), "utf8", "hex") + cipher.final("hex");
}
