// Looking after a box while somebody looks at the page.
import type { BoxView, Relay } from "@cloakroom/shared/relay";
import { Trouble } from "@cloakroom/shared/trouble";

const SOON_MS = 1500;
const LATER_MS = 10_000;

/** Asks for the box again and again, while somebody looks; returns how to stop. */
export function watch(relay: Relay, tell: (error: Trouble) => void, hear: (box: BoxView) => Promise<void>): () => void {
  let wait = SOON_MS;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let stopped = false;
  const ask = async () => {
    clearTimeout(timer);
    if (!document.hidden) {
      try {
        const box = await relay.box();
        if (!stopped) await hear(box);
      } catch (error) {
        // A lost connection is not news here; the next time will tell.
        if (error instanceof Trouble) tell(error);
      }
    }
    wait = Math.min(LATER_MS, wait * 1.2);
    if (!stopped) timer = setTimeout(() => void ask(), wait);
  };
  const look = () => {
    wait = SOON_MS;
    if (!stopped) void ask();
  };
  addEventListener("visibilitychange", look);
  addEventListener("online", look);
  timer = setTimeout(() => void ask(), wait);
  return () => {
    stopped = true;
    clearTimeout(timer);
  };
}
