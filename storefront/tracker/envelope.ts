/** One event as it travels: what the page said, who and where it was. */

import { context, url } from "./context";
import { key } from "./loader";
import type { Json } from "./page";
import { token } from "./token";
import { did, newId, recognise, sid } from "./visitor";

declare const VERSION: string;

export interface Envelope {
  event: string;
  properties: unknown;
  userProperties: Json | null;
  userToken?: string | undefined;
  time: { sentAt: number; originalTimestamp?: unknown };
  eventId: string;
  appClientId: string;
  did: string;
  sid: string;
  version: string;
  context: ReturnType<typeof context>;
}

/** The arguments of `track`, as the page gave them. */
export type Said = [event: string, properties?: unknown, userProperties?: unknown, happenedAt?: unknown, eventId?: unknown];

/** A copy, as the page may change its object before we send; `null`, `[]` and whatever else is no object say nothing. */
function copy(value: unknown): Json {
  if (!value || typeof value != "object" || Array.isArray(value)) return {};
  return JSON.parse(JSON.stringify(value, (_, part) => (typeof part == "bigint" ? "" + part : part)));
}

/** Throws where the page's objects cannot become JSON. `sentAt` is the moment of the call, so that a late sending changes nothing. */
export function envelope([event, properties, userProperties, happenedAt, eventId]: Said, referrer: string): Envelope {
  const said = copy(properties);
  const traits = recognise(copy(userProperties), /^(order|identify)$/i.test(event)); // before did(): it may be another person
  return {
    event,
    properties: said,
    userProperties: traits,
    userToken: token(),
    time: { sentAt: Date.now(), originalTimestamp: happenedAt || undefined },
    eventId: eventId ? "" + eventId : newId(),
    appClientId: key,
    did: did(),
    sid: sid(),
    version: "tillside-" + VERSION,
    context: context(referrer),
  };
}

/** Last look before sending: a token or a title that came meanwhile, if it is still the same person and page. */
export function seal(sent: Envelope): Envelope {
  if (!sent.userToken && sent.did == did()) sent.userToken = token();
  const page = sent.context.page;
  if (page.url == url()) page.title = document.title;
  return sent;
}
