// The proof of one purge: three entries, where each stands, one checkpoint over them (FORMATS §8).
import { Refused } from "../vectors";
import { type Checkpoint, fingerprint, includes, readCheckpoint, readVkey, verifyCheckpoint } from "./checkpoint";
import { type Leaf, leafHash, readLeaf } from "./leaf";
import { type Json, parseStrict } from "./strict-json";

type Members = { [key: string]: Json };

export interface Findings {
  /** The key given, one inside that nobody vouches for, or none at all. */
  signer: "given" | "unknown" | "unchecked";
  fingerprint: string | null;
  purge: string;
  ticket: string;
}

interface Step {
  index: number;
  leaf: string;
  proof: string[];
}

/** Checks everything a certificate claims; refuses with the first thing that is wrong. */
export function verifyCertificate(text: string, key: string | null): Findings {
  const { steps, checkpoint, vkey } = parse(text);
  const head = under("checkpoint-", () => readCheckpoint(checkpoint));
  const signer = checkSigner(head, key, vkey);
  const [intent, destroyed, completed] = steps.map((step) => entry(step, head));
  const [first, second, third] = [
    data(intent, "purge-intent"),
    data(destroyed, "keys-destroyed"),
    data(completed, "purge-completed"),
  ];
  const [a = 0, b = 0, c = 0] = steps.map((step) => step.index);
  if (a >= b || b >= c) throw new Refused("order");
  if (first["purge"] !== second["purge"] || first["purge"] !== third["purge"]) throw new Refused("purge");
  const epoch = first["epoch"] as { from: number; to: number };
  // A later rotation may have come in between; an earlier one cannot have destroyed these keys.
  const rotated = epoch.to > epoch.from && Number(second["epoch"]) >= epoch.to;
  if (!rotated || (first["rows"] as Json[]).length !== second["dropped"]) throw new Refused("disagree");
  if (third["outcome"] !== "done") throw new Refused("not-done");
  const inside = vkey ?? key;
  return {
    signer,
    fingerprint: inside === null ? null : fingerprint(inside),
    purge: String(first["purge"]),
    ticket: String(first["ticket"]),
  };
}

function parse(text: string): { steps: Step[]; checkpoint: string; vkey: string | null } {
  const members = object(parseStrict(text, "format", "format"), ["v", "intent", "keys_destroyed", "completed", "checkpoint", "vkey"]);
  const vkey = members["vkey"] ?? null;
  if (members["v"] !== 1 || typeof members["checkpoint"] !== "string") throw new Refused("format");
  if (vkey !== null && typeof vkey !== "string") throw new Refused("format");
  const steps = [members["intent"], members["keys_destroyed"], members["completed"]].map(parseStep);
  return { steps, checkpoint: members["checkpoint"], vkey };
}

function parseStep(value: Json | undefined): Step {
  const { index, leaf, proof } = object(value, ["index", "leaf", "proof"]);
  const hashes = Array.isArray(proof) && proof.every((each) => /^[0-9a-f]{64}$/.test(String(each)));
  if (!Number.isSafeInteger(index) || Number(index) < 0 || typeof leaf !== "string" || !hashes) throw new Refused("format");
  return { index: Number(index), leaf, proof: proof.map(String) };
}

function checkSigner(head: Checkpoint, key: string | null, inside: string | null): Findings["signer"] {
  const insideKey = inside === null ? null : readVkey(inside);
  const believed = key === null ? insideKey : readVkey(key);
  if (!believed) return "unchecked";
  under("checkpoint-", () => verifyCheckpoint(head, believed));
  if (key === null) return "unknown";
  if (inside !== null && inside !== key) throw new Refused("vkey");
  return "given";
}

function entry(step: Step, head: Checkpoint): Leaf {
  const bytes = new TextEncoder().encode(step.leaf);
  let leaf: Leaf;
  try {
    leaf = readLeaf(bytes);
  } catch {
    throw new Refused("leaf");
  }
  if (!includes(head.root, head.size, step.index, leafHash(bytes), step.proof)) throw new Refused("proof");
  return leaf;
}

function data(leaf: Leaf | undefined, what: string): Members {
  if (!leaf?.known || leaf.what !== what) throw new Refused("kind");
  return leaf.members;
}

function object(value: Json | undefined, names: readonly string[]): Members {
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw new Refused("format");
  if (!Object.keys(value).every((name) => names.includes(name))) throw new Refused("format");
  return value;
}

function under<T>(prefix: string, act: () => T): T {
  try {
    return act();
  } catch (error) {
    throw error instanceof Refused ? new Refused(prefix + error.code) : error;
  }
}
