// One field per thing asked for. A file is sealed as soon as it is chosen, a card or text once it is complete.
import { utf8 } from "@cloakroom/shared/bytes";
import type { DraftPart } from "@cloakroom/shared/draft";
import { MEDIA_NAMES } from "@cloakroom/shared/filetype";
import type { Brand, Request, Slot } from "@cloakroom/shared/request";
import type { Submission } from "@cloakroom/shared/submission";
import { Trouble } from "@cloakroom/shared/trouble";
import { button, field, h } from "./dom";
import { size } from "./format";

/** A field on the page; `complete` seals what was typed last and throws in words when something is wrong or missing. */
export interface Field {
  element: HTMLElement;
  complete(): Promise<void>;
  /** While sending nothing changes any more. */
  freeze(frozen: boolean): void;
  /** Shows what is ready. */
  render(): void;
}

export function giveField(slot: Slot, request: Request, submission: Submission): Field {
  switch (slot.kind) {
    case "document":
      return documentField(slot, request, submission);
    case "card":
      return cardField(slot, submission);
    case "text":
      return textField(slot, submission);
  }
}

function documentField(slot: Slot & { kind: "document" }, request: Request, submission: Submission): Field {
  const kinds = slot.media.map((type) => MEDIA_NAMES[type] ?? type).join(", ");
  const hint = `${kinds}; up to ${size(request.limits.bytes)}; ${slot.pages === 1 ? "one file" : `up to ${slot.pages} files`}.`;
  const choose = field("Choose file", { type: "file", accept: slot.media.join(), multiple: slot.pages > 1 });
  const list = h("ul", {});
  const frame = framed(slot.label, h("p", {}, hint), choose.label, list);
  const render = () => list.replaceChildren(...submission.parts(slot).map((part) => item(part, submission, render)));
  let underway: Promise<void> = Promise.resolve();
  choose.input.addEventListener("change", () => {
    const files = [...(choose.input.files ?? [])];
    underway = frame.attempt(async () => {
      for (const file of files) {
        const wait = h("li", {}, `${file.name}: being encrypted …`);
        list.append(wait);
        try {
          await submission.addFile(slot, file);
        } finally {
          wait.remove();
          render();
        }
      }
      // So that the same file can be chosen again after it was removed.
      choose.input.value = "";
    });
  });
  render();
  return {
    element: frame.element,
    freeze: frame.freeze,
    render,
    async complete() {
      await underway;
      if (submission.parts(slot).length === 0) frame.fail(new Trouble("nothing-given"));
    },
  };
}

function cardField(slot: Slot & { kind: "card" }, submission: Submission): Field {
  // The card's rules are loaded only where a card is asked for.
  const rules = import("@cloakroom/shared/card");
  const number = field("Card number", { inputMode: "numeric", autocomplete: "cc-number" });
  const month = field("Expiry month", { inputMode: "numeric", autocomplete: "cc-exp-month", maxLength: 2 });
  const year = field("Expiry year", { inputMode: "numeric", autocomplete: "cc-exp-year", maxLength: 4 });
  const holder = field("Name on card", { autocomplete: "cc-name" });
  const all = [number, month, year, holder];
  const kept = h("p", {});
  const frame = framed(slot.label, brands(slot.brands), ...all.map((each) => each.label), kept);
  const render = () => (kept.textContent = ready(submission.parts(slot)[0]));
  let sealed = "";
  const seal = async () => {
    const { parseCard, encodeCard, mask, CARD_TYPE } = await rules;
    const typed = { number: number.input.value, month: month.input.value, year: year.input.value, holder: holder.input.value };
    const spelled = JSON.stringify(typed);
    const untouched = all.every((each) => each.input.value === "");
    if (spelled === sealed || (untouched && submission.parts(slot).length > 0)) return;
    const card = parseCard(typed, slot.brands, Date.now() / 1000);
    await submission.setValue(slot, encodeCard(card), CARD_TYPE, mask(card.number));
    sealed = spelled;
    render();
  };
  return valueField(frame, all.map((each) => each.input), seal, render);
}

function textField(slot: Slot & { kind: "text" }, submission: Submission): Field {
  const text = field(slot.label, { type: "text", maxLength: slot.max, autocomplete: "off" });
  const kept = h("p", {});
  const frame = framed(slot.label, text.label, kept);
  const render = () => (kept.textContent = ready(submission.parts(slot)[0]));
  let sealed = "";
  const seal = async () => {
    const typed = text.input.value.trim();
    if (typed === sealed && typed !== "") return;
    if (typed === "" && submission.parts(slot).length > 0) return;
    if (typed === "") throw new Trouble("text-empty");
    if ([...typed].length > slot.max) throw new Trouble("text-long");
    await submission.setValue(slot, utf8(typed), "text/plain;charset=utf-8", "");
    sealed = typed;
    render();
  };
  return valueField(frame, [text.input], seal, render);
}

/** Sealed as soon as every input holds something right, so that a reload loses nothing. */
function valueField(frame: Framed, inputs: HTMLInputElement[], seal: () => Promise<void>, render: () => void): Field {
  let underway: Promise<void> = Promise.resolve();
  const change = () => {
    if (inputs.some((input) => input.value.trim() === "")) return;
    underway = underway.then(() => frame.attempt(seal));
  };
  inputs.forEach((input) => input.addEventListener("change", change));
  render();
  return {
    element: frame.element,
    freeze: frame.freeze,
    render,
    async complete() {
      await underway;
      try {
        await seal();
        frame.clear();
      } catch (error) {
        frame.fail(error);
      }
    },
  };
}

interface Framed {
  element: HTMLFieldSetElement;
  /** Runs; a `Trouble` is shown in the frame. */
  attempt(act: () => Promise<void>): Promise<void>;
  /** Shows a `Trouble` in the frame and throws it. */
  fail(error: unknown): never;
  clear(): void;
  freeze(frozen: boolean): void;
}

function framed(name: string, ...children: HTMLElement[]): Framed {
  const error = h("p", { className: "error" });
  const element = h("fieldset", {}, h("legend", {}, name), ...children, error);
  const tell = (reason: unknown) => {
    error.textContent = (reason instanceof Trouble ? reason : new Trouble("sealing")).message;
    element.setAttribute("aria-invalid", "true");
  };
  const clear = () => {
    error.textContent = "";
    element.removeAttribute("aria-invalid");
  };
  return {
    element,
    clear,
    freeze: (frozen) => (element.disabled = frozen),
    fail(reason) {
      tell(reason);
      throw reason;
    },
    async attempt(act) {
      clear();
      await act().catch(tell);
    },
  };
}

function item(part: DraftPart, submission: Submission, render: () => void): HTMLLIElement {
  const remove = button("Remove", async () => {
    await submission.remove(part);
    render();
  });
  remove.setAttribute("aria-label", `Remove ${part.name}`);
  return h("li", {}, `${part.name}: ready, ${size(part.length)} `, remove);
}

function ready(part: DraftPart | undefined): string {
  return part ? `${part.preview || "Your answer"} is encrypted and ready to send.` : "";
}

function brands(taken: readonly Brand[]): HTMLElement {
  const names: Record<Brand, string> = { visa: "Visa", mastercard: "Mastercard", amex: "American Express" };
  return h("p", {}, `${taken.map((brand) => names[brand]).join(", ")}. The security code is never asked for.`);
}
