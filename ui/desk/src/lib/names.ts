// Names that customers gave to files: shown as text, and never as another name than they are.

/** Characters that cannot be seen, or that turn the text around them: "gpj.exe" must not read "exe.jpg". */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Co}\p{Cn}]/gu;

/** A file's name with each unseen character drawn as a mark. */
export function shownName(name: string): string {
  return name.replace(UNSEEN, "\u{FFFD}");
}
