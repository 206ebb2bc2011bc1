/** The button and the panel of one page: opened, closed, brought, put away, and told who is there. */

import { guarded } from "../../tracker/page";
import type { Settings, Up } from "../protocol";
import { button, type Button } from "./button";
import * as calls from "./calls";
import * as desk from "./desk";
import { frame, type Frame } from "./frame";
import { forget, keep, kept, store } from "./memory";
import { isPhone, isWanted } from "./rules";
import * as visit from "./visit";

let settings: Settings | undefined;
let corner: Button | undefined;
let panel: Frame | undefined;
let isOpen = false;
let isPutAway = false;
let lang = "";

export const begin = (found: Settings): unknown => (settings = found);

/** Brings the panel, hidden. The person's hand on the button is enough. */
export const prepare = guarded(() => {
  if (!settings || panel) return;
  panel = frame(settings, hear, unreachable);
  void visit.session();
});

const drop = (): unknown => (panel?.remove(), (panel = undefined));

function unreachable(): void {
  close();
  drop();
  corner?.say("The messenger cannot be reached right now. What you wrote is kept. Press the button to try again.");
}

function hear(word: Up): void {
  if (word.say === "ready") void greet();
  if (word.say === "hide") close(true);
  if (word.say === "stale") void renew();
  if (word.say === "memo") keep({ memo: word.memo });
  if (word.say === "unread") announce(word.count, word.line);
  if (word.say === "keyboard") calls.announce("KEYBOARD_STATE_CHANGE", { isOpen: word.isOpen });
}

function announce(count: number, line: string): void {
  corner?.count(isOpen ? 0 : count);
  if (count && line && !isOpen) calls.announce("NEW_MESSAGE_NOTIFICATION", { count, message: line });
}

async function greet(): Promise<void> {
  const found = await visit.session();
  if (!panel || !settings) return;
  const page = { url: location.href, title: document.title };
  const { look, name } = settings;
  const hello = { token: found?.token || "", lang: lang || document.documentElement.lang || navigator.language, memo: kept().memo || {}, page, look, name, isOpen };
  panel.tell({ say: "hello", hello });
}

/** The panel's token no longer counts: a new one, for whoever is signed in now. */
async function renew(): Promise<void> {
  visit.over();
  const found = await visit.session();
  if (found) panel?.tell({ say: "token", token: found.token });
}

export const open = guarded((text?: string) => {
  if (!settings) return;
  prepare();
  isOpen = true;
  keep({ isOpen });
  corner?.open(true);
  corner?.count(0);
  corner?.show(!isPhone() && !isPutAway);
  panel?.show(true);
  panel?.tell({ say: "shown" });
  if (text) panel?.tell({ say: "write", text });
});

export function close(isByHand = false): void {
  if (!isOpen) return;
  isOpen = false;
  keep({ isOpen });
  panel?.show(false);
  panel?.tell({ say: "hidden" });
  corner?.open(false);
  look();
  if (isByHand) corner?.focus();
}

/** Shows or hides the button by the shop's rules; a single-page shop moves between pages without telling. */
export const look = guarded(() => {
  if (!settings || !corner) return;
  const isAllowed = settings.isVisible && !(settings.place.hideOnPhones && isPhone()) && isWanted(settings.rules, visit.isCustomer());
  corner.show(isAllowed && !isPutAway && !(isOpen && isPhone()));
});

/** Consent changed, or another person signed in or out. */
export const resync = guarded(() => {
  store();
  if (!visit.isAnother()) return;
  if (visit.wasSignedIn()) forget();
  if (panel || kept().token) void renew().then(look);
});

export function leave(): void {
  const { token } = kept();
  if (token) desk.end(token);
  forget();
  visit.over();
  close();
  drop();
  corner?.count(0);
}

export function destroy(): void {
  isOpen = false;
  drop();
  corner?.host.remove();
  corner = undefined;
}

export function place(): void {
  if (corner || !settings) return;
  corner = button(settings, guarded(() => (isOpen ? close(true) : open())), prepare);
  (document.body || document.documentElement).append(corner.host);
  look();
}

export const put = (away: boolean): unknown => ((isPutAway = away), look());

export const ask = (): unknown => (open(), panel?.tell({ say: "ask" }));

export const speak = (wanted: string): unknown => panel?.tell({ say: "lang", lang: (lang = wanted) });

/** The shop went to another of its pages without loading it. */
export function moved(): void {
  look();
  panel?.tell({ say: "page", url: location.href, title: document.title });
}

/** Whoever has written before hears of new answers without opening anything; everybody else costs nothing. */
export async function goOn(): Promise<void> {
  if (/^#rp-customer-widget/.test(location.hash) || (kept().isOpen && !isPhone())) return open();
  if (!kept().token) return;
  const found = await visit.session();
  corner?.count(found?.unread || 0);
  if (found?.isLive) prepare();
}
