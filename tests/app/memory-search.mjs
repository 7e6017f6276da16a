// Looks into the memory of a process and of everything it started, as root may.
import { closeSync, openSync, readdirSync, readFileSync, readSync } from "node:fs";

const PAGE = 4096;
/** Pages asked about at a time, and bytes read at a time. */
const PAGES = 65_536;
const BLOCK = 16 * 1024 * 1024;

/** Every process there is: pid, name, parent and the words of its command line. */
function processes() {
  const all = [];
  for (const pid of readdirSync("/proc").filter((name) => /^\d+$/.test(name))) {
    try {
      const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
      // The name stands in parentheses and may hold anything.
      const name = stat.slice(stat.indexOf("(") + 1, stat.lastIndexOf(")"));
      const [state, parent] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
      const words = readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0");
      if (state !== "Z") all.push({ pid, name, parent, words });
    } catch {
      // It ended while we looked.
    }
  }
  return all;
}

/** These processes and everything below them: pid and name. */
function trees(isRoot) {
  const all = processes();
  const tree = all.filter(isRoot);
  for (let at = 0; at < tree.length; at += 1) {
    tree.push(...all.filter((each) => each.parent === tree[at].pid && !tree.includes(each)));
  }
  return tree.map(({ pid, name }) => ({ pid, name }));
}

/** The app's process that has this data folder on its command line, and everything below it. */
export function processTree(folder) {
  return trees(({ words }) => words.includes(folder) && /cloakroom[^/]*$/.test(words[0]));
}

/** Everything that a process of ours started. */
export function startedBy(pid) {
  return trees(({ parent }) => parent === String(pid));
}

/** Whether an app has this data folder. */
export function runs(folder) {
  return processTree(folder).length > 0;
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
  let pages;
  try {
    memory = openSync(`/proc/${pid}/mem`, "r");
    pages = openSync(`/proc/${pid}/pagemap`, "r");
    for (const { from, to, path } of mappings(pid)) {
      for (const bytes of touched(memory, pages, from, to, Math.max(...wanted.map(([, needle]) => needle.length)))) {
        for (const [what, needle] of wanted) {
          const place = bytes.indexOf(needle);
          if (place < 0 || found.some((each) => each.what === what && each.mapping === path)) continue;
          const around = bytes.subarray(Math.max(0, place - 48), place + needle.length + 48).toString("latin1");
          found.push({ process: name, what, mapping: path, around: around.replace(/[^\x20-\x7e]/g, ".") });
        }
      }
    }
  } catch (error) {
    // It may end while we look; then there is nothing in it.
    if (!["ENOENT", "ESRCH"].includes(error.code)) throw error;
  } finally {
    if (memory !== undefined) closeSync(memory);
    if (pages !== undefined) closeSync(pages);
  }
  return found;
}

/** The writable mappings of which anything is in memory. */
function mappings(pid) {
  const all = [];
  for (const line of readFileSync(`/proc/${pid}/smaps`, "utf8").split("\n")) {
    const head = /^([0-9a-f]+)-([0-9a-f]+) (\S+) \S+ \S+ \d+ *(.*)$/.exec(line);
    if (head) all.push({ from: parseInt(head[1], 16), to: parseInt(head[2], 16), rights: head[3], path: head[4] || `anonymous ${head[1]}`, held: 0 });
    const held = /^(?:Rss|Swap): +(\d+) kB/.exec(line);
    if (held) all.at(-1).held += Number(held[1]);
  }
  return all.filter(({ rights, held }) => rights.startsWith("rw") && held > 0);
}

/** The pages of a mapping that were ever touched, joined to runs: browsers reserve far more than they use. */
function* touched(memory, pages, from, to, overlap) {
  const entries = Buffer.alloc(PAGES * 8);
  let run = [];
  for (let at = from; at < to; at += PAGES * PAGE) {
    const count = Math.min(PAGES, (to - at) / PAGE);
    const read = readSync(pages, entries, 0, count * 8, (at / PAGE) * 8);
    for (let page = 0; page * 8 < read; page += 1) {
      // Bit 63: in memory; bit 62: in swap.
      const isThere = (entries[page * 8 + 7] & 0xc0) !== 0;
      if (isThere) run.push(at + page * PAGE);
      if (run.length > 0 && (!isThere || run.length * PAGE >= BLOCK)) {
        yield* whole(memory, run[0], run.length * PAGE + (isThere ? overlap : 0));
        run = [];
      }
    }
  }
  if (run.length > 0) yield* whole(memory, run[0], run.length * PAGE);
}

function* whole(memory, from, length) {
  const bytes = Buffer.alloc(length);
  let read = 0;
  try {
    while (read < length) {
      const more = readSync(memory, bytes, read, length - read, from + read);
      if (more === 0) break;
      read += more;
    }
  } catch {
    // A device's pages, or pages that went: what was read before counts.
  }
  yield bytes.subarray(0, read);
}
