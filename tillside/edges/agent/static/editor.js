/* Formatted text, the same in the composer and on the page of a macro: an editor over a plain field, its buttons, and what it lets in. */
import { all, pieces } from "./inbox-desk.js";

const FORMATS = { bold: "B", italic: "I", list: "UL", "list-ordered": "OL", "text-quote": "BLOCKQUOTE", link: "A" };
const NEVER = ["SCRIPT", "STYLE", "TEMPLATE", "IFRAME", "OBJECT"];
const WRITTEN = "A B BLOCKQUOTE BR CODE DIV EM I LI OL P PRE STRONG SPAN U UL";
const ADDRESS = /^(https?:|mailto:)/i;
/* What an answer may hold: plain formatting and links. */
export const ANSWER = { tags: new Set(WRITTEN.split(" ")), attributes: {}, address: ADDRESS };
/* What a macro may hold: the same, and whatever came with one that was brought in. An address may be a value that is filled in later. */
export const MACRO = {
  tags: new Set((WRITTEN + " ABBR DEL H1 H2 H3 H4 HR IMG INS KBD MARK Q S SMALL SUB SUP TABLE TBODY TD TFOOT TH THEAD TR").split(" ")),
  attributes: { IMG: ["src", "alt", "width", "height"], TD: ["rowspan", "colspan"], TH: ["rowspan", "colspan"], OL: ["start"] },
  address: /^(https?:|mailto:|\{\{[^{}"]+\}\})/i,
};

/* Only what may stand there. The desk cleans it again. */
function clean(html, kept) {
  const fragment = pieces(html);
  for (const one of all("*", fragment)) {
    if (NEVER.includes(one.tagName)) { one.remove(); continue; }
    if (!kept.tags.has(one.tagName)) { one.replaceWith(...one.childNodes); continue; }
    for (const { name, value } of Array.from(one.attributes)) {
      const isLink = one.tagName === "A" && name === "href" && kept.address.test(value);
      const isKnown = (kept.attributes[one.tagName] || []).includes(name) && (name !== "src" || /^(https?|cid):/i.test(value));
      if (!isLink && !isKnown && !(one.tagName === "SPAN" && name === "data-agent")) one.removeAttribute(name);
    }
  }
  return document.importNode(fragment, true);
}

/* an editor in a box, with its row of buttons */
export function over(box, bar, kept = ANSWER) {
  const editor = new window.Squire(box, { blockTag: "P", sanitizeToDOMFragment: (html) => clean(html, kept), addLinks: true });
  ["ctrl-[", "ctrl-]", "meta-[", "meta-]"].forEach((key) => editor.setKeyHandler(key, null));
  editor.addEventListener("pathChange", () => show(editor, bar));
  bar.onmousedown = (event) => { if (event.target.closest("[data-format]")) event.preventDefault(); };
  bar.onclick = (event) => {
    const button = event.target.closest("[data-format]");
    if (button) format(editor, button.dataset.format, button.getAttribute("aria-pressed") === "true", kept);
  };
  return editor;
}

/* what is written; nothing at all where no letter and no picture stands */
export const html = (editor) => (editor.getRoot().textContent.trim() || editor.getRoot().querySelector("img") ? editor.getHTML() : "");

function show(editor, bar) {
  const path = editor.getPath();
  all("[data-format]", bar).forEach((one) => {
    one.setAttribute("aria-pressed", path.split(">").some((step) => step.split(/[.#[]/)[0] === FORMATS[one.dataset.format]));
  });
}

function format(editor, what, isOn, kept) {
  if (what === "bold") isOn ? editor.removeBold() : editor.bold();
  if (what === "italic") isOn ? editor.removeItalic() : editor.italic();
  if (what === "list") isOn ? editor.removeList() : editor.makeUnorderedList();
  if (what === "list-ordered") isOn ? editor.removeList() : editor.makeOrderedList();
  if (what === "text-quote") isOn ? editor.decreaseQuoteLevel() : editor.increaseQuoteLevel();
  if (what === "link" && isOn) editor.removeLink();
  if (what === "link" && !isOn) link(editor, kept);
  editor.focus();
}

function link(editor, kept) {
  const said = (editor.getSelectedText() || "").trim();
  const address = /^https?:/.test(said) ? said : window.prompt("Address of the link", "https://");
  if (address && kept.address.test(address)) editor.makeLink(address);
}
