/* The composer: an editor over the textarea, a draft that is never lost, and sending. */
import { all, ask, desk, hear, opened, pieces, pocket, say, tell } from "./inbox-desk.js";
import * as editors from "./editor.js";
import * as list from "./inbox-list.js";
import * as thread from "./inbox-thread.js";

const WAIT = 600;
let editor = null;
let timer = null;
let isSending = false;
let leaving = "";  // the text that is on its way: it comes back where the desk does not take it
let awaited = null;  // how to send once the files are here
let gone = null;  // what a macro did with the answer that was sent last: it comes back with its text
let returns = "";  // the conversation whose answer was taken back

const form = () => document.getElementById("composer");
const field = (name) => form().elements.namedItem(name);
const box = () => document.getElementById("editor");
const name = () => "draft:" + desk().dataset.me + ":" + form().dataset.conversation;
export const mode = () => field("mode").value;
export const isEmpty = () => !editor || (!editor.getRoot().textContent.trim() && !field("attachment"));

/* put the editor over the textarea of the conversation that was just opened */
function dress() {
  editor = null;
  isSending = false;
  leaving = "";
  awaited = null;
  clearTimeout(timer);
  if (!form()) return;
  const plain = document.getElementById("words");
  editor = editors.over(box(), form().querySelector(".composer__format"));
  const kept = pocket.get(name());
  const server = Number(plain.dataset.at || 0);
  const isNewer = kept && kept.at * 1000 > server && kept.html;
  editor.setHTML(isNewer ? kept.html : plain.dataset.html || "");
  if (isNewer) { setMode(kept.mode); keep(); }
  editor.moveCursorToEnd();
  plain.hidden = true;
  plain.disabled = true;
  box().hidden = false;
  box().addEventListener("blur", () => tell("writing", { is: false }));
  editor.addEventListener("input", changed);
  editor.addEventListener("pasteImage", (event) => all2(event.detail.clipboardData));
  editor.addEventListener("willPaste", () => setTimeout(changed));
  box().addEventListener("drop", (event) => { if (event.dataTransfer.files.length) { event.preventDefault(); attach(event.dataTransfer.files); } });
  showMode();
  if (gone && returns === form().dataset.conversation && gone.conversation === returns) use(gone.macro, gone.chips);
  returns = "";
}

const all2 = (data) => attach(Array.from(data.items).filter((one) => one.kind === "file").map((one) => one.getAsFile()));

function changed() {
  if (!editor) return;
  pocket.set(name(), { html: leaving + html(), mode: mode(), at: Date.now() });
  document.getElementById("kept").textContent = "";
  clearTimeout(timer);
  timer = setTimeout(keep, WAIT);
  tell("writing", { is: !isEmpty(), isReply: mode() === "reply" });
  tell("typed", { text: beforeCaret() });
}

const html = () => editors.html(editor);

/* the draft goes to the desk; only when the desk has it, the copy in this browser goes */
export async function keep() {
  clearTimeout(timer);
  if (!editor || !form() || isSending) return;
  const mine = form();
  const told = html();
  const files = all("input[name=attachment]", mine).map((one) => one.value);
  try {
    const answer = JSON.parse(await say(mine.dataset.draft, { mode: mode(), html: told, files: files.join(",") }, { keepalive: told.length < 50000 }));
    if (form() !== mine || isSending) return;
    if (html() === told) { pocket.drop(name()); document.getElementById("kept").textContent = told ? "Draft kept " + answer.kept : ""; }
  } catch (error) {
    if (form() !== mine) return;
    document.getElementById("kept").textContent = "Kept in this browser";
    if (error.status !== 403) timer = setTimeout(keep, 3000);
  }
}

export function setMode(next) {
  const wanted = all("input[name=mode]", form()).find((one) => one.value === next);
  if (wanted) wanted.checked = true;
  showMode();
}

function showMode() {
  form().classList.toggle("composer--note", mode() === "note");
  box().setAttribute("aria-label", mode() === "note" ? "Your note" : "Your reply");
}

export function write(next) {
  if (!form()) return;
  if (next) { setMode(next); if (!isEmpty()) changed(); }
  editor.focus();
}

/* to everybody who is in copy; where nobody is, the field is offered */
export function writeAll() {
  const copies = form() && document.getElementById("cc");
  write("reply");
  if (!copies) return;
  copies.closest(".composer__cc").removeAttribute("data-folded");
  if (!copies.value) copies.value = copies.dataset.all;
  if (!copies.value) copies.focus();
}

/* the editor counts every change of its own attributes as typing, unless it is told */
export function describe(attributes) {
  editor.modifyDocument(() => {
    for (const [name, value] of Object.entries(attributes)) value ? box().setAttribute(name, value) : box().removeAttribute(name);
  });
}

export const insert = (text) => { editor.insertHTML(text); changed(); };
export const replace = (text) => { editor.setHTML(text); editor.moveCursorToEnd(); editor.focus(); changed(); };
/* a macro and what it does: each step stands below the text until it is left out */
export function use(macro, chips = []) {
  field("macro").value = macro;
  field("steps").value = "shown";
  document.getElementById("steps").replaceChildren(...chips);
}

/* the text of the line before the caret: for `/macro` and `@name` */
export function beforeCaret() {
  const range = editor && editor.getSelection();
  if (!range || !range.collapsed || range.startContainer.nodeType !== Node.TEXT_NODE) return "";
  return range.startContainer.data.slice(0, range.startOffset);
}

export function takeBack(count) {
  const range = editor.getSelection();
  range.setStart(range.startContainer, Math.max(0, range.startOffset - count));
  range.deleteContents();
  editor.setSelection(range);
}

/* Files go up one after the other. Who sends meanwhile need not press twice: the answer leaves with the last file. */
export async function attach(files) {
  const mine = form();
  for (const file of files) {
    const data = new FormData();
    data.append("file", file, file.name || "picture.png");
    const row = pieces('<li class="act" aria-busy="true"></li>').firstChild;
    row.textContent = file.name || "Picture";
    document.getElementById("files").append(row);
    try {
      row.replaceWith(pieces(await ask("/conversations/" + opened() + "/files", { method: "POST", body: data })));
      keep();
    } catch (error) {
      row.remove();
      awaited = null;
      trouble(error.status === 413 ? "This file is larger than the desk takes. Your text is kept." : "The file could not be stored. Your text is kept; attach it again.");
    }
  }
  if (awaited === null || form() !== mine || isArriving()) return;
  const then = awaited;
  trouble("");
  send(then);
}

function isArriving() { return !!document.querySelector("#files [aria-busy]"); }

function trouble(words) {
  let note = form().querySelector("[data-trouble]");
  if (!note) {
    note = pieces('<div class="composer__warn composer__warn--bad" role="alert" data-trouble></div>').firstChild;
    form().prepend(note);
  }
  note.textContent = words;
  note.hidden = !words;
}

/* Send: the text stays here until the desk says it has it. The same try carries the same key, so nothing leaves twice. */
export async function send(then = "") {
  const mine = form();
  if (!mine || isSending) return;
  if (isEmpty()) { editor.focus(); return; }
  if (isArriving()) { awaited = then; trouble("Sent as soon as the file is here."); return; }
  awaited = null;
  const gap = mode() === "note" ? null : editor.getRoot().textContent.match(/⟨[^⟩]*⟩/);
  if (gap) { trouble("A value is missing: " + gap[0] + ". Fill it in or take it out."); editor.focus(); return; }
  if (!mine.querySelector("[data-newer]").hidden && mode() !== "note") { read(); return; }
  const moment = then === "later:moment" ? field("moment").value : "";
  if (then === "later:moment" && !moment) { field("moment").focus(); return; }
  isSending = true;
  clearTimeout(timer);
  const id = mine.dataset.conversation;
  const data = new FormData(mine);
  data.delete("file");
  data.set("html", html());
  data.set("then", then);
  const button = mine.querySelector(mode() === "note" ? ".composer__as-note" : "[data-send]");
  button.setAttribute("aria-busy", "true");
  /* whoever writes on at once writes the next text; it stands here once this one has left */
  leaving = html();
  const sentAs = mode();
  editor.setHTML("");
  document.getElementById("conversation").focus({ preventScroll: true });
  try {
    const answer = await ask(mine.action, { method: "POST", body: data });
    pocket.drop(name());
    gone = { conversation: id, macro: data.get("macro"), chips: all("#steps > li", mine) };
    if (form() === mine) sent(id, answer, sentAs === "note" ? "" : then);
  } catch (error) {
    if (form() !== mine) return;
    isSending = false;
    setMode(sentAs);
    replace(leaving + html());
    leaving = "";
    pocket.set(name(), { html: html(), mode: mode(), at: Date.now() });
    if (error.status === 409) { newer(); thread.refresh(); }
    else trouble(error.status ? thread.said(error.text) : "The desk does not answer. Your text is kept here; send it again when the connection is back.");
  } finally { button.removeAttribute("aria-busy"); }
}

function sent(id, answer, then) {
  const arrived = pieces(answer);
  document.getElementById("toasts").replaceChildren(...arrived.querySelectorAll(".toast"));
  window.htmx.process(document.getElementById("toasts"));
  const next = arrived.getElementById("composer");
  const begun = { html: html(), mode: mode(), isWriting: box().contains(document.activeElement) };
  form().replaceWith(next);
  window.htmx.process(next);
  dress();
  if (begun.html) { setMode(begun.mode); replace(begun.html); } else if (begun.isWriting) write(begun.mode);
  tell("writing", { is: false });
  list.changed([id]);
  if (then || arrived.getElementById("sent-moves")) thread.goOn(id);
  else thread.refresh();
}

/* what is written becomes a macro on a page of its own; the draft stays here */
function asMacro(event) {
  if (isEmpty()) { event.preventDefault(); trouble("Write the answer first, then save it as a macro."); editor.focus(); return; }
  field("html").value = html();
  for (const one of all("input[type=file]", form())) one.disabled = true;
  keep();
}

/* the customer wrote while a reply is open */
function newer() {
  form().querySelector("[data-newer]").hidden = false;
  form().querySelector("[data-read]").hidden = false;
  form().querySelector(".composer__as-reply").hidden = true;
}

export function read() {
  const messages = all("#thread .message");
  const last = messages[messages.length - 1];
  if (last) { field("known").value = last.dataset.position; last.scrollIntoView({ block: "nearest" }); }
  for (const one of all("[data-newer], [data-read]", form())) one.hidden = true;
  form().querySelector(".composer__as-reply").hidden = false;
  editor.focus();
}

export function start() {
  document.addEventListener("submit", (event) => {
    if (event.target !== form()) return;
    if (event.submitter && "asMacro" in event.submitter.dataset) { asMacro(event); return; }
    event.preventDefault();
    send(event.submitter ? event.submitter.value : "");
  });
  document.addEventListener("change", (event) => {
    if (event.target.name === "mode" && event.target.form === form()) { showMode(); changed(); }
    if (event.target.name === "file" && event.target.form === form()) { attach(Array.from(event.target.files)); event.target.value = ""; }
  });
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-drop-file], [data-drop-step], [data-read], [data-cc]");
    if (!button || !form()) return;
    if ("dropFile" in button.dataset) { button.closest("li").remove(); keep(); }
    if ("dropStep" in button.dataset) { button.closest("li").remove(); editor.focus(); }
    if ("read" in button.dataset) read();
    if ("cc" in button.dataset) writeAll();
  });
  window.addEventListener("pagehide", () => { if (editor && form() && pocket.get(name())) keep(); });
  hear("leaving", () => { if (editor && form() && pocket.get(name())) keep(); });
  document.addEventListener("acted", (event) => { returns = event.detail.draft ? event.detail.conversation : ""; }, true);
  hear("opened", dress);
  hear("write", ({ mode: next }) => write(next));
  hear("message", ({ by, position }) => {
    if (!form()) return;
    if (by === "customer" && !isEmpty() && !isSending && mode() !== "note") newer();
    else field("known").value = Math.max(Number(field("known").value), position);
  });
  dress();
}
