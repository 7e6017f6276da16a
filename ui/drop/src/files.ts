// Photos and files: chosen, taken or dropped, encrypted at once, listed until they are sent.
import type { DraftPart } from "@cloakroom/shared/draft";
import { checkFile, MEDIA_NAMES } from "@cloakroom/shared/filetype";
import { LONGEST } from "@cloakroom/shared/padding";
import type { Request, Slot } from "@cloakroom/shared/request";
import { Trouble } from "@cloakroom/shared/trouble";
import { bdi, button, type Child, freshId, h, icon, say, unseen } from "./dom";
import { size } from "./format";
import { errorLine, type Field, framed, type Problem, words } from "./frame";
import type { Giving } from "./giving";

/** What cannot be seen in a name, and what would turn the line around. */
const UNSEEN = /\p{C}/gu;
/** Letters of a name that are shown at most; the title has the rest. */
const NAME_SHOWN = 200;

interface Refused {
  name: string;
  why: Trouble;
}

export function documentField(slot: Slot & { kind: "document" }, request: Request, giving: Giving): Field {
  const most = Math.min(request.limits.bytes, LONGEST);
  const rounded = most < 10_000_000 ? most : Math.floor(most / 1_000_000) * 1_000_000;
  const several = slot.pages > 1;
  const choose = picker(slot, several ? "Choose files" : "Choose file", "file", { accept: slot.media.join(), multiple: several });
  const pictures = slot.media.filter((type) => type.startsWith("image/"));
  const take = picker(slot, "Take photo", "camera", { accept: pictures.join() || "image/*" });
  take.input.setAttribute("capture", "environment");
  const hint = h("p", { className: "hint", id: freshId() }, kinds(slot, rounded));
  const error = errorLine(choose.input, hint.id);
  const list = h("ul", { className: "files", attrs: { "aria-label": `Files for ${slot.label}` } });
  const picks = h("div", { className: "picks" }, pictures.length > 0 ? take.label : null, choose.label);
  const element = framed(slot.label, hint, error.element, picks, h("p", { className: "drop-here" }, several ? "or drop them here" : "or drop it here"), list);
  let refused: Refused[] = [];

  const render = () => {
    const parts = giving.parts(slot);
    list.replaceChildren(...parts.map(readyRow), ...refused.map(refusedRow));
    list.hidden = list.childElementCount === 0;
  };
  const onward = (at: number) => (list.querySelectorAll("button")[at] ?? choose.input).focus();
  const readyRow = (part: DraftPart, at: number) =>
    row(part.name, [`${size(part.length)} · `, h("span", { className: "ready" }, "ready to send")], async () => {
      await giving.remove(part);
      render();
      onward(at);
      say("Removed.", true);
    });
  const refusedRow = (each: Refused) => {
    const line = row(each.name, [h("span", { className: "error" }, each.why.message)], () => {
      refused = refused.filter((other) => other !== each);
      render();
      onward(0);
    });
    line.classList.add("refused");
    return line;
  };

  let underway: Promise<void> = Promise.resolve();
  const add = (files: readonly File[]) => {
    if (files.length === 0) return;
    underway = underway.then(async () => {
      refused = [];
      error.tell("");
      render();
      for (const file of files) {
        const wait = row(file.name, [`${size(file.size)}, being encrypted …`], null);
        list.append(wait);
        list.hidden = false;
        try {
          await make(file);
        } catch (reason) {
          refused.push({ name: file.name, why: words(reason) });
        }
        wait.remove();
        render();
      }
      say(refused.length > 0 ? "A file was not taken." : "Encrypted and ready to send.", true);
    });
  };
  /** A field for one file takes another one in its place. */
  const make = async (file: File) => {
    const before = giving.parts(slot);
    if (slot.pages === 1 && before.length > 0) {
      if (file.size > most) throw new Trouble("too-large");
      await checkFile(file, slot.media);
      for (const part of before) await giving.remove(part);
    }
    await giving.addFile(slot, file);
  };
  for (const { input } of [choose, take]) {
    input.addEventListener("change", () => {
      add([...(input.files ?? [])]);
      // So that the same file can be chosen again after it was removed.
      input.value = "";
    });
  }
  takeDrops(element, add);
  render();
  return {
    element,
    render,
    freeze: (frozen) => (element.disabled = frozen),
    async complete() {
      await underway;
      const bad = refused.map((each): Problem => ({ text: `${slot.label}: ${each.why.what}`, at: list.querySelector(".refused button") ?? choose.input }));
      if (bad.length > 0) return bad;
      if (giving.parts(slot).length > 0) return [];
      const missing = new Trouble("file-missing");
      error.tell(missing.message);
      return [{ text: `${slot.label}: ${missing.what}`, at: choose.input }];
    },
  };
}

/** A file input, and its label as the button one sees. */
function picker(slot: Slot, name: string, image: "file" | "camera", props: { accept: string; multiple?: boolean }) {
  const input = h("input", { type: "file", className: "only-read", ...props });
  const label = h("label", { className: `pick ${image}` }, input, icon(image), name, unseen(` for ${slot.label}`));
  return { input, label };
}

function kinds({ media, pages }: Slot & { kind: "document" }, most: number): string {
  const names = media.map((type) => MEDIA_NAMES[type] ?? type);
  const count = pages === 1 ? "One file" : `Up to ${pages} files`;
  const any = new Intl.ListFormat("en-GB", { type: "disjunction" }).format(names);
  return `${count}: ${any}, ${pages === 1 ? "at most" : "each at most"} ${size(most)}.`;
}

function row(raw: string, state: Child[], remove: (() => unknown) | null): HTMLLIElement {
  const name = raw.replace(UNSEEN, "") || "file";
  const shown = [...name].slice(0, NAME_SHOWN).join("");
  const away = remove && button("Remove", remove);
  away?.append(unseen(` ${shown}`));
  return h(
    "li",
    {},
    h("span", { className: "name", title: name.slice(0, 2 * NAME_SHOWN) }, bdi(shown)),
    h("span", { className: "state" }, ...state),
    away,
  );
}

/** An addition for who has a mouse: files may be dropped on the field. */
function takeDrops(element: HTMLFieldSetElement, add: (files: File[]) => void): void {
  const over = (event: DragEvent, on: boolean) => {
    event.preventDefault();
    element.classList.toggle("over", on && !element.disabled);
  };
  element.addEventListener("dragover", (event) => over(event, true));
  element.addEventListener("dragleave", (event) => over(event, false));
  element.addEventListener("drop", (event) => {
    over(event, false);
    if (!element.disabled) add([...(event.dataTransfer?.files ?? [])]);
  });
}
