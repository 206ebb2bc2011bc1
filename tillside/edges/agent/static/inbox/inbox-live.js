/* What happens meanwhile: one stream tells what changed, the parts ask for the pieces they show. And who is here, for the others. */
import { all, ask, desk, hear, opened, pieces, pocket, say, tell } from "./inbox-desk.js";
import * as list from "./inbox-list.js";

const BEAT = 20000;
const TYPED_EVERY = 3000; /* a shopper's screen shows it for six seconds */
const TYPED_FOR = 6000;
let stream = null;
let position = "";
let doing = "";
let last = 0;
let lostAt = null;
let typed = 0;
let typing = null;

function listen() {
  stream = new EventSource(position ? desk().dataset.stream.replace(/after=\d+/, "after=" + position) : desk().dataset.stream);
  stream.onopen = () => { if (lostAt) { lostAt = null; offline(); catchUp(); } };
  stream.onerror = () => {
    if (!lostAt) { lostAt = new Date(); setTimeout(offline, 2500); }
    if (stream.readyState === EventSource.CLOSED) setTimeout(listen, 3000);
  };
  stream.onmessage = (event) => {
    position = event.lastEventId || position;
    take(JSON.parse(event.data));
  };
}

/* after a break: everything on the screen is asked for anew, so nothing depends on what was missed */
function catchUp() {
  list.changed(all(".row-card").map((one) => one.dataset.id).slice(0, 100));
  tell("changed", { id: opened() });
  beat(true);
}

function offline() {
  const note = document.getElementById("offline");
  note.hidden = !lostAt;
  if (lostAt) note.querySelector("[data-since]").textContent = lostAt.toTimeString().slice(0, 5);
}

function take({ kind, subject, detail }) {
  if (kind === "stream.skipped") { catchUp(); return; }
  if (kind === "company.changed") { watched(subject); return; }
  if (kind === "typing") { if (subject === opened()) shopperWrites(detail.isOn); return; }
  if (kind === "conversation.read") return;
  if (kind.startsWith("action_run.")) { tell("ran", { ...detail, what: kind.slice(11), id: subject }); return; }
  if (kind === "events.arrived") { tell("arrived"); return; }
  if (kind === "mention.made") { mentioned(detail || {}); return; }
  if (kind === "target.alerted" || kind === "target.alert_done") { alerted(); return; }
  if (kind === "mention.done") { if (subject === desk().dataset.me) bell(); return; }
  if (kind.startsWith("call.")) { if (detail && detail.conversation === opened()) tell("changed", { id: opened() }); return; }
  if (!/^(conversation|message)\./.test(kind)) return;
  const id = (detail && detail.conversation_id) || subject;
  list.changed([id]);
  tell("changed", { id });
  if (kind === "conversation.proved") tell("proved", { id });
}

/* who looks and who writes: only their places are drawn again */
async function watched(id) {
  const row = document.getElementById("watch-" + id);
  if (!row && id !== opened()) return;
  const arrived = pieces(await ask("/conversations/" + id + "/company").catch(() => ""));
  for (const name of ["watch-" + id, ...(id === opened() ? ["watching", "company"] : [])]) {
    const place = document.getElementById(name);
    const next = arrived.getElementById(name);
    if (place && next && place.innerHTML !== next.innerHTML) place.replaceChildren(...next.childNodes);
  }
}

/* the shopper writes at this moment: the line says so until they stop, or are silent for some seconds */
function shopperWrites(is) {
  const line = document.getElementById("shopper-writing");
  clearTimeout(typing);
  if (!line) return;
  line.hidden = !is;
  if (is) typing = setTimeout(() => shopperWrites(false), TYPED_FOR);
}

/* an agent writes a reply: the shopper hears of it now and then, and once more when it is over. Of a note never. */
function agentWrites(is) {
  if (is ? Date.now() - typed < TYPED_EVERY : !typed) return;
  typed = is ? Date.now() : 0;
  say("/typing", { conversation: opened(), is: is ? "on" : "off" }).catch(() => {});
}

/* the newest message on the screen */
const read = () => { const found = all("#thread .message"); return found.length ? found[found.length - 1].dataset.position : ""; };

async function beat(isForced = false) {
  const now = Date.now();
  const id = opened();
  if (!isForced && now - last < BEAT - 500) return;
  if (document.hidden && !isForced) return;
  last = now;
  await say("/watching", { conversation: document.hidden ? "" : id, doing: doing || "looking", read: read() }).catch(() => {});
}

async function bell() {
  const count = document.querySelector("[data-bell]");
  const answer = await ask("/mentions/count").catch(() => "");
  if (!count || answer === "") return;
  count.textContent = answer;
  count.hidden = answer === "0";
}

/* a target asks for those who manage it, or does no longer: the bell counts, and above the list of the bell it is told */
async function alerted() {
  bell();
  const place = document.getElementById("alerts");
  if (!place) return;
  const html = await ask("/alerts").catch(() => null);
  if (html === null) return;
  place.replaceChildren(...pieces(html).childNodes);
  window.htmx.process(place);
}

/* a note calls this agent: the bell counts, the row comes into the list, and a line on the screen says where */
function mentioned({ agents = [], conversation, number, by, words }) {
  if (!agents.includes(desk().dataset.me)) return;
  bell();
  list.changed([conversation]);
  const title = by + " mentioned you in #" + number;
  if (document.hidden || conversation !== opened()) tell("said", { words: title, href: "/conversations/" + conversation + "?view=mentions", more: words });
  notify({ title, words }, conversation);
}

/* in the browser only when somebody asked for it by a click, and only while the desk is not looked at */
function notify(detail, id) {
  if (!document.hidden || !pocket.get("notify") || !("Notification" in window) || Notification.permission !== "granted") return;
  const note = new Notification(detail.title || "Tillside", { body: detail.words || "", tag: id });
  note.onclick = () => { window.focus(); location.href = "/conversations/" + id; };
}

async function allow() {
  if (!("Notification" in window)) { tell("said", { words: "This browser shows no notifications." }); return; }
  const answer = await Notification.requestPermission();
  pocket.set("notify", answer === "granted");
  tell("said", { words: answer === "granted" ? "Notifications are on in this browser." : "The browser did not allow notifications." });
}

export function start() {
  listen();
  beat(true);
  setInterval(() => beat(), BEAT);
  hear("leaving", () => agentWrites(false));
  hear("opened", () => { doing = ""; beat(true); });
  hear("message", ({ by }) => {
    if (by !== "customer") return;
    shopperWrites(false);
    if (!document.hidden) beat(true);
  });
  hear("bell", bell);
  hear("alert", ({ words, conversation }) => notify({ title: words }, conversation));
  hear("writing", ({ is, isReply }) => {
    agentWrites(Boolean(is && isReply));
    const next = is ? "writing" : "";
    if (next === doing) return;
    doing = next;
    beat(true);
  });
  document.addEventListener("visibilitychange", () => beat(true));
  window.addEventListener("pagehide", () => { say("/watching", { conversation: "", doing: "" }, { keepalive: true }).catch(() => {}); stream.close(); });
  window.addEventListener("pageshow", (event) => { if (event.persisted) listen(); });
  document.addEventListener("click", (event) => { if (event.target.closest("[data-allow-notices]")) allow(); });
}
