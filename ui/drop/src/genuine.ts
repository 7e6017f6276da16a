// How to check that a request comes from who it says.
import { type Bytes, sha256 } from "@cloakroom/shared/bytes";
import { phrase } from "@cloakroom/shared/phrase";
import { h } from "./dom";

/** Two checks; the five words are worked out when somebody looks. */
export function genuine(secret: Bytes, sealedRequest: Bytes): HTMLElement {
  const words = h("p", { className: "phrase", attrs: { "aria-live": "polite" } }, "…");
  const details = checks(location.origin, words);
  details.addEventListener("toggle", async () => {
    if (!details.open) return;
    try {
      words.textContent = (await phrase(secret, await sha256(sealedRequest))).join(" ");
    } catch {
      // The word list is loaded only here, and the network may be gone.
      words.textContent = "The words could not be loaded. Reload the page.";
    }
  });
  return details;
}

/** The same before the link exists. */
export function genuineLater(): HTMLElement {
  const later = "shown once the link exists";
  return checks(later, h("p", { className: "phrase" }, later));
}

function checks(address: string, words: HTMLElement): HTMLDetailsElement {
  return h(
    "details",
    { className: "genuine" },
    h("summary", {}, "How to check that this is genuine"),
    h(
      "ol",
      {},
      h("li", {}, "The page’s address is the one the company uses for this: ", h("bdi", { className: "mono" }, address)),
      h("li", {}, "Call the company on a number you know, not one from the message. They see the same five words:", words),
    ),
    h("p", {}, "Nobody will ask you here for a password, a security code or a payment."),
  );
}
