/** Messages on their way. Each has an id of ours, so that sending twice stores once; what is not sent outlives the page. */

import type { Unsent } from "../protocol";
import * as memo from "./memo";
import * as model from "./model";
import type { Conversation, Message } from "./shapes";
import { post } from "./wire";

interface Kept {
  conversation: Conversation;
  message: Message;
}

export interface Waiting extends Unsent {
  problem?: string;
}

let waiting: Waiting[] = [];
let isSending = false;
let timer = 0;
let failures = 0;
let moved = (_from: string, _to: string): void => undefined;

const newId = () => Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");

/** Called when a new conversation got its id. */
export function whenMoved(act: (from: string, to: string) => void): void {
  moved = act;
}

export function of(conversation: string): Waiting[] {
  return waiting.filter((one) => one.conversation === conversation);
}

export function resume(): void {
  waiting = [...(memo.value().unsent || []), ...waiting.filter((one) => !memo.value().unsent?.some((kept) => kept.id === one.id))];
  if (waiting[0]) send();
}

/** `conversation` "" begins a new one; `fields`: what was asked before. */
export function add(conversation: string, text: string, files: string[]): void {
  waiting.push({ id: newId(), conversation, text, files, at: Date.now() });
  changed();
  send();
}

export function retry(): void {
  for (const one of waiting) delete one.problem;
  clearTimeout(timer);
  timer = 0;
  failures = 0;
  changed();
  send();
}

export function clear(): void {
  waiting = [];
  changed();
}

function changed(): void {
  memo.keep({ unsent: waiting.map(({ problem: _, ...one }) => one) });
  model.changed();
}

/** One after the other, in the order they were written. */
export function send(): void {
  const next = waiting.find((one) => !one.problem);
  if (isSending || timer || !next) return;
  isSending = true;
  void deliver(next).finally(() => {
    isSending = false;
    send();
  });
}

async function deliver(one: Waiting): Promise<void> {
  const said = { id: one.id, text: one.text, files: one.files };
  const isNew = !one.conversation;
  const path = isNew ? "conversations" : `conversations/${encodeURIComponent(one.conversation)}/messages`;
  const { status, body, waitSeconds, message } = await post<Kept>(path, isNew ? { ...said, fields: memo.value().fields || {} } : said);
  if (body) return arrive(one, body);
  if (!status || status === 401 || status === 408 || status === 429 || status > 499) return later(waitSeconds);
  one.problem = message || "refused";
  changed();
}

function arrive(one: Waiting, { conversation, message }: Kept): void {
  failures = 0;
  waiting = waiting.filter((other) => other.id !== one.id);
  for (const other of waiting) if (!one.conversation && !other.conversation) other.conversation = conversation.id;
  model.put(conversation);
  model.add(conversation.id, [message]);
  if (!one.conversation) moved("", conversation.id);
  changed();
}

function later(waitSeconds: number): void {
  const wait = Math.max(waitSeconds * 1000, Math.min(1000 * 2 ** failures++, 60000) * (0.5 + Math.random() / 2));
  timer = setTimeout(() => {
    timer = 0;
    send();
  }, wait);
  model.changed();
}

/** Whether the last try had no answer: the text beside the message says so. */
export const isStuck = (): boolean => failures > 0;
