/** The script tag that brought us here: the desk's origin, the connector's key, and what the tag or `window.tillside` sets. */

declare const api_token: unknown; // Magento declares it with `let`, so it is no property of window

const OURS = /\/v2\/j\/|\/js\/(tracking|richpanel|tillside)/;

function findTag(): HTMLScriptElement | undefined {
  const current = document.currentScript as HTMLScriptElement | null;
  return current?.src ? current : [].slice.call(document.scripts).find((tag: HTMLScriptElement) => OURS.test(tag.src));
}

const tag = findTag();
const address = tag && new URL(tag.src);

/** Where events go. Empty when nobody can say where this script came from. */
export const origin = address ? address.origin : "";

/** A setting from the script tag (`data-consent`) or the page (`window.tillside.consent`). */
export function setting(name: string): unknown {
  return tag?.dataset[name] || window.tillside?.[name];
}

function lexicalKey(): unknown {
  try {
    return api_token;
  } catch {
    return "";
  }
}

/** The connector's key. Empty when the page names none. */
export const key = [
  address?.searchParams.get("appClientId"),
  decodeURIComponent(/\/v2\/j\/([^/]+)|$/.exec(address?.pathname || "")![1] || ""),
  setting("key"),
  lexicalKey(),
  window.appClientId,
].find((found) => found && typeof found == "string") as string | undefined || "";
