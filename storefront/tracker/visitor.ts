/** Who is at this browser: device, session, the uid last seen here and the traits already told. */

import type { Json } from "./page";
import { guarded } from "./page";
import { allow, cookie, isAllowed, local, parsed, setCookie, setLocal } from "./storage";

const enum Seconds {
  Device = 117000000, // 3.7 years, as existing pages expect; browsers shorten it as they like
  Session = 21600, // 6 hours since the last event
}
const COOKIES = ["rpdid", "rpsid", "rptkn"];
const PERSON = ["rpuid", "userProperties"];
const TRAITS = ["email", "firstName", "lastName"];

/** A random version 4 id. Not crypto.randomUUID, which is missing on pages without https. */
export function newId(): string {
  const digit = () => (crypto.getRandomValues(new Uint8Array(1))[0]! & 15).toString(16);
  return "rrrrrrrr-rrrr-4rrr-8rrr-rrrrrrrrrrrr".replace(/r/g, digit);
}

const tellApp = guarded((device: string) => {
  window.Android?.updateDid?.(device);
});

function setDevice(device: string): string {
  setCookie("rpdid", device, Seconds.Device);
  tellApp(device);
  return device;
}

export function did(): string {
  return cookie("rpdid") || setDevice(newId());
}

export function sid(): string {
  const session = cookie("rpsid") || newId();
  setCookie("rpsid", session, Seconds.Session);
  return session;
}

/** Another person, or nobody: new device and session, nothing known. */
export function renew(device = newId(), session = newId()): void {
  PERSON.forEach((name) => setLocal(name));
  setDevice(device);
  setCookie("rpsid", session, Seconds.Session);
}

/** A device last used with another connector starts anew. */
export function start(key: string): void {
  const before = cookie("rptkn");
  if (before && before != key) renew();
  else setDevice(cookie("rpdid") || newId());
  setCookie("rptkn", key, Seconds.Device);
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
  if (uid) setLocal("rpuid", uid);
  const told = local("userProperties");
  const traits = { ...traitsFromCookies(), ...parsed(told), ...given };
  const text = JSON.stringify(traits);
  if (text == "{}" || (text == told && !always)) return null;
  setLocal("userProperties", text);
  return traits;
}

export function logout(): void {
  renew();
  setLocal("rpMessengerAuth");
  for (const name of TRAITS) setCookie("rp_" + name);
}

/** Storage is open from here on. A stored device goes on, unless it belongs to somebody other than the one met meanwhile. */
export function remember(key: string): void {
  if (isAllowed) return;
  const early = allow(true);
  const stored = local("rpuid");
  const isOther = stored && early["rpuid"] && stored != early["rpuid"];
  if (isOther || !cookie("rpdid")) renew(early["rpdid"], early["rpsid"]);
  start(key);
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
