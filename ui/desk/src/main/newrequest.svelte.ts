// The link that was just made. It exists nowhere else, so that leaving the page by mistake must not lose it.
import type { NewLink } from "../generated";

class Made {
  /** Until it is passed on, or the window ends. */
  link = $state.raw<(NewLink & { ticket: string }) | null>(null);
}

export const made = new Made();
