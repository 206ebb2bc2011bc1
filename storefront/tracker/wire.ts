/** The way to the desk: one event or a batch as a POST, and what its answer means for us. */

import type { Envelope } from "./envelope";
import { key, origin } from "./loader";

export type Answer = [status: number, waitMs: number]; // status 0: no answer; waitMs: what Retry-After asks for

const enum Limit {
  PatienceMs = 20000,
  KeepaliveChars = 60000, // browsers refuse keepalive bodies beyond 64 KiB
}

function encoded(value: unknown): string {
  let bytes = "";
  new TextEncoder().encode(JSON.stringify(value)).forEach((byte) => (bytes += String.fromCharCode(byte)));
  return btoa(bytes);
}

function letter(events: Envelope[]): [string, string] {
  return events[1]
    ? [origin + "/v2/bt", JSON.stringify({ hs: encoded({ event: "send_batch", appClientId: key, events }) })]
    : [origin + "/v3/t", JSON.stringify({ h: encoded(events[0]) })];
}

/** Never rejects. A desk that does not answer in time has not answered. */
export function post(events: Envelope[]): Promise<Answer> {
  const [address, body] = letter(events);
  const ask = () => fetch(address, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body,
    credentials: "omit",
    keepalive: body.length < Limit.KeepaliveChars,
    signal: AbortSignal.timeout?.(Limit.PatienceMs),
  });
  return Promise.resolve().then(ask).then(
    (answer): Answer => [answer.status, +answer.headers.get("Retry-After")! * 1000 || 0],
    (): Answer => [0, 0],
  );
}

/** For a page that is going away. True when the browser took it over. */
export function beacon(events: Envelope[]): boolean {
  const [address, body] = letter(events);
  return navigator.sendBeacon?.(address, body);
}
