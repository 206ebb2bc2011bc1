/* What every part of the inbox shares: the page it stands on and how it speaks to the desk. */

export const desk = () => document.getElementById("desk");
export const view = () => desk().dataset.view;
export const opened = () => document.getElementById("conversation").dataset.conversation || "";
export const all = (what, inside = document) => Array.from(inside.querySelectorAll(what));

const token = () => JSON.parse(document.body.getAttribute("hx-headers"))["X-Form-Token"];

/* Tell the whole page that something happened to it: the parts listen, none calls another's insides. */
export const tell = (what, detail = {}) => document.dispatchEvent(new CustomEvent("inbox:" + what, { detail }));
export const hear = (what, then) => document.addEventListener("inbox:" + what, (event) => then(event.detail));

/* An answer of the desk as text; throws with the status where it is not one. A signed-out browser goes to the door. */
export async function ask(path, given = {}) {
  const headers = { "HX-Request": "true", "X-Form-Token": token(), ...given.headers };
  const answer = await fetch(path, { credentials: "same-origin", ...given, headers });
  if (answer.status === 401) {
    const door = answer.headers.get("HX-Redirect");
    if (door) tell("signed-out", { door });
  }
  if (!answer.ok) throw Object.assign(new Error("The desk answered " + answer.status), { status: answer.status, text: await answer.text() });
  return answer.text();
}

export const say = (path, fields, given = {}) => ask(path, { method: "POST", body: new URLSearchParams(fields), ...given });

/* A piece of HTML as elements. */
export function pieces(html) {
  const box = document.createElement("template");
  box.innerHTML = html;
  return box.content;
}

/* Children that arrive replace those with their id, stand where they stood in the arrival, and leave the rest untouched. */
export function merge(place, arrived) {
  const wanted = Array.from(arrived.children).filter((one) => one.id);
  const ids = new Set(wanted.map((one) => one.id));
  let spot = place.firstElementChild;
  for (const one of wanted) {
    const known = document.getElementById(one.id);
    if (known && known.parentElement === place) {
      if (known !== spot) place.insertBefore(known, spot);
      if (!known.isEqualNode(one) && !known.contains(document.activeElement)) {
        known.replaceWith(one);
        spot = one.nextElementSibling;
        window.htmx.process(one);
      } else spot = known.nextElementSibling;
    } else {
      place.insertBefore(one, spot);
      window.htmx.process(one);
    }
  }
  for (const old of Array.from(place.children)) if (old.id && !ids.has(old.id) && !old.dataset.kept) old.remove();
}

/* Text kept in this browser until the desk has it; a browser without room goes on without. */
export const pocket = {
  get(name) {
    try { return JSON.parse(localStorage.getItem("tillside:" + name)); } catch { return null; }
  },
  set(name, value) {
    try { localStorage.setItem("tillside:" + name, JSON.stringify(value)); } catch { /* no room, or not allowed */ }
  },
  drop(name) {
    try { localStorage.removeItem("tillside:" + name); } catch { /* not allowed */ }
  },
};
