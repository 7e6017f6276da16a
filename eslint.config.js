// Lint rules for everything in TypeScript and Svelte. Types are checked by tsc and svelte-check.
import js from "@eslint/js";
import svelte from "eslint-plugin-svelte";
import globals from "globals";
import ts from "typescript-eslint";

export default ts.config(
  { ignores: ["**/dist/", "**/node_modules/", "target/", "gen/", "docs/"] },
  js.configs.recommended,
  ...ts.configs.strict,
  ...svelte.configs.recommended,
  {
    files: ["ui/**/*.{ts,svelte,svelte.ts,js}"],
    languageOptions: { globals: { ...globals.browser } },
  },
  {
    files: ["**/*.svelte", "**/*.svelte.ts"],
    languageOptions: { parserOptions: { parser: ts.parser } },
  },
  {
    files: ["**/*.config.{js,ts}", "**/*.test.ts", "**/test/**", "**/tests/**", "tests/**"],
    languageOptions: { globals: { ...globals.node } },
  },
  {
    rules: {
      // What is printed to a customer's console stays there.
      "no-console": "error",
      eqeqeq: "error",
      // Markup from text: Trusted Types refuse it, and one use blanks the whole window.
      "svelte/no-at-html-tags": "error",
      "no-eval": "error",
      "no-implied-eval": "error",
      "no-restricted-properties": [
        "error",
        { property: "innerHTML", message: "Set textContent, or let Svelte do it." },
        { property: "outerHTML", message: "Set textContent, or let Svelte do it." },
        { property: "insertAdjacentHTML", message: "Set textContent, or let Svelte do it." },
        { object: "Math", property: "random", message: "Use crypto.getRandomValues." },
        { object: "window", property: "localStorage", message: "Secrets live in sessionStorage only." },
      ],
      "no-restricted-globals": ["error", { name: "localStorage", message: "Secrets live in sessionStorage only." }],
      "@typescript-eslint/no-unused-vars": ["error", { argsIgnorePattern: "^_" }],
    },
  },
  {
    // These drive a browser: parts of them run in the page, and look into every storage there is.
    files: ["tests/browser/**"],
    languageOptions: { globals: { ...globals.browser, ...globals.node } },
    rules: { "no-restricted-globals": "off" },
  },
);
