/** What is kept on the shop's side between pages: the visitor's token and unsent text. Only in memory until the visitor allows more. */

import { attempt, running } from "../../tracker/page";
import type { Memo } from "../protocol";

const NAME = "tillsideMessenger";

export interface Kept {
  key?: string;
  token?: string;
  memo?: Memo;
  isOpen?: boolean;
}

let held: Kept = {};

export function known() {
  return window[running]?.known;
}

function mayKeep(): boolean {
  return !!known()?.isKept();
}

/** Another connector's token says nothing here. */
export function recall(key: string): void {
  const text = attempt(() => mayKeep() && localStorage.getItem(NAME));
  const found: Kept = attempt(() => text && JSON.parse(text)) || {};
  if (found.key === key) held = { ...found, ...held };
  held.key = key;
}

export function kept(): Kept {
  return held;
}

export function keep(change: Kept): void {
  Object.assign(held, change);
  store();
}

/** Writes what is held, or takes away what an earlier consent had allowed. */
export function store(): void {
  attempt(() => (mayKeep() ? localStorage.setItem(NAME, JSON.stringify(held)) : localStorage.removeItem(NAME)));
}

export function forget(): void {
  held = held.key ? { key: held.key } : {};
  store();
}
