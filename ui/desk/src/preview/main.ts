// The customer's page as the customer will see it, inside the window in which a request is made. It only shows.
import { showPreview } from "@cloakroom/drop/preview";
import type { Request } from "@cloakroom/shared/request";
import "@cloakroom/drop/page.css";

addEventListener("message", (event: MessageEvent<unknown>) => {
  if (event.source !== parent || event.origin !== location.origin || typeof event.data !== "string") return;
  const request: unknown = JSON.parse(event.data);
  if (!isRequest(request)) return;
  const place = scrollY;
  showPreview(document.body, request);
  scrollTo(0, place);
});

/** The desk made it, and the types of its commands hold; anything else on this channel is somebody's tool. */
function isRequest(from: unknown): from is Request {
  return typeof from === "object" && from !== null && "v" in from && from.v === 1 && "slots" in from;
}

// The page itself lets nothing happen; a file dropped beside it would replace it.
for (const kind of ["dragover", "drop"]) addEventListener(kind, (event) => event.preventDefault());
