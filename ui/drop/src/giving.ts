// What fields need of a submission, and how a value that was typed is shown once it is sealed.
import type { Submission } from "@cloakroom/shared/submission";
import { button, h, say } from "./dom";

export type Giving = Pick<Submission, "parts" | "addFile" | "setValue" | "remove">;

/** `name` is empty where what was typed is still to be seen above. */
export function keptRow(name: string, clear: string, remove: () => Promise<void>): HTMLLIElement {
  const away = button(clear, async () => {
    await remove();
    say("Removed.", true);
  });
  return h(
    "li",
    {},
    name ? h("span", { className: "name digits" }, name) : null,
    h("span", { className: "state" }, h("span", { className: "ready" }, "ready to send")),
    away,
  );
}
