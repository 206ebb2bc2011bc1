/* Every verb of the inbox once: its name, its keys, and what it does. The keys, the sheet and the command bar all read this. */
import { all, desk, opened } from "./inbox-desk.js";
import * as composer from "./inbox-composer.js";
import * as list from "./inbox-list.js";
import * as macros from "./inbox-macros.js";
import * as menus from "./inbox-menus.js";
import * as panes from "./inbox-panes.js";
import * as thread from "./inbox-thread.js";
import * as toasts from "./inbox-toasts.js";

const press = (key) => () => { const found = document.querySelector('[data-key="' + CSS.escape(key) + '"]'); if (found) found.click(); };
const go = (key) => () => { const found = document.querySelector('[data-go="' + key + '"]'); if (found) found.click(); };
const bulk = (act) => { const button = document.querySelector('#bulk button[value="' + act + '"]'); if (button) button.click(); };
/* with rows selected a verb means them, else the open conversation */
const both = (act, key) => () => (list.picked().length ? bulk(act) : press(key)());
const number = () => "#" + document.getElementById("conversation").dataset.number;
const title = () => document.getElementById("conversation").dataset.title;
const step = (by) => () => {
  const row = list.neighbour(by);
  if (row) thread.openRow(row);
  else { const link = document.querySelector('[data-key="' + (by > 0 ? "]" : "[") + '"]'); if (link) link.click(); }
};

export const VERBS = [
  { name: "Reply", keys: ["r"], icon: "reply", needs: true, run: () => composer.write("reply") },
  { name: "Reply to all", keys: ["a"], icon: "reply", needs: true, run: () => composer.writeAll() },
  { name: "Write a note", keys: ["n"], icon: "lock", needs: true, run: () => composer.write("note") },
  { name: "Use a macro", keys: ["/"], icon: "zap", needs: true, run: () => macros.open() },
  { name: "Assign to me", keys: ["i"], icon: "user", needs: true, run: press("i") },
  { name: "Assign to a person", keys: ["A"], icon: "user-plus", needs: true, run: () => menus.open("assign") },
  { name: "Hand over to a team", keys: ["T"], icon: "users", needs: true, run: () => menus.open("team") },
  { name: "Close", keys: ["c"], icon: "check", needs: true, run: both("close", "c") },
  { name: "Open again", keys: ["o"], icon: "undo-2", needs: true, run: both("reopen", "o") },
  { name: "Snooze", keys: ["s"], icon: "alarm-clock", needs: true, run: () => menus.open("snooze") },
  { name: "Tag", keys: ["t"], icon: "tag", needs: true, run: () => menus.open("tags") },
  { name: "Priority", keys: ["p"], icon: "flag", needs: true, run: () => menus.open("more") },
  { name: "Merge with another conversation", keys: ["m"], icon: "merge", needs: true, run: press("m") },
  { name: "Split from a message", keys: ["M"], icon: "split", needs: true, run: press("M") },
  { name: "Send a code", keys: ["v"], icon: "key-round", needs: true, run: () => menus.open("verify") },
  { name: "Link an order", keys: ["l"], icon: "link", needs: true, run: () => menus.open("link") },
  { name: "Send to another program", keys: ["S"], icon: "send", needs: true, run: () => menus.open("targets") },
  { name: "Edit the subject", keys: [], icon: "pencil", needs: true, run: () => thread.writeSubject() },
  { name: "Copy the number", keys: ["."], icon: "copy", needs: true, run: () => panes.copy(number(), number() + " copied") },
  { name: "Copy number and subject", keys: [".", "."], icon: "copy", needs: true, run: () => panes.copy(number() + " " + title(), "Number and subject copied") },
  { name: "Copy number, subject and link", keys: [".", ".", "."], icon: "copy", needs: true, run: () => panes.copy(number() + " " + title() + " " + location.origin + "/conversations/" + opened(), "Number, subject and link copied") },
  { name: "Next conversation", keys: ["]"], icon: "chevron-down", needs: true, run: step(1) },
  { name: "Previous conversation", keys: ["["], icon: "chevron-up", needs: true, run: step(-1) },
  { name: "Back to the list", keys: ["u"], icon: "chevron-left", needs: true, run: () => thread.back() },
  { name: "Next in the list", keys: ["j"], icon: "chevron-down", run: () => list.walk(1) },
  { name: "Previous in the list", keys: ["k"], icon: "chevron-up", run: () => list.walk(-1) },
  { name: "Select", keys: ["x"], icon: "list-checks", run: () => list.pickHere() },
  { name: "Select all", keys: ["*", "a"], icon: "list-checks", run: () => list.pickAll(true) },
  { name: "Undo", keys: ["z"], icon: "undo-2", run: () => toasts.undo() },
  { name: "Inbox", keys: ["g", "i"], icon: "inbox", run: go("i") },
  { name: "Mine", keys: ["g", "m"], icon: "user", run: go("m") },
  { name: "Unassigned", keys: ["g", "u"], icon: "circle-dashed", run: go("u") },
  { name: "Notifications", keys: ["g", "n"], icon: "bell", run: go("n") },
  { name: "Approvals", keys: ["g", "a"], icon: "shield-check", run: () => { location.href = "/approvals"; } },
  { name: "Search", keys: ["g", "f"], icon: "search", run: go("f") },
  { name: "Customers", keys: ["g", "c"], icon: "users", run: go("c") },
  { name: "Orders", keys: ["g", "o"], icon: "shopping-bag", run: go("o") },
  { name: "Events", keys: ["g", "e"], icon: "activity", run: go("e") },
  { name: "Rules and targets", keys: ["g", "t"], icon: "workflow", run: go("t") },
  { name: "Write to a customer", keys: [], icon: "square-pen", run: () => { location.href = "/conversations/new"; } },
  { name: "Show the new ones", keys: [], icon: "arrow-up", run: () => list.showNew() },
  { name: "Available", keys: [], icon: "circle-check", run: () => available("available") },
  { name: "Away", keys: [], icon: "coffee", run: () => available("away") },
];

function available(state) {
  const form = all("form[data-availability]").find((one) => one.elements.namedItem("state").value === state);
  if (form && desk()) form.requestSubmit();
}
