// The link that was just made. Leaving the page by mistake does not lose it.
import type { NewLink } from "../generated";

class Made {
  /** Until it is passed on, or the window ends. */
  link = $state.raw<(NewLink & { ticket: string }) | null>(null);
}

export const made = new Made();
