// The customer's page as it will look, for a request that is not sent yet. It sends, keeps and loads nothing.
import type { Request } from "@cloakroom/shared/request";
import { about, heading, sign } from "./ask";
import { wear } from "./colour";
import { h } from "./dom";
import { genuineLater } from "./genuine";
import { form } from "./send";

/** Shows the page in `target`, in place of what is there. Fields can be looked at and typed into; nothing comes of it. */
export function showPreview(target: HTMLElement, request: Request): void {
  const nothing = () => new Promise<never>(() => undefined);
  const idle = { parts: () => [], addFile: nothing, setValue: nothing, remove: nothing, send: nothing };
  const ignore = () => undefined;
  const fill = form(request, idle, false, { sending: ignore, away: ignore, sent: ignore });
  const page = h(
    "div",
    { className: "drop preview" },
    h("div", { className: "masthead" }, ...sign(request)),
    h(
      "div",
      { className: "body", attrs: { "data-view": "give" } },
      h("h1", {}, ...heading(request)),
      h("div", { id: "page" }, h("div", { className: "give" }, about(request, genuineLater()), fill)),
    ),
  );
  for (const kind of ["click", "auxclick", "drop", "dragover", "submit"]) page.addEventListener(kind, still, { capture: true });
  wear(page, request.colour);
  target.replaceChildren(page);
}

/** Buttons, links and files do nothing; only what folds out still does. */
function still(event: Event): void {
  const at = event.target instanceof Element ? event.target : null;
  const inert = event.type !== "click" || at?.closest("a, button, label.pick, input[type=file]");
  if (!inert) return;
  event.preventDefault();
  event.stopPropagation();
}
