/** The way to the desk: one event or a batch as a POST, and what its answer means for us. */

import { key, origin } from "./loader";

export type Answer = [status: number, waitMs: number]; // status 0: no answer; waitMs: what Retry-After asks for

const enum Limit {
  PatienceMs = 20000,
  KeepaliveChars = 60000, // browsers refuse keepalive bodies beyond 64 KiB
}

/** Address and body for events that are JSON already. JSON.stringify leaves no lone surrogate, so the encoding cannot fail. */
function letter(events: string[]): [string, string] {
  const isBatch = events[1];
  const text = isBatch ? `{"event":"send_batch","appClientId":${JSON.stringify(key)},"events":[${events}]}` : events[0]!;
  const sent = btoa(unescape(encodeURIComponent(text))); // by far the fastest way from text to the base64 of its UTF-8
  return [origin + (isBatch ? "/v2/bt" : "/v3/t"), `{"h${isBatch ? "s" : ""}":"${sent}"}`];
}

/** Never rejects. A desk that does not answer in time has not answered. */
export async function post(events: string[]): Promise<Answer> {
  try {
    const [address, body] = letter(events);
    const answer = await fetch(address, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body,
      credentials: "omit",
      keepalive: body.length < Limit.KeepaliveChars,
      signal: AbortSignal.timeout?.(Limit.PatienceMs),
    });
    return [answer.status, +answer.headers.get("Retry-After")! * 1000 || 0];
  } catch {
    return [0, 0];
  }
}

/** For a page that is going away. True when the browser took it over. */
export function beacon(events: string[]): boolean {
  const [address, body] = letter(events);
  return navigator.sendBeacon?.(address, body);
}
