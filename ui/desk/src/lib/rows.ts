// Which rows of a long list are in sight, and where they go.

/** Engines lose precision, and then rows, somewhere above 16 million pixels. */
const TALLEST = 8_000_000;

export interface Sight {
  /** The first row to draw, and the one after the last. */
  first: number;
  end: number;
  /** Pixels from the top of the sheet to the first row drawn. */
  offset: number;
  /** Pixels of the whole sheet. */
  height: number;
}

/** What to draw at a place of the scroller. A list too tall for the engine is squeezed: its rows keep their height. */
export function sight(scrollTop: number, viewport: number, total: number, row: number, spare = 8): Sight {
  const tall = total * row;
  const height = Math.min(tall, TALLEST);
  const top = virtualTop(scrollTop, viewport, tall, height);
  const first = Math.max(0, Math.floor(top / row) - spare);
  const end = Math.min(total, Math.ceil((top + viewport) / row) + spare);
  return { first, end, offset: Math.max(0, scrollTop - (top - first * row)), height };
}

/** Where the scroller must stand for a row to be wholly in sight; it moves as little as it can. */
export function scrollFor(index: number, scrollTop: number, viewport: number, total: number, row: number): number {
  const tall = total * row;
  const height = Math.min(tall, TALLEST);
  const top = virtualTop(scrollTop, viewport, tall, height);
  const above = index * row < top;
  if (!above && (index + 1) * row <= top + viewport) return scrollTop;
  const wanted = above ? index * row : (index + 1) * row - viewport;
  return tall <= TALLEST ? wanted : (wanted / (tall - viewport)) * (height - viewport);
}

function virtualTop(scrollTop: number, viewport: number, tall: number, height: number): number {
  if (tall <= height || height <= viewport) return Math.max(0, scrollTop);
  return (Math.max(0, scrollTop) / (height - viewport)) * (tall - viewport);
}
