// What this browser holds of a submission, from the first file to the receipt.
import { type Draft, eraseDrafts, keepOwner } from "@cloakroom/shared/draft";
import type { BoxView } from "@cloakroom/shared/relay";
import { type Outcome, Submission } from "@cloakroom/shared/submission";
import { session, type Visit } from "./visit";
import { sealer } from "./worker";

export function prepare({ keys, request, sealedRequest, relay }: Visit, box: BoxView, draft: Draft): Submission {
  const clock = () => Date.now();
  return new Submission({ keys, request, sealedRequest, chunkSize: box.chunkSize, relay, draft, sealer, clock });
}

/** The receipt: all drafts of this box go, the owner stays. Any other outcome is only the relay's word and erases nothing. */
export async function settle({ keys, shelf }: Visit, draft: Draft, outcome: Outcome): Promise<void> {
  if (outcome !== "accepted") return;
  await keepOwner(shelf, keys.boxId, keys.draftSeal, draft.owner, Date.now());
  await eraseDrafts(shelf, session, keys.boxId);
}
