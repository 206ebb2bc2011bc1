/** Where an event happened: page, browser, system and screen, in the words of the wire contract. */

export interface Page {
  url: string;
  path: string;
  referrer: string;
  title: string;
  qs: Record<string, string> | false;
}

const SECRET = /([?&]encrypt\w*=)[^&#]*/g; // an identity token has no place in a timeline
const BOT = /(^|[^u])bot|crawl|spider|slurp|externalhit/i; // [^u]: Cubot makes phones
// mark/name, or the mark alone; the most special claim first, as browsers pretend to be each other
const BROWSERS = "Edg\\w*/Edge OPR/Opera SamsungBrowser CriOS/Chrome FxiOS/Firefox Firefox Chrome Version/Safari";
const SYSTEMS = "Android .OS.(?=\\d)/iOS Windows.NT/Windows Mac.OS.X/macOS CrOS Linux";

const agent = navigator.userAgent;

export function isBot(): boolean {
  return BOT.test(agent);
}

/** The address as it may be shown to the shop's people. */
export function url(address: string = location.href): string {
  return address.replace(SECRET, "$1");
}

function query(): Page["qs"] {
  const found: Record<string, string> = {};
  new URLSearchParams(url(location.search)).forEach((value, name) => (found[name] = value));
  return location.search.length > 1 && found;
}

function claim(marks: string): { name: string; version: string } {
  for (const pair of marks.split(" ")) {
    const [mark, name = mark!] = pair.split("/");
    const found = new RegExp(mark + "[ /]?([\\d._]*)").exec(agent);
    if (found) return { name, version: found[1]!.replace(/_/g, ".") };
  }
  return { name: "", version: "" };
}

/** The first Intl.DateTimeFormat of a page costs 25 ms (100 at a phone's speed, bench/tracker_main_thread.py); Temporal costs none. */
function zone(): string {
  return window.Temporal?.Now.timeZoneId() || Intl.DateTimeFormat().resolvedOptions().timeZone;
}

export function context(referrer: string) {
  const isTablet = /iPad|Tablet|Android(?!.*Mobile)/.test(agent);
  const isMobile = isTablet || /Mobi|Android/.test(agent);
  const browser = claim(BROWSERS);
  return {
    device: { type: isTablet ? "tablet" : isMobile ? "mobile" : "desktop", isMobile: +isMobile },
    ip: { networkIP: "", systemIP: "" },
    location: {},
    os: claim(SYSTEMS),
    page: { url: url(), path: location.pathname, referrer: url(referrer || document.referrer), title: document.title, qs: query() },
    screen: { width: screen.width, height: screen.height, density: devicePixelRatio },
    browser: { ...browser, family: browser.name, lang: navigator.language, cookies: +navigator.cookieEnabled },
    timezone: zone(),
    userAgent: agent,
  };
}
