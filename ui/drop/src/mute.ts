// A `Trouble` as the sealing worker throws it: a code, for which the page has the words.
import type { TroubleCode } from "@cloakroom/shared/trouble";

export class Trouble extends Error {
  override name = "Trouble";
  readonly code: TroubleCode;

  constructor(code: TroubleCode, cause?: unknown) {
    super(code, { cause });
    this.code = code;
  }
}
