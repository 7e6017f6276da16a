// What a ticket's link or a command line asks to be filled in.
import { call } from "../ipc";
import { actions } from "./actions.svelte";
import { desk, said } from "./desk.svelte";
import { made } from "./newrequest.svelte";
import { places } from "./places.svelte";

/** Opens the composer filled in. The link that was made before stays on its request's page. */
export async function fromTicket(): Promise<void> {
  try {
    const given = await call("from_ticket");
    if (!given) return;
    await desk.read();
    if (given.problem) {
      actions.failure = given.problem;
      return;
    }
    actions.failure = null;
    made.link = null;
    const { ticket, template } = given;
    places.go({ view: "new", ticket, ...(template && { template }) });
  } catch (error) {
    actions.failure = said(error);
  }
}
