/** What the panel knows: one state, changed by answers and by the stream, in either order. Messages are kept by id, so twice is once. */

import type { Conversation, Message, State, Thread } from "./shapes";
import { get } from "./wire";

export const EMPTY: State = {
  person: { name: "", email: "", trust: "typed", opensHistory: false }, greeting: "", intro: "",
  hours: { isOpen: true, isAlways: true, until: "", from: "", fromDay: "", answerMinutes: 0 },
  fields: [], conversations: [], order: null, asksRating: true, mayProve: false, fileBytes: 10e6, position: 0,
};

export let state: State = EMPTY;
export let isLoaded = false;

const threads: Record<string, Message[]> = {};
const befores: Record<string, number> = {};
const listeners: (() => void)[] = [];

export function onChange(act: () => void): void {
  listeners.push(act);
}

export function changed(): void {
  for (const act of listeners) act();
}

export async function load(): Promise<number> {
  const { status, body } = await get<State>("state");
  if (!body) return status;
  const known = state.conversations;
  state = body;
  known.forEach(put);
  isLoaded = true;
  changed();
  return status;
}

export function conversation(id: string): Conversation | undefined {
  return state.conversations.find((one) => one.id === id);
}

export function messages(id: string): Message[] {
  return threads[id] || [];
}

export function hasEarlier(id: string): boolean {
  return !!befores[id];
}

/** A conversation as the desk has it now. An answer that was slower than the stream does not bring an older one back. */
export function put(fresh: Conversation): void {
  const known = conversation(fresh.id);
  if (known && known.version > fresh.version) return;
  const others = state.conversations.filter((one) => one.id !== fresh.id);
  state.conversations = [fresh, ...others].sort((a, b) => b.at - a.at);
}

export function add(id: string, fresh: Message[]): void {
  const ids = new Set(fresh.map((one) => one.id));
  threads[id] = [...messages(id).filter((one) => !ids.has(one.id)), ...fresh].sort((a, b) => a.seq - b.seq);
}

export async function open(id: string, isEarlier = false): Promise<number> {
  const before = isEarlier ? `?before=${befores[id]}` : "";
  const { status, body } = await get<Thread>(`conversations/${encodeURIComponent(id)}${before}`);
  if (!body) return status;
  put(body.conversation);
  add(id, body.messages);
  if (isEarlier || befores[id] === undefined) befores[id] = body.before;
  changed();
  return status;
}

/** Everything known of this person is forgotten: another one may stand behind the new token. */
export function clear(): void {
  for (const id in threads) delete threads[id], delete befores[id];
  state = EMPTY;
  isLoaded = false;
}

export const unread = (): number => state.conversations.reduce((sum, one) => sum + one.unread, 0);
export const open_ = (): Conversation | undefined => state.conversations.find((one) => !one.isClosed);
