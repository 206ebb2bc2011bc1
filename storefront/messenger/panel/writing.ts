/** The place to write: one field that grows, files beside it, Enter sends. What is typed is kept at every key. */

import { fill, h, round } from "./draw";
import { upload } from "./files";
import * as memo from "./memo";
import * as model from "./model";
import type { File_ } from "./shapes";
import { say, size } from "./words";

const TALLEST_PX = 132;

export interface Writing {
  element: HTMLElement;
  focus(): void;
  write(text: string): void;
  become(conversation: string): void;
}

interface Acts {
  send(text: string, files: string[]): void;
  typing(): void;
}

export function writing(started: string, acts: Acts): Writing {
  let conversation = started;
  let files: File_[] = [];
  let busy = 0;
  const status = h("p", { class: "till-write__status", role: "status" });
  const chosen = h("ul", { class: "till-write__files" });
  const field = h("textarea", { class: "till-write__text", id: "write", rows: 1, placeholder: say("write"), dir: "auto", maxlength: 20000, enterkeyhint: "send" });
  const picker = h("input", { type: "file", multiple: true, hidden: true, tabindex: -1, "aria-hidden": "true" });
  const send = round("send", say("send"), submit, "till-write__send");
  send.type = "submit";
  const form = h(
    "form",
    { class: "till-write", onsubmit: submit },
    status,
    chosen,
    h("div", { class: "till-write__line" }, round("clip", say("add"), () => picker.click()), h("label", { class: "till__hidden", for: "write" }, say("message")), field, send, picker),
  );

  function grow(): void {
    field.style.blockSize = "auto";
    field.style.blockSize = Math.min(field.scrollHeight, TALLEST_PX) + "px";
  }

  function drawFiles(): void {
    const drop = (one: File_) => () => ((files = files.filter((other) => other !== one)), drawFiles(), field.focus());
    fill(chosen, ...files.map((one) => h("li", { class: "till-file" }, h("bdi", {}, one.name), round("close", say("remove", { name: one.name }), drop(one)))));
  }

  async function take(list: Iterable<File>): Promise<void> {
    for (const file of Array.from(list)) {
      if (file.size > model.state.fileBytes) {
        status.textContent = say("tooLarge", { name: file.name, size: size(model.state.fileBytes) });
        continue;
      }
      busy++;
      status.textContent = say("uploading", { name: file.name });
      const { body, message } = await upload(file);
      busy--;
      status.textContent = body ? "" : message || say("badKind", { name: file.name });
      if (body) files.push(body);
      drawFiles();
    }
  }

  function submit(event?: Event): void {
    event?.preventDefault();
    const text = field.value.trim();
    if (busy || (!text && !files.length)) return field.focus();
    acts.send(text, files.map((one) => one.id));
    files = [];
    drawFiles();
    field.value = "";
    memo.keepDraft(conversation, "");
    grow();
    field.focus();
  }

  field.value = memo.draft(conversation);
  field.addEventListener("input", () => {
    memo.keepDraft(conversation, field.value);
    grow();
    if (field.value.trim()) acts.typing();
  });
  field.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    submit(event);
  });
  field.addEventListener("paste", (event) => {
    const pasted = Array.from(event.clipboardData?.files || []);
    if (pasted.length) event.preventDefault(), void take(pasted);
  });
  picker.addEventListener("change", () => (void take(Array.from(picker.files || [])), (picker.value = "")));
  form.addEventListener("dragover", (event) => event.preventDefault());
  form.addEventListener("drop", (event) => (event.preventDefault(), void take(Array.from(event.dataTransfer?.files || []))));
  requestAnimationFrame(grow);
  return {
    element: form,
    focus: () => field.focus(),
    write(text) {
      field.value = field.value.trim() ? field.value : text;
      memo.keepDraft(conversation, field.value);
      grow();
      field.focus();
    },
    become: (id) => (memo.keepDraft(conversation, ""), (conversation = id), memo.keepDraft(id, field.value)),
  };
}
