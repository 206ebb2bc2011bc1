/** What is remembered on this device: cookies and localStorage while the visitor allows it, only memory otherwise. */

import { setting } from "./loader";

/** May the device's storage be touched? */
export let isAllowed = true;

let held: Record<string, string> = {};

/** Opens or closes the device's storage; gives what was held in memory so far. */
export function allow(yes: boolean): Record<string, string> {
  const early = held;
  isAllowed = yes;
  held = {};
  return early;
}

export function cookie(name: string): string {
  try {
    if (isAllowed && navigator.cookieEnabled) {
      return decodeURIComponent(new RegExp("(?:^|; )" + name + "=([^;]*)|$").exec(document.cookie)![1] || "");
    }
  } catch {
    // a sandboxed frame, or a value somebody else wrote
  }
  return held[name] || "";
}

/** A cookie of this host (or of the `domain` the shop set). No seconds: it is deleted. */
export function setCookie(name: string, value = "", seconds = 0): void {
  held[name] = value;
  if (!isAllowed) return;
  try {
    document.cookie =
      name + "=" + encodeURIComponent(value) + ";path=/;samesite=lax;max-age=" + seconds +
      ";domain=" + (setting("domain") || "") + (location.protocol == "https:" ? ";secure" : "");
  } catch {
    // held in memory instead
  }
}

export function local(name: string): string {
  try {
    if (isAllowed) return localStorage.getItem(name) || "";
  } catch {
    // refused by the browser
  }
  return held[name] || "";
}

/** No value: it is removed. */
export function setLocal(name: string, value = ""): void {
  held[name] = value;
  try {
    if (isAllowed) value ? localStorage.setItem(name, value) : localStorage.removeItem(name);
  } catch {
    // full or refused: held in memory instead
  }
}

/** A stored JSON value, or an empty object when there is none or somebody spoilt it. */
export function parsed(text: string): any { // somebody else may have written it; each caller looks for itself
  try {
    return JSON.parse(text) || {};
  } catch {
    return {};
  }
}
