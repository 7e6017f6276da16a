// JSON in which no key stands twice, at any depth: two readers must not be able to read two documents out of one.
import { Refused } from "../vectors";

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/** The value; refuses with `syntax`, or with `duplicate` for a doubled key. */
export function parseStrict(text: string, syntax: string, duplicate: string): Json {
  try {
    JSON.parse(text);
  } catch {
    // A doubled key that comes first is the finding, whatever is wrong behind it.
    walk(text, duplicate);
    throw new Refused(syntax);
  }
  walk(text, duplicate);
  return JSON.parse(text) as Json;
}

/** Goes from token to token and keeps the keys of each open object. */
function walk(text: string, duplicate: string): void {
  const open: (Set<string> | null)[] = [];
  for (const [token, string, colon] of text.matchAll(/("(?:[^"\\]|\\.)*")(\s*:)?|[{}[\]]/g)) {
    if (token === "{") open.push(new Set());
    else if (token === "[") open.push(null);
    else if (token === "}" || token === "]") open.pop();
    else if (string && colon) {
      const keys = open.at(-1);
      const key = JSON.parse(string) as string;
      if (keys?.has(key)) throw new Refused(duplicate);
      keys?.add(key);
    }
  }
}
