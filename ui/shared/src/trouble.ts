// What goes wrong, in plain words: what happened, and what to do. Never quotes what was entered.

const WORDS = {
  "damaged-link": [
    "This link was damaged on its way to you.",
    "Copy the whole link from the message again, or ask for a new one.",
  ],
  "dead-link": [
    "This link does not lead anywhere any more.",
    "It may have expired, been withdrawn, or be mistyped. Ask whoever sent it for a new one.",
  ],
  "forged-request": [
    "This request could not be proven genuine, so nothing is shown.",
    "Do not enter anything. Ask whoever sent the link for a new one.",
  ],
  "newer-request": [
    "This request needs a newer version of this page.",
    "Reload the page. If that does not help, ask for a new link.",
  ],
  "forged-notes": [
    "The news about this request is not complete or not genuine.",
    "What you sent is safe. Ask the company about its state.",
  ],
  insecure: [
    "This page was not loaded over a secure connection, so it cannot encrypt.",
    "Open the link with https:// in front.",
  ],
  offline: ["There is no connection.", "Nothing is lost. Sending goes on by itself as soon as the connection is back."],
  "server-busy": ["The server cannot take more right now.", "Nothing is lost. We keep trying; you can leave this page open."],
  ended: ["This request has ended; it takes nothing more.", "Ask for a new link if something is still missing."],
  disturbed: [
    "Someone else keeps writing over what you send.",
    "They cannot read it. Ask for a new link, and ask for it over another channel.",
  ],
  lost: ["This browser no longer has what you prepared.", "Choose the files again, then send."],
  refused: ["The server refused what was sent.", "Reload the page and try again. If it happens again, ask for a new link."],
  "too-large": ["This file is too large.", "Choose a smaller file, or take the picture again with less resolution."],
  "all-too-large": ["Together the files are too large for this request.", "Remove one, or choose smaller files."],
  "too-many": ["This is more than was asked for.", "Remove a file before you add another."],
  empty: ["This file is empty.", "Choose another file."],
  heic: [
    "This picture is in the HEIC format, which cannot be read everywhere.",
    "Take the photo with this page, or save the picture as JPEG first.",
  ],
  "wrong-kind": ["This kind of file was not asked for.", "Choose one of the kinds named next to the field."],
  "locked-pdf": [
    "This PDF is locked with a password, so nobody could open it.",
    "Save it without a password first, or take a photo of the document.",
  ],
  "file-missing": ["Nothing was added here yet.", "Take a photo or choose a file."],
  "unreadable-picture": ["This picture cannot be read.", "It may be damaged. Choose another one, or take it again."],
  "canvas-blocked": [
    "A privacy setting of this browser makes pictures unusable.",
    "Allow this page to read canvas data, or open the link in another browser.",
  ],
  "card-number": ["This is not a complete card number.", "Check the digits on the front of the card."],
  "card-digit": ["One digit seems to be wrong.", "Compare the number with the front of the card."],
  "card-missing": ["This is missing.", "Enter it as on the card."],
  "card-brand": ["This kind of card is not taken.", "Use one of the kinds named next to the field."],
  "card-month": ["This is not a month.", "Enter 01 to 12."],
  "card-year": ["This is not a year.", "Enter it as on the card."],
  "card-expired": ["This card has expired.", "Use a card that is still valid."],
  "card-holder": ["The name on the card is missing.", "Enter it as it is printed on the card."],
  "card-code": [
    "This looks like a security code, and it must not be sent.",
    "Enter only what the field asks for. Tell the code to nobody in writing.",
  ],
  "text-empty": ["This field is empty.", "Enter what is asked for."],
  "text-long": ["This text is too long.", "Shorten it."],
  "nothing-given": ["Something is still missing.", "Fill in everything that is asked for, then send."],
  "no-room": ["There is no room left on this device to prepare the file.", "Free some space, then choose the file again."],
  sealing: ["This file could not be encrypted, so it was not sent.", "Choose the file again."],
} as const;

export type TroubleCode = keyof typeof WORDS;

/** An error a person can act on. `message` is both sentences; `detail` says more precisely why, for tests and logs. */
export class Trouble extends Error {
  override name = "Trouble";
  readonly code: TroubleCode;
  readonly detail: string;
  readonly what: string;
  readonly todo: string;

  constructor(code: TroubleCode, cause?: unknown, detail = "") {
    const [what, todo] = WORDS[code];
    super(`${what} ${todo}`, { cause });
    this.code = code;
    this.detail = detail;
    this.what = what;
    this.todo = todo;
  }
}
