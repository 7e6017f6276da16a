// Tells the desk that somebody is here, so that it does not lock. It hears no more than that.
import { call } from "../ipc";

const EVERY = 20_000;

/** Reports use of this window, at most every 20 seconds; the answer ends it. */
export function reportUse(target: Window): () => void {
  let last = -Infinity;
  const used = () => {
    const now = performance.now();
    if (now - last < EVERY) return;
    last = now;
    call("active").catch(() => undefined);
  };
  const events = ["keydown", "pointerdown", "pointermove", "wheel"] as const;
  for (const each of events) target.addEventListener(each, used, { capture: true, passive: true });
  return () => {
    for (const each of events) target.removeEventListener(each, used, { capture: true });
  };
}
