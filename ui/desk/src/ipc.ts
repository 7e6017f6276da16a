// The only file that talks to the shell.
import { invoke } from "@tauri-apps/api/core";
import type { Bringing, Commands, Failure, Founding, HookOf, NewHelpdesk } from "./generated";

/** A command did nothing. `message` says what happened and what to do, for a person. */
export class Refused extends Error {
  override name = "Refused";
  readonly code: Failure["code"];

  constructor({ code, text }: Failure) {
    super(text);
    this.code = code;
  }
}

/** What goes beside a raw body, in a header each. */
export type About = { founding: Founding } | { bringing: Bringing } | { helpdesk: NewHelpdesk } | { hook: HookOf };

/** Calls a command by its name; a refusal is thrown as [`Refused`]. */
export async function call<Name extends keyof Commands>(
  name: Name,
  ...[args, headers]: Commands[Name]["args"] extends null
    ? []
    : Commands[Name]["args"] extends Uint8Array
      ? [Uint8Array, About?]
      : [Commands[Name]["args"]]
): Promise<Commands[Name]["answer"]> {
  try {
    if (args instanceof Uint8Array) {
      const about = Object.entries(headers ?? {}).map(([name, value]) => [name, encodeURIComponent(JSON.stringify(value))]);
      return await invoke(name, args, headers && { headers: Object.fromEntries(about) as Record<string, string> });
    }
    return await invoke(name, args === undefined ? {} : { args });
  } catch (error) {
    throw error instanceof Error ? error : new Refused(failure(error));
  }
}

/** Reads a value that waits at an address, once. The caller wipes it. */
export async function readOnce(address: string): Promise<Uint8Array<ArrayBuffer>> {
  const answer = await fetch(address, { cache: "no-store" });
  if (!answer.ok) throw new Refused({ code: "gone", text: "This was shown once already. Close this window and open it again." });
  return new Uint8Array(await answer.arrayBuffer());
}

function failure(error: unknown): Failure {
  if (typeof error === "object" && error !== null && "code" in error && "text" in error) return error as Failure;
  return { code: "refused", text: "This window may not do that. Close Cloakroom and start it again." };
}
