import type { Theme } from "../generated";

/** Shows a window in the theme the person chose; the tokens know the rest. */
export function applyTheme(theme: Theme): void {
  if (theme === "system") delete document.documentElement.dataset["theme"];
  else document.documentElement.dataset["theme"] = theme;
}
