/** What a shop's page may call, and the messages themes send and wait for: names of contract 4.5, kept as they are. */

import { attempt, guarded } from "../../tracker/page";
import type { Own } from "../protocol";

export interface Verbs {
  open(text?: string): void;
  close(): void;
  put(away: boolean): unknown;
  initialize(): void;
  destroy(): void;
  resync(): void;
  leave(): void;
  ask(): unknown;
  speak(lang: string): unknown;
}

declare global {
  interface Window {
    RichpanelMessenger?: unknown;
    richpanelSettings?: unknown;
  }
}

let verbs: Verbs;

/** A message to the page itself, for themes that listen. Nothing private is in it. */
export function announce(actionName: string, payload: unknown): void {
  attempt(() => postMessage({ actionName, payload }, location.origin === "null" ? "*" : location.origin));
}

function login(token?: unknown): void {
  if (typeof token === "string") window.richpanelSettings = token;
  verbs.resync();
}

export function publish(ours: Verbs): void {
  verbs = ours;
  const update = guarded((said?: unknown) => login((said as { userToken?: unknown } | undefined)?.userToken));
  window.RichpanelMessenger = {
    initialize: verbs.initialize,
    destroy: verbs.destroy,
    update,
    updateWidgetLanguage: guarded((lang: unknown) => verbs.speak("" + lang)),
    logout: verbs.leave,
    login: guarded(login),
  };
  addEventListener("hashchange", hash);
}

const hash = guarded(() => /^#rp-customer-widget/.test(location.hash) && verbs.open());

function text(payload: unknown): string | undefined {
  const said = payload as { message?: unknown; text?: unknown; intialMessage?: unknown; initialMessage?: unknown } | undefined;
  const found = typeof payload === "string" ? payload : said?.message || said?.text || said?.initialMessage || said?.intialMessage;
  return typeof found === "string" ? found : undefined;
}

const actions: Record<string, (payload: unknown) => void> = {
  LAUNCH_MESSENGER: (payload) => verbs.open(text(payload)),
  LAUNCH_HELP_CENTER: () => verbs.open(),
  LAUNCH_PRECHAT_SURVEY: () => verbs.ask(),
  CREATE_NEW_CONVERSATION: (payload) => (verbs.ask(), verbs.open(text(payload))),
  HIDE_MESSENGER: () => (verbs.close(), verbs.put(true)),
  SHOW_MESSENGER: () => verbs.put(false),
  RESYNC_USER_DATA: () => verbs.resync(),
  LOGOUT: () => verbs.leave(),
  UPDATE_LANG: (payload) => verbs.speak("" + ((payload as { lang?: unknown } | undefined)?.lang ?? payload)),
  TRACK_EVENT: (payload) => {
    const said = payload as { event?: unknown; properties?: unknown } | undefined;
    (window.richpanel as { track?: (name: unknown, properties: unknown) => void } | undefined)?.track?.(said?.event, said?.properties);
  },
};

/** Only this page itself may command us; a frame of somebody else may not. */
const obey = guarded((event: MessageEvent) => {
  const name = event.data?.actionName;
  if (event.source === window && typeof name === "string" && Object.hasOwn(actions, name)) actions[name]!(event.data.payload);
});

function meant(event: Event, selectors: string[]): boolean {
  const target = event.target as Element | null;
  return selectors.some((selector) => attempt(() => target?.closest?.(selector)));
}

export function listen(own: Own): void {
  addEventListener("message", obey);
  document.addEventListener(
    "click",
    guarded((event: Event) => {
      const said = own.sendMessage.find((one) => meant(event, one.selectors));
      const isOurs = said || meant(event, own.messenger.concat(own.helpCenter, own.prechat));
      if (!isOurs) return;
      event.preventDefault();
      if (meant(event, own.prechat)) verbs.ask();
      else verbs.open(said?.text);
    }),
  );
}
