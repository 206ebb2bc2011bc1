/** The script tag that brought us here: the desk's origin, the connector's key, and what the tag or `window.tillside` sets. */

import { attempt } from "./page";

declare const api_token: unknown; // Magento declares it with `let`, so it is no property of window

const OURS = /\/v2\/j\/|\/js\/(tracking|richpanel|tillside)/;

function findTag(): HTMLScriptElement | undefined {
  const current = document.currentScript as HTMLScriptElement | null;
  return current?.src ? current : [].slice.call(document.scripts).find((tag: HTMLScriptElement) => OURS.test(tag.src));
}

const tag = findTag();
const address = tag?.src || "";

/** Where events go. Empty when nobody can say where this script came from. */
export const origin = address.split("/", 3).join("/");

/** A setting from the script tag (`data-consent`) or the page (`window.tillside.consent`). */
export function setting(name: string): unknown {
  return tag?.dataset[name] || window.tillside?.[name];
}

/** Percent-encoding undone; nothing where somebody spoilt it. */
export function decoded(text = ""): string {
  return attempt(() => decodeURIComponent(text)) || "";
}

const inAddress = /[?&]appClientId=([^&#]+)/.exec(address) || /\/v2\/j\/([^/?#]+)/.exec(address);
const said =
  decoded(inAddress?.[1]) ||
  setting("key") ||
  attempt(() => typeof api_token == "string" && api_token) || // typeof, as an unknown name is an error, and those cost a phone 6 ms
  window.appClientId;

/** The connector's key. Empty when the page names none. */
export const key = typeof said == "string" ? said : "";
