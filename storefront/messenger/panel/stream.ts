/** What happens at the desk, as it happens. The stream is a cursor: after a break it goes on behind the last id it heard.
 *
 *  1. Ask with the last id; the answer is server-sent events, read by fetch, as EventSource cannot carry a token.
 *  2. An event with an id moves the cursor once it was handled. One without (typing) is only for now.
 *  3. The answer ends or breaks: wait a little longer each time, then ask again. 401: the token is stale, the launcher brings another.
 */

import { API, bearer, stale } from "./wire";

const MOST_WAIT_MS = 30000;
const SILENCE_MS = 40000; // the desk beats every 15 s

export interface Ear {
  hear(kind: string, said: unknown): void;
  online(yes: boolean): void;
}

let position = 0;
let control: AbortController | undefined;
let timer = 0;
let failures = 0;
let isWanted = false;

/** Listen from a position on; called again it changes nothing but the position of a stream that has not begun. */
export function listen(ear: Ear, from: number): void {
  position = Math.max(position, from);
  if (isWanted) return;
  isWanted = true;
  void run(ear);
}

/** A new token, or the network is back: ask at once, with what is known. */
export function again(ear: Ear): void {
  control?.abort();
  clearTimeout(timer);
  failures = 0;
  if (isWanted) timer = setTimeout(() => void run(ear), 0);
}

async function run(ear: Ear): Promise<void> {
  const mine = (control = new AbortController());
  try {
    const headers = { Authorization: "Bearer " + bearer(), Accept: "text/event-stream", ...(position ? { "Last-Event-ID": "" + position } : {}) };
    const heard = await fetch(API + "stream", { headers, signal: mine.signal, credentials: "omit", cache: "no-store" });
    if (heard.status === 401) {
      isWanted = false;
      return stale();
    }
    if (!heard.ok || !heard.body) throw new Error("no stream");
    failures = 0;
    ear.online(true);
    await read(heard.body.getReader(), mine, ear);
  } catch {
    if (mine !== control) return;
    ear.online(false);
    failures++;
  }
  if (mine !== control) return;
  const wait = Math.min(500 * 2 ** failures, MOST_WAIT_MS) * (0.5 + Math.random() / 2);
  timer = setTimeout(() => void run(ear), wait);
}

async function read(reader: ReadableStreamDefaultReader<Uint8Array>, mine: AbortController, ear: Ear): Promise<void> {
  const decoder = new TextDecoder();
  let text = "";
  for (;;) {
    const silence = setTimeout(() => mine.abort(), SILENCE_MS);
    const { value, done } = await reader.read().finally(() => clearTimeout(silence));
    if (done) return;
    text += decoder.decode(value, { stream: true });
    const blocks = text.split("\n\n");
    text = blocks.pop()!;
    if (mine === control) blocks.forEach((block) => take(block, ear));
  }
}

function take(block: string, ear: Ear): void {
  const lines = (name: string) => block.split("\n").filter((line) => line.startsWith(name + ":")).map((line) => line.slice(name.length + 1).replace(/^ /, ""));
  const [kind] = lines("event");
  if (kind) {
    let said: unknown;
    try {
      said = JSON.parse(lines("data").join("\n") || "null");
    } catch {
      return;
    }
    ear.hear(kind, said);
  }
  const id = +(lines("id")[0] || 0);
  if (id > position) position = id;
}
