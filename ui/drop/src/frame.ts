// What every field shares: a frame under its label, and errors in plain words right where they belong.
import { Trouble } from "@cloakroom/shared/trouble";
import { bdi, type Child, freshId, h } from "./dom";

/** Something that keeps the form from being sent, and where to mend it. */
export interface Problem {
  text: string;
  at: HTMLElement;
}

/** A field on the page. */
export interface Field {
  element: HTMLElement;
  /** Seals what was typed last. What is wrong or missing is shown next to the field, and handed back. */
  complete(): Promise<Problem[]>;
  /** While sending nothing changes any more. */
  freeze(frozen: boolean): void;
  /** Shows what is ready. */
  render(): void;
}

export function framed(label: string, ...children: Child[]): HTMLFieldSetElement {
  return h("fieldset", { className: "slot" }, h("legend", {}, h("h2", {}, bdi(label))), ...children);
}

/** A line for errors, tied to the control that it is about. */
export function errorLine(control: HTMLElement, others = ""): { element: HTMLElement; tell(text: string): void } {
  const element = h("p", { className: "error", id: freshId() });
  if (others) control.setAttribute("aria-describedby", others);
  return {
    element,
    tell(text) {
      element.textContent = text;
      control.setAttribute("aria-describedby", [text ? element.id : "", others].join(" ").trim());
      if (text) control.setAttribute("aria-invalid", "true");
      else control.removeAttribute("aria-invalid");
    },
  };
}

/** One line to type into, under its label and its error. */
export interface Entry {
  element: HTMLElement;
  input: HTMLInputElement;
  /** Shows an error, or takes it back with an empty text. */
  tell(text: string): void;
}

export function entry(name: Child, props: Partial<Omit<HTMLInputElement, "style" | "children">>, hint = ""): Entry {
  const input = h("input", { type: "text", className: "entry", id: freshId(), ...props });
  const about = hint ? h("p", { className: "hint", id: freshId() }, hint) : null;
  const error = errorLine(input, about?.id);
  const label = h("label", { htmlFor: input.id }, name);
  return { element: h("div", { className: "line" }, label, about, error.element, input), input, tell: error.tell };
}

let pressed = false;
addEventListener("mousedown", () => (pressed = true), true);

/**
 * Resolves once no mouse button is down. Who presses a button leaves the field they were in; an error that appears there
 * at once would push the button away from under them.
 */
export function atRest(): Promise<void> {
  return new Promise((resolve) => {
    if (!pressed) return resolve();
    // Behind the click that follows.
    const released = () => setTimeout(resolve);
    for (const kind of ["mouseup", "dragend"]) addEventListener(kind, released, { capture: true, once: true });
  });
}
for (const kind of ["mouseup", "dragend"]) addEventListener(kind, () => (pressed = false), true);

/** A failure in words a person can act on. */
export function words(error: unknown): Trouble {
  return error instanceof Trouble ? error : new Trouble("sealing");
}
