// Who asks, for what, and what is promised.
import type { DataClass, Request, Slot } from "@cloakroom/shared/request";
import { bdi, type Child, h, icon, listed } from "./dom";
import { date, relative } from "./format";

type Kept = Request["retention"][number];

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
  return [bdi(request.company), " asks you for ", yours(request, request.slots)];
}

/** "your ID document and your payment card"; other languages have other rules. `first` begins it. */
export function yours(request: Request, slots: readonly Slot[], first = "your "): HTMLElement {
  return named(request, slots, (label, at) => (at > 0 ? "your " : first) + inSentence(label.replace(/^(your|an?|the) /i, "")));
}

/** "ID document and payment card". */
function named({ language }: Request, slots: readonly Slot[], name = (label: string, at: number) => (at > 0 ? inSentence(label) : label)): HTMLElement {
  return listed(slots.map(({ label }, at) => (language === "en" ? name(label, at) : label)));
}

/** "Payment card" as "payment card", "ID document" as it is. */
function inSentence(label: string): string {
  return label.replace(/^\p{Lu}(?=\p{Ll})/u, (letter) => letter.toLowerCase());
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
      ...term("Deleted", ...promises(request, ({ rule, until }) => [bdi(rule), "; even if you send on the last day, at the latest on ", when(until)])),
      ...term("Open until", when(request.expires)),
      ...term("Questions", ...contact(request)),
    ),
    genuine,
  );
}

/**
 * What is said on the status page: less, for the decision is made. `gone`: what was deleted and when, null when all was.
 * The rules stand without a date: the promised one counts from the last day to send, and when the term began the desk knows.
 */
export function remind(request: Request, reference: string | null, gone: ReadonlyMap<DataClass, number> | null, genuine: HTMLElement): HTMLElement {
  const end = (promise: Kept): Child[] => {
    const at = gone?.get(promise.class);
    return at === undefined ? [bdi(promise.rule)] : ["deleted on ", day(at)];
  };
  return h(
    "section",
    { className: "about" },
    h("h2", {}, "About this delivery"),
    h(
      "dl",
      {},
      ...(reference === null ? [] : term("Reference", bdi(reference))),
      ...term("What", named(request, request.slots)),
      ...term("For", bdi(request.agent), ", ", bdi(request.company)),
      ...term("Ticket", bdi(request.ticket)),
      ...term("Why", bdi(request.purpose)),
      ...term("Seen by", listed(request.seen_by)),
      ...(gone ? term("Deleted", ...promises(request, end)) : []),
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
  const found = request.slots.filter((slot) => classes.includes(slot.class));
  return found.length > 0 ? named(request, found) : listed(classes);
}

/** An absolute date, and what must not come apart from it. */
export function day(seconds: number, mark = ""): HTMLElement {
  return h("span", { className: "day" }, h("time", { dateTime: new Date(seconds * 1000).toISOString() }, date(seconds)), mark);
}

/** An absolute date, and how far away that is. What is `past` is never said to come: this device's clock may be slow. */
export function when(seconds: number, past = false): HTMLElement {
  const slow = past && seconds > Date.now() / 1000 + 50;
  return h("span", {}, day(seconds), " ", slow ? null : h("span", { className: "quiet" }, `(${relative(seconds)})`));
}

/** Whom to ask, as links where they can only be that. */
export function contact({ help }: Request): Child[] {
  const phone = help.phone && link(`tel:${help.phone.replace(/[^+\d]/g, "")}`, help.phone);
  const mail = help.email && (/^[^\s?&@]+@[^\s?&@]+$/.test(help.email) ? link(`mailto:${help.email}`, help.email) : bdi(help.email));
  const web = help.web && (isWeb(help.web) ? link(help.web, help.web.replace(/^https:\/\//, "")) : bdi(help.web));
  const all = [bdi(help.name), phone, mail, web].filter((each) => typeof each === "object" && each !== null);
  return [h("ul", { className: "contact" }, ...all.map((each) => h("li", {}, each)))];
}

function promises(request: Request, end: (promise: Kept) => Child[]): Child[] {
  const several = request.retention.length > 1;
  return request.retention.map((promise) => h("p", {}, several ? h("b", {}, labels(request, [promise.class]), ": ") : null, ...end(promise)));
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
