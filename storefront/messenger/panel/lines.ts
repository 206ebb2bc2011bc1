/** The lines of a conversation, in order. What is new is put at its place and all else is left alone, so that nothing jumps and a
 *  screen reader hears each message once. */

import { h } from "./draw";
import * as model from "./model";
import * as outbox from "./outbox";
import { keyOf, mark, saying, unsent } from "./saying";
import type { Message } from "./shapes";
import { day, say } from "./words";

interface Line {
  key: string;
  make(): HTMLElement;
  state?: string;
}

/** Sent and Read stand below one's latest message only. */
function state(id: string, message: Message): string {
  const conversation = model.conversation(id);
  return conversation && conversation.seenAt >= message.at ? say("seen") : say("sent");
}

function wanted(id: string): Line[] {
  const lines: Line[] = [];
  const messages = model.messages(id);
  const waiting = outbox.of(id);
  const last = waiting.length ? undefined : messages.findLast((message) => message.by === "me");
  let before = "";
  for (const message of messages) {
    const today = day(message.at);
    const key = "day-" + new Date(message.at).toDateString().replace(/ /g, "-");
    if (today !== before) lines.push({ key, make: () => h("p", { class: "till-day", id: key }, today) });
    before = today;
    lines.push({ key: "message-" + message.id, make: () => saying(message, ""), state: message === last ? state(id, message) : "" });
  }
  for (const one of waiting) lines.push({ key: keyOf(one, outbox.isStuck()), make: () => unsent(one, outbox.isStuck(), outbox.retry) });
  return lines;
}

export function drawLines(log: HTMLElement, id: string): void {
  const known = new Map(Array.from(log.children, (element) => [element.id, element]));
  let at = log.firstElementChild;
  for (const line of wanted(id)) {
    const element = known.get(line.key) || line.make();
    known.delete(line.key);
    if (element === at) at = at.nextElementSibling;
    else log.insertBefore(element, at);
    if (line.state !== undefined) mark(element, line.state);
  }
  for (const gone of known.values()) gone.remove();
}
