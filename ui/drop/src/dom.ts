// Building the page: elements with text, never markup from text.

import { listParts } from "./format";

export type Child = Node | string | null;
type Props<K extends keyof HTMLElementTagNameMap> = Partial<Omit<HTMLElementTagNameMap[K], "style" | "children">> & {
  /** Attributes that have no property of the same kind. */
  attrs?: Record<string, string>;
};

/** An element with properties and children. */
export function h<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  props: Props<K> = {},
  ...children: Child[]
): HTMLElementTagNameMap[K] {
  const { attrs, ...rest } = props;
  const element = Object.assign(document.createElement(tag), rest);
  for (const [name, value] of Object.entries(attrs ?? {})) element.setAttribute(name, value);
  element.append(...present(children));
  return element;
}

/** Text that somebody else wrote: its direction does not reach into ours. */
export function bdi(text: string): HTMLElement {
  return h("bdi", {}, text);
}

/** "One, two and three", each with its own direction. */
export function listed(words: readonly string[]): HTMLElement {
  return h("span", {}, ...listParts(words).map(({ type, value }) => (type === "element" ? bdi(value) : value)));
}

/** Heard by screen readers, not shown. */
export function unseen(text: string): HTMLElement {
  return h("span", { className: "only-read" }, text);
}

const PATHS = {
  camera: "M4 8h3.5L9 5.5h6L16.5 8H20v11H4z M12 16.5a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7z",
  file: "M6 3h8l5 5v13H6z M14 3v5h5 M12.5 18v-6 M10 14l2.5-2.5L15 14",
  lock: "M6 11h12v9H6z M8.5 11V8a3.5 3.5 0 0 1 7 0v3",
};

/** A drawing beside words that say the same. */
export function icon(name: keyof typeof PATHS): SVGSVGElement {
  const space = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(space, "svg");
  const path = document.createElementNS(space, "path");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  path.setAttribute("d", PATHS[name]);
  svg.append(path);
  return svg;
}

/** A button that does something; while that lasts it does not do it again. It keeps the focus. */
export function button(name: string, act: () => unknown, className = ""): HTMLButtonElement {
  const element = h("button", { type: "button", className }, name);
  let busy = false;
  element.addEventListener("click", () => {
    if (busy) return;
    busy = true;
    Promise.resolve(act()).finally(() => (busy = false));
  });
  return element;
}

let fields = 0;

/** An id that nothing else on the page has. */
export function freshId(): string {
  return `drop-${++fields}`;
}

/** What the page shows below what it says. */
export function show(...children: Child[]): void {
  byId("page").replaceChildren(...present(children));
}

export function masthead(...children: Child[]): void {
  byId("masthead").replaceChildren(...present(children));
}

/** The heading of a view whose status is not its heading; nothing takes it away. */
export function title(...children: Child[]): void {
  const region = byId("title");
  if (children.length === 0) region.replaceChildren();
  else if (region.textContent !== textOf(children)) region.replaceChildren(h("h1", { tabIndex: -1 }, ...children));
}

/** Said politely, by screen readers too. `quietly`: only by them. */
export function say(text: string, quietly = false): void {
  const region = byId("status");
  region.className = quietly ? "only-read" : "line";
  if (region.textContent !== text) region.textContent = text;
}

/** Said politely, and the heading of the view: what is, and what that means. */
export function announce(what: Child[], more: Child[]): void {
  title();
  const region = byId("status");
  region.className = "headline";
  const said = [h("h1", { tabIndex: -1 }, ...what), " ", h("p", {}, ...more)];
  if (region.textContent !== textOf(said)) region.replaceChildren(...said);
}

/** Said at once; empty to take it back. */
export function alarm(text: string): void {
  const region = byId("alert");
  if (region.textContent !== text) region.textContent = text;
}

/** After the page changed under a person: on with the new heading. */
export function focusHeading(): void {
  document.querySelector("h1")?.focus({ preventScroll: true });
  scrollTo(0, 0);
}

/** What the whole page is about now; the look follows. */
export function view(name: "give" | "sending" | "status" | "end"): void {
  document.body.dataset["view"] = name;
}

function textOf(children: Child[]): string {
  return h("div", {}, ...children.map((child) => (child instanceof Node ? child.cloneNode(true) : child))).textContent ?? "";
}

function present(children: Child[]): (Node | string)[] {
  return children.filter((child) => child !== null);
}

function byId(id: string): HTMLElement {
  const found = document.getElementById(id);
  if (!found) throw new Error("the page lacks a region");
  return found;
}
