// Building the page: elements with text, never markup from text.

type Child = Node | string | null;
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
  element.append(...children.filter((child) => child !== null));
  return element;
}

/** A button that does something; it is off while that lasts. */
export function button(name: string, act: () => unknown): HTMLButtonElement {
  const element = h("button", { type: "button" }, name);
  element.addEventListener("click", () => {
    element.disabled = true;
    Promise.resolve(act()).finally(() => (element.disabled = false));
  });
  return element;
}

/** An input under its label. */
export function field(name: string, props: Props<"input">): { label: HTMLLabelElement; input: HTMLInputElement } {
  const input = h("input", props);
  return { label: h("label", {}, `${name} `, input), input };
}

export function show(...children: Child[]): void {
  byId("page").replaceChildren(...children.filter((child) => child !== null));
}

/** Said politely, by screen readers too. */
export function say(text: string): void {
  const region = byId("status");
  if (region.textContent !== text) region.textContent = text;
}

/** Said at once; empty to take it back. */
export function alarm(text: string): void {
  const region = byId("alert");
  if (region.textContent !== text) region.textContent = text;
}

function byId(id: string): HTMLElement {
  const found = document.getElementById(id);
  if (!found) throw new Error("the page lacks a region");
  return found;
}
