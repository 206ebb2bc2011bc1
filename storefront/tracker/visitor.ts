/** Who is at this browser: device, session, the uid last seen here and the traits already told. */

import { key } from "./loader";
import type { Json } from "./page";
import { attempt } from "./page";
import { allow, cookie, isAllowed, local, parsed, setCookie, setLocal } from "./storage";

const enum Seconds {
  Device = 117000000, // 3.7 years, as existing pages expect; browsers shorten it as they like
  Session = 21600, // 6 hours since the last event
}
const REMIND_MS = 60000; // how long a session's cookie may wait to hear of the latest event
const COOKIES = ["rpdid", "rpsid", "rptkn"];
const PERSON = ["rpuid", "userProperties"];
const TRAITS = ["email", "firstName", "lastName"];

let told = "";
let remindAt = 0;

/** A random version 4 id. Not crypto.randomUUID, which is missing on pages without https. */
export function newId(): string {
  const random = crypto.getRandomValues(new Uint8Array(36));
  return "rrrrrrrr-rrrr-4rrr-8rrr-rrrrrrrrrrrr".replace(/r/g, (_, at: number) => (random[at]! & 15).toString(16));
}

function setDevice(device: string): string {
  setCookie("rpdid", device, Seconds.Device);
  return device;
}

function setSession(session: string): string {
  setCookie("rpsid", session, Seconds.Session);
  remindAt = Date.now() + REMIND_MS;
  return session;
}

export function did(): string {
  const device = cookie("rpdid") || setDevice(newId());
  if (device != told) attempt(() => window.Android?.updateDid?.((told = device)));
  return device;
}

export function sid(): string {
  const session = cookie("rpsid");
  return session && Date.now() < remindAt ? session : setSession(session || newId());
}

/** Another person, or nobody: new device and session, nothing known. */
export function renew(device = newId(), session = newId()): void {
  PERSON.forEach((name) => setLocal(name));
  setDevice(device);
  setSession(session);
  did();
}

/** A device last used with another connector starts anew. Once a session its cookies are written again, so that they last. */
export function start(): void {
  const before = cookie("rptkn");
  const isOther = before != key;
  if (before && isOther) renew();
  if (isOther || !cookie("rpsid")) {
    setDevice(cookie("rpdid") || newId());
    setCookie("rptkn", key, Seconds.Device);
  }
  did();
}

function traitsFromCookies(): Json {
  const traits: Json = {};
  for (const name of TRAITS) {
    const value = cookie("rp_" + name);
    if (value) traits[name] = value;
  }
  return traits;
}

/** Takes in what an event says of its person. Gives all traits now known, or null where nothing is new and nobody asked. */
export function recognise(given: Json, always: boolean): Json | null {
  const uid = given["uid"] ? "" + given["uid"] : "";
  const before = local("rpuid");
  if (uid && before && before != uid) renew();
  if (uid && before != uid) setLocal("rpuid", uid);
  const said = local("userProperties");
  const traits = { ...traitsFromCookies(), ...parsed(said), ...given };
  const text = JSON.stringify(traits);
  if (text == "{}" || (text == said && !always)) return null;
  if (text != said) setLocal("userProperties", text);
  return traits;
}

export function logout(): void {
  renew();
  setLocal("rpMessengerAuth");
  for (const name of TRAITS) setCookie("rp_" + name);
}

/** Storage is open from here on. A stored device goes on, unless it belongs to somebody other than the one met meanwhile. */
export function remember(): void {
  if (isAllowed) return;
  const early = allow(true);
  const stored = local("rpuid");
  const isOther = stored && early["rpuid"] && stored != early["rpuid"];
  if (isOther || !cookie("rpdid")) renew(early["rpdid"], early["rpsid"]);
  start();
  for (const name of PERSON) if (early[name]) setLocal(name, early[name]);
}

/** Storage is closed from here on; with `erase`, what it held of ours is gone as well. */
export function forget(erase: boolean): void {
  if (erase) {
    COOKIES.forEach((name) => setCookie(name));
    PERSON.forEach((name) => setLocal(name));
  }
  allow(false);
}
