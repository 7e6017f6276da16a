// Who asks, for what, and what is promised.
import type { DataClass, Request } from "@cloakroom/shared/request";
import { bdi, type Child, h, icon, listed } from "./dom";
import { date, relative } from "./format";

/** The company's sign: a letter on its colour, and its name. */
export function sign(request: Request): Child[] {
  const letter = [...request.company.replace(/[^\p{L}\p{N}]/gu, "")][0] ?? "";
  return [
    h("span", { className: "tile", attrs: { "aria-hidden": "true" } }, letter.toUpperCase()),
    h("span", { className: "company", title: request.company }, bdi(request.company)),
    encrypted(),
  ];
}

export function encrypted(): HTMLElement {
  return h("span", { className: "sealed" }, icon("lock"), "Encrypted delivery");
}

export function heading(request: Request): Child[] {
  return [bdi(request.company), " asks you for ", listed(request.slots.map((slot) => inSentence(slot.label, request)))];
}

/** "Payment card" as "payment card", "ID document" as it is; other languages have other rules. */
function inSentence(label: string, { language }: Request): string {
  return language === "en" && /^\p{Lu}\p{Ll}/u.test(label) ? label.charAt(0).toLowerCase() + label.slice(1) : label;
}

/** Everything a person needs to decide, before any field. `genuine` shows how to check it. */
export function about(request: Request, genuine: HTMLElement): HTMLElement {
  return h(
    "section",
    { className: "about", attrs: { "aria-label": "About this request" } },
    h(
      "dl",
      {},
      ...term("Why", bdi(request.purpose)),
      ...term("Asked by", bdi(request.agent), ", ", bdi(request.company), "; ticket ", bdi(request.ticket)),
      ...term("Seen by", listed(request.seen_by), "; each opening is recorded"),
      ...term("Deleted", ...promises(request)),
      ...term("Open until", when(request.expires)),
      ...term("Questions", ...contact(request)),
    ),
    genuine,
  );
}

/** What is said on the status page: less, for the decision is made. */
export function remind(request: Request, reference: string | null, genuine: HTMLElement): HTMLElement {
  return h(
    "section",
    { className: "about" },
    h("h2", {}, "About this delivery"),
    h(
      "dl",
      {},
      ...(reference === null ? [] : term("Reference", bdi(reference))),
      ...term("What", listed(request.slots.map((slot) => slot.label))),
      ...term("For", bdi(request.agent), ", ", bdi(request.company)),
      ...term("Ticket", bdi(request.ticket)),
      ...term("Why", bdi(request.purpose)),
      ...term("Seen by", listed(request.seen_by)),
      ...term("Deleted", ...promises(request)),
      ...term("Questions", ...contact(request)),
    ),
    genuine,
  );
}

/** Someone with the link and the server could ask for something else in the company's name; the phrase would differ. */
export function seenOnItsWay(): HTMLElement {
  return h(
    "p",
    { className: "warning" },
    "This link was changed on its way to you, so that the server saw all of it. Before you send anything, compare the five words below with the company, or ask for a new link.",
  );
}

/** What of the request is of these classes, by the names the customer knows. */
export function labels(request: Request, classes: readonly DataClass[]): HTMLElement {
  const found = request.slots.filter((slot) => classes.includes(slot.class)).map((slot) => slot.label);
  return listed(found.length > 0 ? found : classes);
}

/** An absolute date, and how far away that is. */
export function when(seconds: number): HTMLElement {
  const iso = new Date(seconds * 1000).toISOString();
  const away = h("span", { className: "quiet" }, ` (${relative(seconds)})`);
  return h("span", {}, h("time", { dateTime: iso }, date(seconds)), away);
}

/** Whom to ask, as links where they can only be that. */
export function contact({ help }: Request): Child[] {
  const phone = help.phone && link(`tel:${help.phone.replace(/[^+\d]/g, "")}`, help.phone);
  const mail = help.email && (/^[^\s?&@]+@[^\s?&@]+$/.test(help.email) ? link(`mailto:${help.email}`, help.email) : bdi(help.email));
  const web = help.web && (isWeb(help.web) ? link(help.web, help.web.replace(/^https:\/\//, "")) : bdi(help.web));
  const all = [bdi(help.name), phone, mail, web].filter((each) => typeof each === "object" && each !== null);
  return [h("ul", { className: "contact" }, ...all.map((each) => h("li", {}, each)))];
}

function promises(request: Request): Child[] {
  const each = request.retention.map((promise) =>
    h(
      "p",
      {},
      request.retention.length > 1 ? h("b", {}, labels(request, [promise.class]), ": ") : null,
      bdi(promise.rule),
      "; at the latest on ",
      when(promise.until),
    ),
  );
  return each;
}

function term(name: string, ...value: Child[]): HTMLElement[] {
  return [h("dt", {}, name), h("dd", {}, ...value)];
}

function link(href: string, name: string): HTMLElement {
  return h("a", { href, rel: "noopener noreferrer", target: href.startsWith("https:") ? "_blank" : "" }, bdi(name));
}

function isWeb(address: string): boolean {
  return URL.canParse?.(address) === true && new URL(address).protocol === "https:";
}
