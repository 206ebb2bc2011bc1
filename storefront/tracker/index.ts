/** The storefront tracker: puts working methods on `window.richpanel`, makes the calls that waited, reports page views. */

import { agent } from "./context";
import { envelope, type Envelope, type Said } from "./envelope";
import { key, origin, setting } from "./loader";
import * as messenger from "./messenger";
import * as outbox from "./outbox";
import * as page from "./page";
import * as pages from "./pages";
import * as token from "./token";
import * as visitor from "./visitor";

let isDenied = false;
let automatic: Envelope | undefined;

function report(said: Said, referrer = ""): Envelope | undefined {
  if (isDenied || !said[0] || typeof said[0] != "string") return page.note("not sent:", said) as undefined;
  const made = envelope(said, referrer);
  if (page.isDebugging) console.log("Tillside:", made);
  else outbox.add(made);
  return made;
}

function track(...said: Said): void {
  const made = report(said);
  if (made?.event != "page_view") return;
  pages.seen(); // the shop reports this page itself, perhaps with a better name
  if (automatic?.context.page.url == made.context.page.url) outbox.withdraw(automatic);
}

function view(before: string): void {
  if (setting("pageViews") != "off") automatic = report(["page_view"], before);
}

function identify(uid?: unknown, traits?: page.Json): void {
  track("identify", {}, uid ? { ...traits, uid } : traits);
}

function atr(moment: unknown, act?: unknown): void {
  if (moment == "onload" && typeof act == "function") act();
}

function consent(said: unknown): void {
  const wasDenied = isDenied;
  isDenied = said == "denied";
  if (isDenied) outbox.clear();
  if (said == "granted") visitor.remember();
  if (isDenied || said == "pending") visitor.forget(isDenied);
  if (wasDenied && !isDenied) view("");
  messenger.tell();
}

function logout(): void {
  token.dismiss();
  visitor.logout();
  messenger.tell();
}

const BOT = /(^|[^u])bot|crawl|spider|slurp|externalhit/i; // [^u]: Cubot makes phones
const nothing = () => undefined;
const methods: page.Methods = {
  track, identify, atr, logout, consent, debug: page.debug, ping: () => true, load: nothing, syncCartItems: nothing,
};

/** Names that pages and apps look for; nothing else of ours is visible on the page. */
function publish(): void {
  Object.assign(window, {
    richpanel_api_url: origin + "/v3",
    richpanel_ws_url: origin.replace("http", "ws"),
    richpanel_messenger_url: origin,
    richpanelVersion: "2.0.0.j",
  });
}

/** A page that runs its snippet twice has stubs again and loads us again: the first tracker takes them over. */
function start(): void {
  if (window[page.running]) return window[page.running]!();
  const isKnown = !!(key && origin);
  if (!isKnown) console.warn("Tillside: no connector key");
  const isActive = isKnown && !BOT.test(agent);
  for (const name in methods) {
    const method = methods[name]!;
    methods[name] = page.guarded((...args) => isActive && (begin(), method(...args)));
  }
  window[page.running] = page.guarded(() => {
    page.install(methods);
    if (isActive) begin();
    page.drain(methods);
  });
  page.install(methods);
  if (isActive) wait();
  else page.drain(methods);
}

/** The page goes first: storage is opened and the calls that waited are made once it has a moment, or needs us. */
function wait(): void {
  const leave = page.guarded(() => (begin(), outbox.leave()));
  publish();
  addEventListener("online", outbox.send);
  addEventListener("pagehide", leave);
  document.addEventListener("visibilitychange", () => document.hidden && leave());
  (window.requestIdleCallback || setTimeout)(page.guarded(begin), { timeout: 1000 } as never);
}

let isBegun = false;

function begin(): void {
  if (isBegun) return;
  isBegun = true;
  consent(setting("consent"));
  visitor.start();
  outbox.resume();
  page.drain(methods);
  pages.watch(view);
  messenger.load();
}

page.guarded(start)();
