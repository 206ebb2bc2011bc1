/** Events on their way: gathered for a moment, sent in batches, tried again later, kept on the device while it is offline.
 *
 *  1. `add` puts an event in; a moment later `send` takes the oldest ones that fit into one request.
 *  2. 2xx: they leave. 401: nobody wants us, all is dropped. 429, 5xx, no answer: they stay, and we wait longer each time.
 *     Any other refusal: a batch is repeated one by one, a single event is dropped.
 *  3. `leave` (page hidden or closed) hands what is left to the browser, or stores it for the next page while the desk is away.
 *  An event may be sent twice, always under its one eventId. */

import type { Envelope } from "./envelope";
import { seal } from "./envelope";
import { key } from "./loader";
import { guarded, isDebugging, note } from "./page";
import { local, parsed, setLocal } from "./storage";
import { beacon, post, type Answer } from "./wire";

const STORED_AS = "tillsideOutbox";
const enum Limit {
  MomentMs = 50,
  Waiting = 250,
  Stored = 50,
  StoredChars = 48000,
  BatchChars = 40000,
  BackoffMs = 300000,
  AskedMs = 3600000,
}

const mine: Record<string, 1> = {}; // ids this page has handled; the rest of the store belongs to other tabs
let waiting: Envelope[] = [];
let inFlight: Envelope[] = [];
let timer = 0;
let failures = 0;
let batchSize = 25;
let closed = false;

export function add(event: Envelope): void {
  if (closed) return;
  mine[event.eventId] = 1;
  waiting = waiting.concat(event).slice(-Limit.Waiting);
  plan(Limit.MomentMs);
}

/** Takes an event back if it has not left yet. */
export function withdraw(event: Envelope): void {
  if (!inFlight.includes(event)) leaveOut([event]);
}

function leaveOut(gone: Envelope[]): void {
  waiting = waiting.filter((event) => !gone.includes(event));
}

export function clear(): void {
  waiting = [];
  setLocal(STORED_AS);
}

function stored(): Envelope[] {
  return ([] as Envelope[]).concat(parsed(local(STORED_AS))).filter((event) => event?.context);
}

/** Takes over what earlier pages could not send. */
export function resume(): void {
  const left = stored().filter((event) => event.appClientId == key);
  if (left[0]) setLocal(STORED_AS);
  left.forEach(add);
}

function plan(delayMs: number): void {
  if (!timer && !inFlight[0]) timer = setTimeout(send, delayMs);
}

/** The oldest that fit into one request, each with its JSON. */
function take(): [Envelope[], string[]] {
  let room = Limit.BatchChars;
  const texts: string[] = [];
  const free = waiting.filter((event) => !inFlight.includes(event)).slice(0, batchSize);
  const fitting = free.filter((event, at) => {
    const text = JSON.stringify(seal(event));
    room -= text.length;
    return (room > 0 || !at) && texts.push(text);
  });
  return [fitting, texts];
}

/** Sends what waits, now. */
export const send = guarded(() => {
  clearTimeout(timer);
  timer = 0;
  if (inFlight[0] || isDebugging || !waiting[0]) return;
  const [batch, texts] = take();
  inFlight = batch;
  post(texts).then(guarded(hear));
});

function hear([status, askedMs]: Answer): void {
  const sent = inFlight;
  inFlight = [];
  if (status == 401) (closed = true), clear();
  if (!status || status == 408 || status == 429 || status > 499) return later(askedMs);
  if (status > 299) note("refused", status, sent);
  if (status > 299 && sent[1]) batchSize = 1;
  else leaveOut(sent);
  if (failures || stored()[0]) store();
  failures = 0;
  if (waiting[0]) plan(0);
}

function later(askedMs: number): void {
  store();
  plan(Math.min(askedMs, Limit.AskedMs) + Math.min(1000 * 2 ** failures++, Limit.BackoffMs) * (0.5 + Math.random() / 2));
}

/** The newest that fit, without tokens: those are not for keeping. */
function store(): void {
  const others = stored().filter((event) => !mine[event.eventId]);
  const kept = others.concat(waiting).slice(-Limit.Stored).map((event) => ({ ...event, userToken: undefined }));
  while (JSON.stringify(kept).length > Limit.StoredChars) kept.shift();
  setLocal(STORED_AS, kept[0] && JSON.stringify(kept));
}

/** The page may be gone after this. While the desk is away a beacon would be lost, so the events are stored instead. */
export const leave = guarded(() => {
  if (isDebugging) return;
  const isReachable = !failures && navigator.onLine;
  for (let [batch, texts] = take(); isReachable && batch[0] && beacon(texts); [batch, texts] = take()) {
    leaveOut(batch);
  }
  if (waiting[0]) store();
});
