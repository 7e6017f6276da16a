// What fields need of a submission, and how a value that was typed is shown once it is sealed.
import type { DraftPart } from "@cloakroom/shared/draft";
import type { Submission } from "@cloakroom/shared/submission";
import { button, h, say, unseen } from "./dom";

export type Giving = Pick<Submission, "parts" | "addFile" | "setValue" | "remove">;

/** `fallback` names what has no masked form. */
export function keptRow(part: DraftPart, fallback: string, remove: () => Promise<void>): HTMLLIElement {
  const name = part.preview || fallback;
  const away = button("Remove", async () => {
    await remove();
    say("Removed.", true);
  });
  away.append(unseen(` ${name}`));
  return h(
    "li",
    {},
    h("span", { className: "name digits" }, name),
    h("span", { className: "state" }, h("span", { className: "ready" }, "encrypted, ready to send")),
    away,
  );
}
