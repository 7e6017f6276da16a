// One field per thing asked for. A file is sealed as soon as it is chosen, a card or text once it is complete.
import { utf8 } from "@cloakroom/shared/bytes";
import type { DraftPart } from "@cloakroom/shared/draft";
import type { Request, Slot } from "@cloakroom/shared/request";
import { Trouble } from "@cloakroom/shared/trouble";
import { cardField } from "./cardfield";
import { bdi, h } from "./dom";
import { documentField } from "./files";
import { atRest, entry, type Field, framed, words } from "./frame";
import { type Giving, keptRow } from "./giving";

export function giveField(slot: Slot, request: Request, giving: Giving): Field {
  switch (slot.kind) {
    case "document":
      return documentField(slot, request, giving);
    case "card":
      return cardField(slot, giving);
    case "text":
      return textField(slot, giving);
  }
}

function textField(slot: Slot & { kind: "text" }, giving: Giving): Field {
  const label = h("span", { className: "only-read" }, bdi(slot.label));
  const line = entry(label, { maxLength: slot.max, autocomplete: "off" }, `Up to ${slot.max} characters.`);
  const kept = h("ul", { className: "kept" });
  const typed = () => line.input.value.trim();
  let sealed = "";
  const render = () => {
    const remove = (part: DraftPart) => async () => {
      await giving.remove(part);
      line.input.value = sealed = "";
      line.tell("");
      render();
      line.input.focus();
    };
    kept.replaceChildren(...giving.parts(slot).map((part) => keptRow(sealed && typed() === sealed ? "" : "Your answer", "Clear the answer", remove(part))));
  };
  const seal = async () => {
    const text = typed();
    if (text === sealed && text !== "") return;
    if (text === "" && giving.parts(slot).length > 0) return;
    if (text === "") throw new Trouble("text-empty");
    if ([...text].length > slot.max) throw new Trouble("text-long");
    await giving.setValue(slot, utf8(text), "text/plain;charset=utf-8", "");
    sealed = text;
    render();
  };
  let underway: Promise<Trouble | null> = Promise.resolve(null);
  const attempt = () =>
    (underway = underway.then(atRest).then(() =>
      seal().then(
        () => null,
        (error: unknown) => words(error),
      ),
    ));
  line.input.addEventListener("input", render);
  line.input.addEventListener("change", () => {
    if (typed() === "") line.tell("");
    else void attempt().then((wrong) => line.tell(wrong?.message ?? ""));
  });
  render();
  const element = framed(slot.label, line.element, kept);
  return {
    element,
    freeze: (frozen) => (element.disabled = frozen),
    render,
    async complete() {
      const wrong = await attempt();
      line.tell(wrong?.message ?? "");
      return wrong ? [{ text: `${slot.label}: ${wrong.what}`, at: line.input }] : [];
    },
  };
}
