// The policy of the app's windows, and that the built pages keep to it.
import { existsSync, readdirSync, readFileSync } from "node:fs";
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

const PAGES = ["bring", "index", "preview", "reveal", "start", "trouble", "unlock"];

describe("the built pages", () => {
  const desk = new URL("ui/desk/", root);
  const dist = new URL("dist/", desk);
  const pages = PAGES.map((page) => [page, new URL(`${page}.html`, dist)] as const);
  const assets = (end: string) => readdirSync(new URL("assets/", dist)).filter((name) => name.endsWith(end));

  it("are all there are: npm run build comes first", () => {
    const names = readdirSync(desk).filter((name) => name.endsWith(".html"));
    expect(names.sort()).toEqual(PAGES.map((page) => `${page}.html`));
    expect(pages.filter(([, built]) => !existsSync(built))).toEqual([]);
  });

  it.each(pages)("%s has no script, style or handler of its own, and loads nothing from elsewhere", (_, built) => {
    const html = readFileSync(built, "utf8");
    expect(html).not.toMatch(/<script(?![^>]*\ssrc=)/);
    expect(html).not.toMatch(/<style|\sstyle=|\son[a-z]+=/);
    expect(html).not.toMatch(/(?:src|href)="(?!\.\/)/);
    expect(html).toContain('<script type="module"');
  });

  it.each(pages)("%s says nothing about anybody in its title", (_, built) => {
    const [, title] = /<title>([^<]*)<\/title>/.exec(readFileSync(built, "utf8")) ?? [];
    expect(["Cloakroom", "Set up Cloakroom", "What the customer sees"]).toContain(title);
  });

  it("have scripts without a style attribute in a template, and without code from text", () => {
    for (const name of assets(".js")) {
      const script = readFileSync(new URL(`assets/${name}`, dist), "utf8");
      expect(script, name).not.toMatch(/<[a-z][^<>`]*\sstyle=["\\]/);
      expect(script, name).not.toMatch(/\beval\(|new Function\(/);
    }
  });

  it("have style sheets that fetch nothing", () => {
    for (const name of assets(".css")) {
      const sheet = readFileSync(new URL(`assets/${name}`, dist), "utf8");
      expect(sheet, name).not.toMatch(/url\((?!["']?(?:\.\/|#))/);
      expect(sheet, name).not.toContain("@import");
    }
  });
});
