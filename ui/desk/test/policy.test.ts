// The policy of the app's windows, and that the built page keeps to it.
import { existsSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";

const root = new URL("../../../", import.meta.url);
const security = (JSON.parse(readFileSync(new URL("tauri.conf.json", root), "utf8")) as {
  app: { security: { csp: Record<string, string>; freezePrototype: boolean; capabilities: { windows: string[] }[] } };
}).app.security;

describe("the content security policy", () => {
  it("grants nothing by default, and nothing inline, evaluated or from elsewhere", () => {
    expect(security.csp["default-src"]).toBe("'none'");
    const everything = Object.values(security.csp).join(" ");
    expect(everything).not.toMatch(/unsafe-|data:|\*|https:/);
    expect(security.csp["script-src"]).toBe("'self'");
  });

  it("has Trusted Types, with the two policies we know", () => {
    expect(security.csp["require-trusted-types-for"]).toBe("'script'");
    expect(security.csp["trusted-types"]).toBe("svelte-trusted-html cloakroom-worker");
  });

  it("freezes Object.prototype, and names the windows of each capability", () => {
    expect(security.freezePrototype).toBe(true);
    for (const capability of security.capabilities) expect(capability.windows).not.toContain("*");
  });
});

describe("the built page", () => {
  const page = new URL("ui/desk/dist/index.html", root);

  it("exists: npm run build comes first", () => {
    expect(existsSync(page)).toBe(true);
  });

  it("has no script, style or handler of its own", () => {
    const html = readFileSync(page, "utf8");
    expect(html).not.toMatch(/<script(?![^>]*\ssrc=)/);
    expect(html).not.toMatch(/<style|\sstyle=|\son[a-z]+=/);
    expect(html).toContain('<script type="module"');
  });
});
