/** Whether this shop has a messenger, and its launcher if so. A shop without one pays for one small cached answer. */

import { key, origin } from "./loader";
import { guarded, running } from "./page";
import { isAllowed } from "./storage";
import { token } from "./token";
import { did } from "./visitor";

/** What the launcher hears when consent or the person changed; it looks for itself what is so now. */
export function tell(): void {
  dispatchEvent(new Event("tillside"));
}

/** The launcher's address comes with the connector's settings; without one there is no messenger. */
export function load(): void {
  window[running]!.known = { token, did, isKept: () => isAllowed };
  fetch(`${origin}/messenger/${encodeURIComponent(key)}/settings`, { credentials: "omit" })
    .then((answer) => answer.json())
    .then(guarded((settings) => {
      if (!settings.launcher) return;
      const tag = document.createElement("script");
      tag.src = origin + settings.launcher;
      document.head.append(tag);
    }), () => 0);
}
