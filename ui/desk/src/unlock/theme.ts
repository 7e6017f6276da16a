export type Theme = "system" | "light" | "dark";

/** Shows a window in the theme the person chose; the tokens know the rest. */
export function applyTheme(theme: Theme | undefined): void {
  if (theme === undefined || theme === "system") delete document.documentElement.dataset["theme"];
  else document.documentElement.dataset["theme"] = theme;
}
