/** What is remembered on this device: cookies and localStorage while the visitor allows it, only memory otherwise. */

import { decoded, setting } from "./loader";
import { attempt } from "./page";

type Texts = Record<string, string>;

const FRESH_MS = 1000; // each look at document.cookie may ask another process; other tabs are heard this much later

/** May the device's storage be touched? */
export let isAllowed = true;

let held: Texts = {};
let jar = held;
let readAt = 0;

/** Opens or closes the device's storage; gives what was held in memory so far. */
export function allow(yes: boolean): Texts {
  const early = held;
  isAllowed = yes;
  jar = held = {};
  readAt = 0;
  return early;
}

/** All cookies, as they are written. Where the browser has none to show, or refuses, those held in memory. */
function cookies(): Texts {
  const now = Date.now();
  if (!isAllowed || now - readAt < FRESH_MS) return jar;
  readAt = now;
  jar = held;
  const text = attempt(() => document.cookie); // a sandboxed frame has none
  if (text) jar = {};
  text?.replace(/([^=; ]+)=([^;]*)/g, (_, name: string, value) => (jar[name] = jar[name] || value));
  return jar;
}

export function cookie(name: string): string {
  return decoded(cookies()[name]);
}

/** A cookie of this host (or of the `domain` the shop set). No seconds: it is deleted. */
export function setCookie(name: string, value = "", seconds = 0): void {
  const text = (cookies()[name] = held[name] = encodeURIComponent(value));
  if (!isAllowed) return;
  const scope = ";domain=" + (setting("domain") || "") + (location.protocol == "https:" ? ";secure" : "");
  attempt(() => (document.cookie = name + "=" + text + ";path=/;samesite=lax;max-age=" + seconds + scope));
}

/** Whether the device took the question; full or refused, memory answers instead. */
function asked(act: (store: Storage) => unknown): boolean | undefined {
  return attempt(() => isAllowed && (act(localStorage), true));
}

export function local(name: string): string {
  let text: string | null = null;
  return (asked((store) => (text = store.getItem(name))) ? text : held[name]) || "";
}

/** No value: it is removed. */
export function setLocal(name: string, value = ""): void {
  held[name] = value;
  asked((store) => (value ? store.setItem(name, value) : store.removeItem(name)));
}

/** A stored JSON value, or an empty object when there is none or somebody spoilt it. */
export function parsed(text: string): any { // somebody else may have written it; each caller looks for itself
  return attempt(() => text && JSON.parse(text)) || {};
}
