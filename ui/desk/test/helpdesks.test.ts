import { expect, test } from "vitest";
import { KINDS } from "../src/lib/helpdesks";

test("a scrip for Request Tracker carries address and secret, and signs instead of showing the secret", () => {
  const { script, hook } = KINDS["request-tracker"];
  const address = "https://drop.example.com/hooks/0123";
  const scrip = script?.with(address, "a-secret-$&-of-16") ?? "";
  expect(scrip).toContain(`'${address}'`);
  expect(scrip).toContain("'a-secret-$&-of-16'");
  expect(scrip).not.toMatch(/@ADDRESS@|@SECRET@|x-cloakroom-secret/i);
  expect(scrip).toContain("X-Cloakroom-Signature");
  expect(hook).not.toContain("x-cloakroom-secret");
});

test("what can only show a secret says that it ends nothing by itself", () => {
  for (const [kind, { hook }] of Object.entries(KINDS)) {
    expect(hook.includes("x-cloakroom-secret"), kind).toBe(kind === "freshdesk");
  }
  expect(KINDS.freshdesk.hook).toContain("never ends anything by itself");
});
