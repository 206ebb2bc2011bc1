/** What outlives the page, handed to the launcher: drafts, unsent messages, the place one was at. */

import type { Memo } from "../protocol";

let held: Memo = {};
let timer = 0;
let tell = (_memo: Memo): void => undefined;

export function begin(memo: Memo, keeper: (memo: Memo) => void): void {
  held = { ...memo };
  tell = keeper;
}

export function value(): Memo {
  return held;
}

export function keep(change: Memo): void {
  Object.assign(held, change);
  timer ||= setTimeout(flush, 150);
}

export function flush(): void {
  clearTimeout(timer);
  timer = 0;
  tell(held);
}

export function draft(conversation: string): string {
  return held.drafts?.[conversation] || "";
}

export function keepDraft(conversation: string, text: string): void {
  const drafts = { ...held.drafts, [conversation]: text };
  if (!text) delete drafts[conversation];
  keep({ drafts });
}
