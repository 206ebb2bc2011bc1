/** What the desk answers (docs/messenger.md). Times are milliseconds, UTC. */

export interface File_ {
  id: string;
  name: string;
  type: string;
  bytes: number;
  url: string;
  width: number;
  height: number;
}

/** `by`: the shopper, the shop's people, or the desk itself. `html` is cleaned by the desk; without it `text` is the message. `asks`: the
 * desk asks for the code it sent to `email`, of which a stranger reads only so much. */
export interface Message {
  id: string;
  seq: number;
  by: "me" | "shop" | "desk";
  name: string;
  at: number;
  text: string;
  html: string;
  files: File_[];
  clientId: string;
  asks: "" | "code";
  email: string;
}

export interface Conversation {
  id: string;
  subject: string;
  isClosed: boolean;
  who: string;
  line: string;
  at: number;
  unread: number;
  seenAt: number;
  rating: number;
  version: number;
}

export interface Field {
  key: string;
  label: string;
  kind: "text" | "email" | "phone" | "choice" | "long";
  isRequired: boolean;
  choices: string[];
}

/** `until` and `from`: clock times of the shop's own zone; `fromDay` 0 is today, 1 tomorrow, then the weekday's name in English. */
export interface Hours {
  isOpen: boolean;
  isAlways: boolean;
  until: string;
  from: string;
  fromDay: string;
  answerMinutes: number;
}

export interface Order {
  name: string;
  summary: string;
  state: string;
  step: number;
  url: string;
  placedAt: number;
}

export interface State {
  person: { name: string; email: string; trust: string; opensHistory: boolean };
  greeting: string;
  intro: string;
  hours: Hours;
  fields: Field[];
  conversations: Conversation[];
  order: Order | null;
  asksRating: boolean;
  mayProve: boolean;
  fileBytes: number;
  position: number;
}

export interface Thread {
  conversation: Conversation;
  messages: Message[];
  before: number;
}
