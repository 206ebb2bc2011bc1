/** Elements from plain calls. Text is text; the only HTML is what the desk cleaned, and it passes a list of its own here once more. */

import { SHAPES } from "./icons";

type Child = Node | string | null | undefined | false;
type Props = Record<string, string | boolean | number | undefined | ((event: any) => void)>; // an event's type follows from its name

/** `h("button", { class: "till-button", onclick: send }, "Send")`: functions listen, the rest are attributes. */
export function h<K extends keyof HTMLElementTagNameMap>(tag: K, props: Props = {}, ...children: Child[]): HTMLElementTagNameMap[K] {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (typeof value === "function") made.addEventListener(name.slice(2), value);
    else if (value === true) made.setAttribute(name, "");
    else if (value !== false && value !== undefined) made.setAttribute(name, "" + value);
  }
  fill(made, ...children);
  return made;
}

export function fill(parent: Element, ...children: Child[]): void {
  parent.replaceChildren(...children.filter((child): child is Node | string => !!child));
}

export function icon(name: keyof typeof SHAPES, turns = false): SVGSVGElement {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  svg.setAttribute("class", turns ? "icon icon--turns" : "icon");
  for (const data of SHAPES[name]) {
    const path = document.createElementNS(svg.namespaceURI!, "path");
    path.setAttribute("d", data);
    svg.append(path);
  }
  return svg;
}

/** A button that shows a picture and says a word. */
export function round(name: keyof typeof SHAPES, word: string, act: (event: Event) => void, more = ""): HTMLButtonElement {
  return h("button", { type: "button", class: "till__round " + more, title: word, "aria-label": word, onclick: act }, icon(name, name === "back"));
}

const KEPT = new Set("A B BLOCKQUOTE BR CODE DEL DIV EM I LI OL P PRE S SPAN STRONG U UL".split(" "));

/** Cleaned HTML as nodes. Anything not on the list becomes its text; links leave to a tab of their own. */
export function written(html: string): DocumentFragment {
  const made = document.createDocumentFragment();
  const copy = (from: Node, to: Node): void => {
    for (const node of Array.from(from.childNodes)) {
      if (node.nodeType === Node.TEXT_NODE) to.appendChild(document.createTextNode(node.textContent || ""));
      if (!(node instanceof Element)) continue;
      const isKept = KEPT.has(node.tagName);
      const one = isKept ? document.createElement(node.tagName) : to;
      if (isKept) to.appendChild(one);
      const href = node.getAttribute("href") || "";
      if (one instanceof HTMLAnchorElement && /^(https?:|mailto:|tel:)/i.test(href)) {
        Object.assign(one, { href, target: "_blank", rel: "noopener noreferrer nofollow" });
      }
      copy(node, one);
    }
  };
  copy(new DOMParser().parseFromString(html, "text/html").body, made);
  return made;
}

const ADDRESS = /\bhttps?:\/\/[^\s<>"]+[^\s<>".,;:!?)\]}]/g;

/** Plain text with its addresses made into links. */
export function plain(text: string): DocumentFragment {
  const made = document.createDocumentFragment();
  let reached = 0;
  for (const found of text.matchAll(ADDRESS)) {
    made.append(text.slice(reached, found.index), h("a", { href: found[0], target: "_blank", rel: "noopener noreferrer nofollow" }, found[0]));
    reached = found.index + found[0].length;
  }
  made.append(text.slice(reached));
  return made;
}
