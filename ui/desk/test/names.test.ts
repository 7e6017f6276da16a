import { expect, it } from "vitest";
import { shownName } from "../src/lib/names";

it.each([
  ["passport front (1).jpg", "passport front (1).jpg"],
  ["جواز السفر.pdf", "جواز السفر.pdf"],
  ["invoice\u202Egpj.exe", "invoice\uFFFDgpj.exe"],
  ["a\u200Bb\nc\u2066d", "a\uFFFDb\uFFFDc\uFFFDd"],
])("a file called %j is shown as %j", (name, shown) => expect(shownName(name)).toBe(shown));
