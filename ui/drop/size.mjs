// What the page weighs on its way to a phone, gzipped; fails when it is more than a bad network should carry.
import process from "node:process";
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath, URL } from "node:url";
import { gzipSync } from "node:zlib";

/** Bytes. The first load: what must be there before anything is seen. All: what one customer loads for an ID and a card. */
const FIRST_MOST = 22 * 1024;
const ALL_MOST = 52 * 1024;
/** What is loaded only where a note asks for it: asked once more, taken in another way, a longer term on offer. */
const SELDOM_MOST = 3 * 1024;

const dist = fileURLToPath(new URL("./dist/", import.meta.url));
const read = (name) => readFileSync(dist + name);
const weigh = (names) => [...names].reduce((sum, name) => sum + gzipSync(read(name), { level: 9 }).length, 0);

const index = read("index.html").toString();
const first = new Set(["index.html"]);
for (const [, name] of index.matchAll(/(?:src|href)="\.\/(assets\/[^"]+)"/g)) add(name);
const isSeldom = (name) => name.startsWith("assets/seldom-");
const every = ["index.html", "icon.svg", ...readdirSync(`${dist}assets`).map((name) => `assets/${name}`)];

/** A script, and what it imports before it runs. */
function add(name) {
  if (first.has(name)) return;
  first.add(name);
  if (!name.endsWith(".js")) return;
  const statics = read(name).toString().matchAll(/(?:import|export)\s*(?:[\w*{}$,\s]+from\s*)?"\.\/([^"]+\.js)"/g);
  for (const [, other] of statics) add(`assets/${other}`);
}

const figures = [
  ["first load", weigh(first), FIRST_MOST],
  ["everything", weigh(every.filter((name) => !isSeldom(name))), ALL_MOST],
  ["and seldom", weigh(every.filter(isSeldom)), SELDOM_MOST],
];
for (const [what, bytes, most] of figures) {
  process.stdout.write(`${what}: ${(bytes / 1024).toFixed(1)} KB gzip, of ${most / 1024} KB\n`);
}
const heavy = figures.filter(([, bytes, most]) => bytes > most);
if (heavy.length > 0) {
  process.stderr.write(`The page is too heavy: ${heavy.map(([what]) => what).join(" and ")}. Load later what is seen later.\n`);
  process.exit(1);
}
