/** The identity token the shop's server gave its signed-in customer, from whichever carrier the page uses. */

import { local, parsed } from "./storage";

let dismissed: string | undefined;

function usable(found: unknown): string | undefined {
  return typeof found == "string" && found && found != "null" && found != dismissed ? found : undefined;
}

/** Read anew at each event: a page may set it late, or take it away to sign its customer out. */
export function token(): string | undefined {
  return (
    usable(window.richpanelSettings) ||
    usable(local("rpMessengerAuth")) ||
    usable(parsed(local("mage-cache-storage")).customsection?.data) ||
    usable(location.search && new URLSearchParams(location.search).get("encryptUserData"))
  );
}

/** After logout the page may still hold the token of the one who left; it says nothing any more. */
export function dismiss(): void {
  dismissed = token();
}
