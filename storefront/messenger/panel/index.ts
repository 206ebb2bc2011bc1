/** The panel: begins with the launcher's word, then draws what the model holds, screen by screen. */

import type { Down, Hello, Up } from "../protocol";
import * as memo from "./memo";
import * as model from "./model";
import * as outbox from "./outbox";
import type { Conversation, Message } from "./shapes";
import * as stream from "./stream";
import { go, isWriting, place, redraw, showTyping, writeInto } from "./places";
import { speak } from "./words";
import { bring, whenStale } from "./wire";

let port: MessagePort | undefined;
let isShown = false;
let hello: Hello | undefined;
let isAsking = false;

const tell = (word: Up): void => port?.postMessage(word);

interface Said {
  conversation?: Conversation;
  message?: Message;
  id?: string;
  name?: string;
  isOn?: boolean;
}

/** One thing the desk told; anything it did not say is left as it was. */
function hear(kind: string, body: unknown): void {
  const said = (body || {}) as Said;
  if (kind === "typing") return showTyping(said.id || "", said.isOn ? said.name || "" : "");
  if (kind === "skipped") return void refresh();
  if (said.conversation) model.put(said.conversation);
  if (said.conversation && said.message) {
    model.add(said.conversation.id, [said.message]);
    if (said.message.by === "shop") showTyping(said.conversation.id, "");
  }
  model.changed();
  announce(said);
}

function announce(said: Said): void {
  const line = said.message?.by === "shop" ? said.message.text.slice(0, 120) : "";
  tell({ say: "unread", count: model.unread(), line });
}

const ear: stream.Ear = { hear, online: (yes) => document.documentElement.classList.toggle("is-offline", !yes) };

async function refresh(): Promise<void> {
  const status = await model.load();
  if (model.isLoaded && status === 200) {
    stream.listen(ear, model.state.position);
    outbox.resume();
    tell({ say: "unread", count: model.unread(), line: "" });
    isAsking = false;
  } else if (status !== 401) setTimeout(() => void refresh(), 3000 * (0.5 + Math.random()));
}

function stale(): void {
  if (isAsking) return;
  isAsking = true;
  setTimeout(() => tell({ say: "stale" }), 300);
  setTimeout(() => (isAsking = false), 5000);
}

function begin(said: Hello): void {
  hello = said;
  isShown = said.isOpen;
  document.documentElement.classList.toggle("is-shown", isShown);
  const facts = { "--shop": said.look.colour, "--on-shop": said.look.onColour, "--shop-light": said.look.textColour, "--shop-dark": said.look.darkTextColour };
  for (const [name, value] of Object.entries(facts)) document.documentElement.style.setProperty(name, value);
  speak(said.lang);
  memo.begin(said.memo, (value) => tell({ say: "memo", memo: value }));
  whenStale(stale);
  bring(said.token);
  go(said.memo.place || "home", said.name, () => tell({ say: "hide" }));
  if (said.token) void refresh();
  else stale();
}

function token(fresh: string): void {
  isAsking = false;
  bring(fresh);
  model.clear();
  stream.again(ear);
  void refresh();
}

const early: Down[] = [];

/** What was said before the greeting waits for it. */
function obey(word: Down): void {
  if (word.say === "hello") {
    begin(word.hello);
    return early.splice(0).forEach(obey);
  }
  if (!hello) return void early.push(word);
  if (word.say === "token") token(word.token);
  if (word.say === "lang") speak(word.lang), redraw();
  if (word.say === "page" && hello) hello.page = word;
  if (word.say === "ask") go("talk:");
  if (word.say === "write") go(place().startsWith("talk:") ? place() : "talk:" + (model.open_()?.id || "")), writeInto(word.text);
  if (word.say === "shown" || word.say === "hidden") show(word.say === "shown");
}

function show(yes: boolean): void {
  isShown = yes;
  document.documentElement.classList.toggle("is-shown", yes);
  if (yes) redraw(true);
  else memo.flush();
}

addEventListener("message", (event) => {
  if (event.source !== parent || event.data?.actionName !== "TILLSIDE_PORT" || !event.ports[0]) return;
  port = event.ports[0];
  port.onmessage = (word: MessageEvent<Down>) => obey(word.data);
});
addEventListener("online", () => (outbox.retry(), stream.again(ear)));
addEventListener("pagehide", memo.flush);
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && !event.isComposing) tell({ say: "hide" });
});
for (const name of ["focusin", "focusout"]) document.addEventListener(name, () => tell({ say: "keyboard", isOpen: isWriting() }));
parent.postMessage({ actionName: "MESSENGER_LOADED", payload: {} }, "*"); // nothing is said but that we are here
