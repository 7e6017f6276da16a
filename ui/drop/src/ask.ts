// Who asks, for what, and what is promised.
import { phrase } from "@cloakroom/shared/phrase";
import type { Request } from "@cloakroom/shared/request";
import { type Bytes, sha256 } from "@cloakroom/shared/bytes";
import { h } from "./dom";
import { date } from "./format";

export function heading(request: Request): HTMLElement {
  return h("h1", {}, `${request.company} asks you for ${list(request.slots.map((slot) => slot.label))}`);
}

/** Everything a person needs to decide, before any field. */
export function about(request: Request, secret: Bytes, sealedRequest: Bytes): HTMLElement {
  const { help } = request;
  return h(
    "section",
    { attrs: { "aria-label": "About this request" } },
    h(
      "dl",
      {},
      ...term("Asked by", `${request.agent}, ${request.company}`),
      ...term("Ticket", request.ticket),
      ...term("Why", request.purpose),
      ...term("Who will see it", list(request.seen_by)),
      ...request.retention.flatMap((promise) =>
        term(`How long it is kept (${promise.class})`, `${promise.rule}, at the latest until ${date(promise.until)}`),
      ),
      ...term("This request ends", date(request.expires)),
      ...term("Questions", [help.name, help.phone, help.email, help.web].filter((each) => each !== null).join(" · ")),
    ),
    h("p", {}, "Everything is encrypted in this browser before it is sent. Each time it is opened, that is recorded."),
    genuine(secret, sealedRequest),
  );
}

/** Someone with the link and the server could ask for something else in the company's name; the phrase would differ. */
export function seenOnItsWay(): HTMLElement {
  return h(
    "p",
    { className: "error" },
    "This link was changed on its way to you, so that the server saw all of it. Before you send anything, compare the five words below with the company, or ask for a new link.",
  );
}

function genuine(secret: Bytes, sealedRequest: Bytes): HTMLElement {
  const words = h("p", {});
  const details = h(
    "details",
    {},
    h("summary", {}, "How to check that this is genuine"),
    h("p", {}, "Call the company on a number you know. They see the same five words:"),
    words,
  );
  details.addEventListener("toggle", async () => {
    if (details.open) words.textContent = (await phrase(secret, await sha256(sealedRequest))).join(" ");
  });
  return details;
}

function term(name: string, value: string): HTMLElement[] {
  return [h("dt", {}, name), h("dd", {}, value)];
}

function list(words: readonly string[]): string {
  return new Intl.ListFormat("en-GB").format(words);
}
