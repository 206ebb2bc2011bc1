/** Page views: one when the page is shown, one for each address a single-page shop moves to. */

import { guarded } from "./page";

let last = "";

/** The address that counts as a page: a fragment is one only where it is a route (`#/cart`). */
function here(): string {
  return location.href.replace(/#(?!!?\/).*/, "");
}

/** The page has reported this view itself. */
export function seen(): void {
  last = here();
}

/** Calls `view` with the address before, for every page from now on. */
export function watch(view: (before: string) => void): void {
  const look = guarded((isAgain?: unknown) => {
    const before = last;
    if (here() == before && isAgain !== true) return;
    seen();
    view(before);
  });
  for (const name of ["pushState", "replaceState"] as const) {
    const original = history[name];
    history[name] = function (...args) {
      original.apply(this, args);
      look();
    };
  }
  addEventListener("popstate", look);
  addEventListener("pageshow", (event) => event.persisted && look(true));
  if ((document as { prerendering?: boolean }).prerendering) document.addEventListener("prerenderingchange", look, { once: true });
  else look();
}
