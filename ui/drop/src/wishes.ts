// The customer's own words after sending: delete it now, or take it back and send it again.
import type { Request } from "@cloakroom/shared/request";
import { button, h } from "./dom";
import { entry } from "./frame";

export interface Wish {
  name: string;
  /** What is lost, and what follows. */
  effect: string;
  speak: () => Promise<void>;
}

export function wishes(request: Request, all: readonly Wish[]): HTMLElement | null {
  if (all.length === 0) return null;
  return h("section", { className: "wishes" }, h("h2", {}, "Changed your mind?"), ...all.map((wish) => guarded(wish, request)));
}

/** A wish that is spoken only after the ticket's reference was typed: robots click buttons. */
export function guarded({ name, effect, speak }: Wish, request: Request): HTMLElement {
  const reference = entry("Ticket reference", { autocomplete: "off" }, "You find it on this page, under “About this delivery”.");
  const confirm = button(
    "Yes, do it",
    async () => {
      if (bare(reference.input.value) !== bare(request.ticket)) {
        reference.tell("This is not the reference of this ticket. Copy it from “About this delivery”.");
        reference.input.focus();
        return;
      }
      reference.tell("");
      await speak();
    },
    "danger",
  );
  const cancel = button("Cancel", () => turn(false));
  const sure = h("div", { className: "sure", hidden: true }, h("p", {}, effect), reference.element, h("div", { className: "row" }, confirm, cancel));
  const begin = button(name, () => turn(true));
  begin.setAttribute("aria-expanded", "false");
  const turn = (open: boolean) => {
    sure.hidden = !open;
    begin.setAttribute("aria-expanded", String(open));
    (open ? reference.input : begin).focus();
  };
  reference.input.addEventListener("keydown", (event) => {
    if (event.key === "Enter") confirm.click();
    if (event.key === "Escape") turn(false);
  });
  return h("div", { className: "wish" }, begin, sure);
}

function bare(reference: string): string {
  return reference.trim().replace(/^#/, "").toLowerCase();
}
