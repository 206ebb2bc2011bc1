/** What launcher, panel and desk say to each other. The words of `actionName` are those existing themes use (contract 4.5). */

export interface Look {
  colour: string;
  onColour: string;
  textColour: string;
  darkTextColour: string;
}

export interface Place {
  side: "start" | "end";
  sideSpacing: number;
  bottomSpacing: number;
  zIndex: number;
  badge: "icon" | "label";
  hideOnPhones: boolean;
}

export interface Rules {
  who: "everybody" | "visitors" | "customers";
  mode: "show" | "hide";
  pages: { how: "starts" | "contains" | "exact"; url: string }[];
  delaySeconds: number;
}

export interface Own {
  messenger: string[];
  helpCenter: string[];
  prechat: string[];
  sendMessage: { selectors: string[]; text: string }[];
}

export interface Settings {
  launcher?: string;
  frame: string;
  name: string;
  label: string;
  isVisible: boolean;
  look: Look;
  place: Place;
  rules: Rules;
  own: Own;
}

/** What the launcher brings to the panel: the token that says which browser this is, and what an earlier page left. */
export interface Hello {
  token: string;
  lang: string;
  memo: Memo;
  page: { url: string; title: string };
  look: Look;
  name: string;
  isOpen: boolean;
}

/** Text and unsent messages that outlive a page. Kept on the shop's side, as the panel has no storage of its own. */
export interface Memo {
  place?: string;
  drafts?: Record<string, string>;
  unsent?: Unsent[];
  fields?: Record<string, string>;
}

export interface Unsent {
  id: string;
  conversation: string;
  text: string;
  files: string[];
  at: number;
}

/** Launcher → panel, over the private port. */
export type Down =
  | { say: "hello"; hello: Hello }
  | { say: "token"; token: string }
  | { say: "shown" | "hidden" }
  | { say: "lang"; lang: string }
  | { say: "page"; url: string; title: string }
  | { say: "write"; text: string }
  | { say: "ask" };

/** Panel → launcher, over the private port. */
export type Up =
  | { say: "ready" | "hide" | "stale" }
  | { say: "memo"; memo: Memo }
  | { say: "unread"; count: number; line: string }
  | { say: "keyboard"; isOpen: boolean };
