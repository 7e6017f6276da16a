// Looks into the memory of a process and of everything it started, as root may.
import { closeSync, openSync, readdirSync, readFileSync, readSync } from "node:fs";

const BLOCK = 8 * 1024 * 1024;

/** The app's process that has this data folder on its command line, and everything below it: pid and name. */
export function processTree(folder) {
  const all = new Map();
  for (const pid of readdirSync("/proc").filter((name) => /^\d+$/.test(name))) {
    try {
      const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
      // The name stands in parentheses and may hold anything.
      const name = stat.slice(stat.indexOf("(") + 1, stat.lastIndexOf(")"));
      const [state, parent] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
      const words = readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0");
      if (state !== "Z") all.set(pid, { pid, name, parent, words });
    } catch {
      // It ended while we looked.
    }
  }
  const isApp = ({ words }) => words.includes(folder) && /cloakroom[^/]*$/.test(words[0]);
  const tree = [...all.values()].filter(isApp);
  for (let at = 0; at < tree.length; at += 1) {
    tree.push(...[...all.values()].filter((each) => each.parent === tree[at].pid && !tree.includes(each)));
  }
  return tree.map(({ pid, name }) => ({ pid, name }));
}

/** A text as programs hold it: bytes, UTF-16, and a list of numbers. */
export function needles(what, text) {
  return [
    [what, Buffer.from(text, "utf8")],
    [`${what} as UTF-16`, Buffer.from(text, "utf16le")],
    [`${what} as numbers`, Buffer.from([...Buffer.from(text)].join(","))],
  ];
}

/** Where in a process's memory any of the needles lies: what was found, in which mapping, with what around it. */
export function searchMemory({ pid, name }, wanted) {
  const found = [];
  let memory;
  try {
    memory = openSync(`/proc/${pid}/mem`, "r");
  } catch {
    return found;
  }
  const longest = Math.max(...wanted.map(([, needle]) => needle.length));
  const block = Buffer.alloc(BLOCK + longest);
  try {
    for (const line of readFileSync(`/proc/${pid}/maps`, "utf8").split("\n")) {
      const [range, rights, , , , ...path] = line.split(/\s+/);
      if (!rights?.startsWith("rw")) continue;
      const [from, to] = range.split("-").map((text) => BigInt(`0x${text}`));
      for (let at = from; at < to; at += BigInt(BLOCK)) {
        const length = Number(to - at < BigInt(block.length) ? to - at : BigInt(block.length));
        let read;
        try {
          read = readSync(memory, block, 0, length, at);
        } catch {
          // A device's pages, or a mapping that went: there is nothing to read.
          continue;
        }
        const bytes = block.subarray(0, read);
        for (const [what, needle] of wanted) {
          const place = bytes.indexOf(needle);
          if (place < 0 || found.some((each) => each.what === what && each.mapping === (path[0] || range))) continue;
          const around = bytes.subarray(Math.max(0, place - 48), place + needle.length + 48).toString("latin1");
          found.push({ process: name, what, mapping: path[0] || range, around: around.replace(/[^\x20-\x7e]/g, ".") });
        }
      }
    }
  } finally {
    closeSync(memory);
  }
  return found;
}
