// The form: fields, Send, progress, pause and resume.
import type { Request } from "@cloakroom/shared/request";
import { RelayProblem } from "@cloakroom/shared/relay";
import { plain, type Outcome, type Submission } from "@cloakroom/shared/submission";
import { Trouble } from "@cloakroom/shared/trouble";
import type { Progress } from "@cloakroom/shared/upload";
import { alarm, button, h, say } from "./dom";
import { size } from "./format";
import { giveField } from "./give";

export interface Listener {
  /** Whether it is being sent now. */
  sending(now: boolean): void;
  /** How it ended. */
  sent(outcome: Outcome): void;
}

/** The form. With `goOn`, sending begins at once. */
export function form(request: Request, submission: Submission, goOn: boolean, listener: Listener): HTMLElement {
  const fields = request.slots.map((slot) => giveField(slot, request, submission));
  const bar = progressBar();
  let stop = new AbortController();

  const pause = button("Pause", () => stop.abort());
  const resume = button("Resume", () => void run());
  const send = button("Send", () => void run());
  const element = h("form", { noValidate: true }, ...fields.map((each) => each.element), bar.element, send, pause, resume);
  element.addEventListener("submit", (event) => event.preventDefault());
  buttons("idle");

  async function run(): Promise<void> {
    alarm("");
    listener.sending(true);
    buttons("busy");
    fields.forEach((each) => each.freeze(true));
    stop = new AbortController();
    const { signal } = stop;
    try {
      const checked = await Promise.allSettled(fields.map((each) => each.complete()));
      if (checked.some((each) => each.status === "rejected")) throw new Trouble("nothing-given");
      say("Sending …");
      const waiting = (why: Trouble | null) => say(why ? why.message : "Sending …");
      listener.sent(await submission.send({ signal, waiting, progress: bar.update }));
    } catch (error) {
      if (signal.aborted) {
        say("Paused. What was sent so far is kept.");
        buttons("paused");
        return;
      }
      fields.forEach((each) => {
        each.freeze(false);
        each.render();
      });
      buttons("idle");
      say("Not sent.");
      const words = error instanceof RelayProblem ? plain(error) : error instanceof Trouble ? error : new Trouble("refused");
      alarm(words.code === "nothing-given" ? `There is a problem. ${words.message}` : words.message);
    } finally {
      listener.sending(false);
    }
  }

  function buttons(now: "idle" | "busy" | "paused"): void {
    send.hidden = now !== "idle";
    pause.hidden = now !== "busy";
    resume.hidden = now !== "paused";
    bar.element.hidden = now === "idle";
  }

  if (goOn) void run();
  return element;
}

function progressBar(): { element: HTMLElement; update: (progress: Progress) => void } {
  const fill = h("div", {});
  const attrs = { role: "progressbar", "aria-label": "Sent", "aria-valuemin": "0", "aria-valuemax": "100", "aria-valuenow": "0" };
  const bar = h("div", { attrs }, fill);
  const figures = h("p", {});
  return {
    element: h("div", {}, bar, figures),
    update({ sent, whole }) {
      const share = whole > 0 ? sent / whole : 0;
      bar.setAttribute("aria-valuenow", String(Math.floor(share * 100)));
      fill.style.transform = `scaleX(${share})`;
      figures.textContent = `${Math.floor(share * 100)} %, ${size(sent)} of ${size(whole)}`;
    },
  };
}
