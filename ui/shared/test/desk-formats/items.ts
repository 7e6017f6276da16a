// What is inside the age files of a submission: manifests and cards, as a desk takes them (FORMATS §4).
import { utf8 } from "../../src/bytes";
import { mask } from "../../src/card";
import { Refused } from "../vectors";
import { type Json, parseStrict } from "./strict-json";

type Members = { [key: string]: Json };
const ITEM = { part: isId, slot: isByte, name: isText, type: isText, length: isCount, preview: isText, covers: isCovers };
const COVERS = ["metadata", "areas", "watermark"];

export function readManifest(text: string): void {
  const manifest = object(parseStrict(text, "malformed", "malformed"));
  if (isCount(manifest["v"]) && manifest["v"] !== 1) throw new Refused("newer-version");
  const taken = manifest["by_agent"] === undefined || typeof manifest["by_agent"] === "boolean";
  const good = taken && only(manifest, ["v", "class", "items", "by_agent"]) && ["identity", "payment", "general"].includes(String(manifest["class"]));
  if (!good || !Array.isArray(manifest["items"])) throw new Refused("malformed");
  const items = manifest["items"].map(object);
  for (const item of items) {
    const fits = Object.entries(ITEM).every(([name, fits]) => fits(item[name]));
    if (!fits || !only(item, Object.keys(ITEM))) throw new Refused("malformed");
  }
  const ids = new Set(items.map((item) => item["part"]));
  if (items.length === 0 || ids.size !== items.length || !items.every(isConsistent)) throw new Refused("inconsistent");
}

/** The card's number, masked. */
export function readCard(text: string): string {
  const card = object(parseStrict(text, "malformed", "malformed"));
  const [number, month, year] = [card["number"], card["month"], card["year"]];
  const fits = isText(number) && isByte(month) && isCount(year) && isText(card["holder"]);
  if (!fits || !only(card, ["number", "month", "year", "holder"])) throw new Refused("malformed");
  const digits = String(number).replace(/[ -]/g, "");
  if (!/^\d{12,19}$/.test(digits) || !luhn(digits)) throw new Refused("number");
  if (Number(month) < 1 || Number(month) > 12 || Number(year) < 2000 || Number(year) > 2099) throw new Refused("expiry");
  return mask(digits);
}

function isConsistent(item: Members): boolean {
  const [length, preview] = [Number(item["length"]), String(item["preview"])];
  const limits: [Json | undefined, number][] = [[item["name"], 255], [item["type"], 127], [preview, 64]];
  const texts = limits.every(([value, most]) => utf8(String(value)).length <= most && !/\p{Cc}/u.test(String(value)));
  const digits = preview.replace(/\D/g, "").length;
  return texts && item["slot"] !== 255 && length > 0 && length <= 100_663_296 && digits <= 10;
}

function object(value: Json | undefined): Members {
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw new Refused("malformed");
  return value;
}

function only(members: Members, names: readonly string[]): boolean {
  return Object.keys(members).every((name) => names.includes(name));
}

function isId(value: Json | undefined): boolean {
  return typeof value === "string" && /^[0-9a-f]{32}$/.test(value);
}

function isByte(value: Json | undefined): boolean {
  return isCount(value) && Number(value) <= 255;
}

function isCount(value: Json | undefined): boolean {
  return Number.isSafeInteger(value) && Number(value) >= 0;
}

function isText(value: Json | undefined): boolean {
  return typeof value === "string";
}

function isCovers(value: Json | undefined): boolean {
  return Array.isArray(value) && value.every((each) => COVERS.includes(String(each)));
}

function luhn(digits: string): boolean {
  const sum = [...digits].reverse().reduce((sum, digit, at) => {
    const value = Number(digit) * (at % 2 ? 2 : 1);
    return sum + (value > 9 ? value - 9 : value);
  }, 0);
  return sum % 10 === 0;
}
