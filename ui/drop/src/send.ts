// The form: fields, Send, progress, pause and resume.
import { RelayProblem } from "@cloakroom/shared/relay";
import type { Request } from "@cloakroom/shared/request";
import { type Outcome, plain, type Submission } from "@cloakroom/shared/submission";
import { Trouble } from "@cloakroom/shared/trouble";
import type { Progress } from "@cloakroom/shared/upload";
import { alarm, bdi, button, h, icon, say } from "./dom";
import { size } from "./format";
import type { Field, Problem } from "./frame";
import { giveField } from "./give";
import type { Giving } from "./giving";
import { Pace } from "./pace";

export interface Listener {
  /** Whether it is being sent now. */
  sending(now: boolean): void;
  /** Whether the form makes room for the progress, paused or not. */
  away(away: boolean): void;
  /** How it ended. */
  sent(outcome: Outcome): void;
}

/** The form. With `goOn`, sending begins at once. */
export function form(
  request: Request,
  submission: Giving & Pick<Submission, "send">,
  goOn: boolean,
  listener: Listener,
): HTMLElement {
  const fields = request.slots.map((slot) => giveField(slot, request, submission));
  const bar = progressBar();
  const problems = summary();
  let stop = new AbortController();

  const pause = button("Pause", () => stop.abort());
  const resume = button("Resume", () => void run());
  const send = button("Send", () => void run(), "primary");
  const promise = h("p", { className: "promise" }, icon("lock"), h("span", {}, "Encrypted in this browser before it is sent. Only ", bdi(request.company), " can open it."));
  const idle = h("div", { className: "idle" }, problems.element, ...fields.map((each) => each.element), h("div", { className: "send" }, send, promise));
  const busy = h("div", { className: "busy" }, bar.element, h("div", { className: "row" }, pause, resume), h("p", { className: "quiet" }, "This device may lock, the network may go away: it goes on where it was."));
  const element = h("form", { noValidate: true }, idle, busy);
  element.addEventListener("submit", (event) => event.preventDefault());
  // Enter in a line of text sends nothing: there is more to fill in, and sending is a decision.
  element.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && event.target instanceof HTMLInputElement && event.target.type === "text") event.preventDefault();
  });
  buttons("idle");

  async function run(): Promise<void> {
    alarm("");
    problems.show([]);
    listener.sending(true);
    fields.forEach((each) => each.freeze(true));
    stop = new AbortController();
    const { signal } = stop;
    try {
      const found = await check(fields);
      if (found.length > 0) {
        back();
        say("Not sent.", true);
        problems.show(found);
        return;
      }
      buttons("busy");
      bar.restart();
      say("Sending …");
      const waiting = (why: Trouble | null) => {
        bar.wait(why !== null);
        say(why ? why.message : "Sending …");
      };
      listener.sent(await submission.send({ signal, waiting, progress: bar.update }));
    } catch (error) {
      if (signal.aborted) {
        say("Paused. What was sent so far is kept.");
        bar.wait(true);
        buttons("paused");
        return;
      }
      back();
      say("Not sent.");
      const words = error instanceof RelayProblem ? plain(error) : error instanceof Trouble ? error : new Trouble("refused");
      alarm(words.message);
      scrollTo(0, 0);
    } finally {
      listener.sending(false);
    }
  }

  function back(): void {
    fields.forEach((each) => {
      each.freeze(false);
      each.render();
    });
    buttons("idle");
  }

  function buttons(now: "idle" | "busy" | "paused"): void {
    const held = element.contains(document.activeElement);
    idle.hidden = now !== "idle";
    busy.hidden = now === "idle";
    pause.hidden = now !== "busy";
    resume.hidden = now !== "paused";
    listener.away(now !== "idle");
    // The button that was pressed is gone; the keyboard goes on with the one in its place.
    if (held) (now === "busy" ? pause : now === "paused" ? resume : send).focus();
  }

  if (goOn) void run();
  return element;
}

async function check(fields: readonly Field[]): Promise<Problem[]> {
  return (await Promise.all(fields.map((each) => each.complete()))).flat();
}

/** All that keeps the form from being sent, with a way to each. */
function summary(): { element: HTMLElement; show(problems: readonly Problem[]): void } {
  const list = h("ul", {});
  const said = h("div", { attrs: { role: "alert" } });
  const element = h("div", { className: "summary", tabIndex: -1, hidden: true }, said);
  const line = ({ text, at }: Problem) => {
    const link = h("a", { href: "#" }, bdi(text));
    link.addEventListener("click", (event) => {
      // The address is not ours to change: it held the secret.
      event.preventDefault();
      at.focus();
      at.closest("label, .line")?.scrollIntoView({ block: "center" });
    });
    const item = h("li", {}, link);
    // It stays where it is while somebody types: nothing jumps.
    for (const kind of ["input", "change"]) at.addEventListener(kind, () => item.classList.add("mended"), { once: true });
    if (at instanceof HTMLButtonElement) at.addEventListener("click", () => item.classList.add("mended"), { once: true });
    return item;
  };
  return {
    element,
    show(problems) {
      element.hidden = problems.length === 0;
      list.replaceChildren(...problems.map(line));
      said.replaceChildren(...(problems.length > 0 ? [h("h2", {}, "There is a problem"), list] : []));
      if (problems.length > 0) element.focus();
    },
  };
}

function progressBar() {
  const fill = h("div", {});
  const attrs = { role: "progressbar", "aria-label": "Sent", "aria-valuemin": "0", "aria-valuemax": "100", "aria-valuenow": "0" };
  const bar = h("div", { className: "bar", attrs }, fill);
  const percent = h("span", { className: "percent" }, "0 %");
  const figures = h("span", {});
  const rate = h("span", { className: "rate" });
  const pace = new Pace();
  return {
    element: h("div", { className: "progress" }, bar, h("p", { className: "figures" }, percent, figures, rate)),
    update({ sent, whole }: Progress) {
      const share = whole > 0 ? sent / whole : 0;
      const done = Math.floor(share * 100);
      bar.setAttribute("aria-valuenow", String(done));
      fill.style.transform = `scaleX(${share})`;
      percent.textContent = `${done} %`;
      figures.textContent = `${size(sent)} of ${size(whole)}`;
      rate.textContent = pace.tell(sent, whole, performance.now());
    },
    /** Nothing moves for now. */
    wait(waiting: boolean) {
      bar.classList.toggle("still", waiting);
      if (!waiting) return;
      rate.textContent = "";
      pace.restart();
    },
    restart() {
      bar.classList.remove("still");
      pace.restart();
    },
  };
}
