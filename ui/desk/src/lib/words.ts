// The words for codes, the same in every window.
import type { DataClass, ItemView, RoundView, Shelf } from "../generated";

export const SHELVES: readonly Shelf[] = ["arrived", "waiting", "open", "closing", "problem", "done"];

export const SHELF: Record<Shelf, string> = {
  arrived: "Arrived",
  waiting: "Waiting for the customer",
  open: "Open",
  closing: "Closing",
  problem: "Problem",
  done: "Done",
};

/** For a narrow column. */
export const SHELF_SHORT: Record<Shelf, string> = { ...SHELF, waiting: "Waiting" };

export const CLASS: Record<DataClass, string> = { identity: "Identity", payment: "Payment", general: "General" };

export const ROUND: Record<RoundView["state"], string> = {
  opening: "The link is being made",
  waiting: "Waiting for the customer",
  sending: "The customer is sending",
  sent: "Sent, being collected",
  collected: "Arrived",
  purged: "Destroyed",
  expired: "The link ended unused",
  revoked: "The link was taken back",
  withdrawn: "Withdrawn by the customer",
};

/** What a media type is called at the desk. */
export function format(mediaType: string): string {
  const names: Record<string, string> = {
    "image/jpeg": "JPEG picture",
    "image/png": "PNG picture",
    "image/webp": "WebP picture",
    "application/pdf": "PDF",
  };
  return names[mediaType] ?? "File";
}

/** "1 document", "3 documents and 1 card". */
export function contents(items: readonly Pick<ItemView, "kind">[]): string {
  const parts = (["document", "card", "text"] as const).flatMap((kind) => {
    const count = items.filter((item) => item.kind === kind).length;
    return count === 0 ? [] : [counted(count, kind)];
  });
  return new Intl.ListFormat("en-GB").format(parts);
}

/** "1 link", "2 links". */
export function counted(count: number, one: string): string {
  return `${count.toLocaleString("en-GB")} ${one}${count === 1 ? "" : "s"}`;
}

/** How often something was done: "once", "twice", "5 times". */
export function times(count: number): string {
  return count === 1 ? "once" : count === 2 ? "twice" : `${count.toLocaleString("en-GB")} times`;
}
