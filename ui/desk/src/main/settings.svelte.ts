// The settings as a draft: kept while the window lives, so that leaving the page loses nothing.
import { call } from "../ipc";
import type { Preferences, Settings, SettingsView } from "../generated";
import { toFounding, type Typed } from "../start/founding";
import { said } from "./desk.svelte";

/** As it stands in the fields. */
export type Draft = Typed & Preferences;

export class SettingsDraft {
  view = $state.raw<SettingsView | null>(null);
  draft = $state<Draft | null>(null);
  failure = $state("");
  saving = $state(false);
  readonly dirty = $derived(
    this.view !== null && this.draft !== null && JSON.stringify(this.draft) !== JSON.stringify(draftOf(this.view)),
  );

  /** Reads what is saved; what was changed here and not saved stays as it is. */
  async read(): Promise<void> {
    this.failure = "";
    try {
      const view = await call("settings");
      if (!this.dirty) this.draft = draftOf(view);
      this.view = view;
    } catch (error) {
      this.failure = said(error);
    }
  }

  async save(): Promise<boolean> {
    if (!this.view || !this.draft || this.saving) return false;
    this.saving = true;
    this.failure = "";
    try {
      const { company, preferences } = settingsOf(this.draft);
      await call("save_settings", { company, preferences });
      this.view = { ...this.view, company, preferences };
      this.draft = draftOf(this.view);
      return true;
    } catch (error) {
      this.failure = said(error);
      return false;
    } finally {
      this.saving = false;
    }
  }

  discard(): void {
    this.failure = "";
    if (this.view) this.draft = draftOf(this.view);
  }
}

/** One for the window: it holds nothing about customers. */
export const settings = new SettingsDraft();

function draftOf({ company, person, preferences }: SettingsView): Draft {
  const { name, phone, email, web } = company.help;
  return {
    company: company.name,
    person,
    helpName: name,
    phone: phone ?? "",
    email: email ?? "",
    web: web ?? "",
    colour: company.colour.toLowerCase(),
    ...preferences,
  };
}

function settingsOf(draft: Draft): Settings {
  const { lockAfter, theme, notify, singleKeys } = draft;
  return { company: toFounding(draft).company, preferences: { lockAfter, theme, notify, singleKeys } };
}

export function isColour(text: string): boolean {
  return /^#[0-9a-f]{6}$/i.test(text.trim());
}

/** WCAG 2.2 contrast of two `#rrggbb` colours, 1 to 21. */
export function contrast(one: string, other: string): number {
  const [light, dark] = [luminance(one), luminance(other)].sort((a, b) => b - a) as [number, number];
  return (light + 0.05) / (dark + 0.05);
}

function luminance(colour: string): number {
  const [r, g, b] = [1, 3, 5].map((at) => {
    const part = parseInt(colour.slice(at, at + 2), 16) / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  }) as [number, number, number];
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}
