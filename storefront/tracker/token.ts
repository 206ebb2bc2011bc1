/** The identity token the shop's server gave its signed-in customer, from whichever carrier the page uses. */

import { local, parsed } from "./storage";

let dismissed: string | undefined;

const carriers: (() => unknown)[] = [
  () => window.richpanelSettings,
  () => local("rpMessengerAuth"),
  () => parsed(local("mage-cache-storage")).customsection.data,
  () => new URLSearchParams(location.search).get("encryptUserData"),
];

/** Read anew at each event: a page may set it late, or take it away to sign its customer out. */
export function token(): string | undefined {
  for (const carrier of carriers) {
    try {
      const found = carrier();
      if (typeof found == "string" && found && found != "null" && found != dismissed) return found;
    } catch {
      // a carrier this shop does not use
    }
  }
  return undefined;
}

/** After logout the page may still hold the token of the one who left; it says nothing any more. */
export function dismiss(): void {
  dismissed = token();
}
