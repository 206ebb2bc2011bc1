/** Where an event happened: page, screen, language and time zone. Browser, system and device the desk reads from `userAgent`. */

export interface Page {
  url: string;
  path: string;
  referrer: string;
  title: string;
  qs: Record<string, string> | false;
}

const SECRET = /([?&]encrypt\w*=)[^&#]*/g; // an identity token has no place in a timeline

export const agent = navigator.userAgent;

/** The address as it may be shown to the shop's people. */
export function url(address: string = location.href): string {
  return address.replace(SECRET, "$1");
}

function query(): Page["qs"] {
  const search = url(location.search);
  return !!search && Object.fromEntries(new URLSearchParams(search));
}

let zone = "";

/** The first Intl.DateTimeFormat of a page costs 25 ms (100 at a phone's speed, bench/tracker_main_thread.py); Temporal costs none. */
function timezone(): string {
  return (zone = zone || window.Temporal?.Now.timeZoneId() || Intl.DateTimeFormat().resolvedOptions().timeZone);
}

export function context(referrer: string) {
  return {
    page: { url: url(), path: location.pathname, referrer: url(referrer || document.referrer), title: document.title, qs: query() },
    screen: { width: screen.width, height: screen.height, density: devicePixelRatio },
    browser: { lang: navigator.language },
    timezone: timezone(),
    userAgent: agent,
  };
}
