// How a picture lies in the part of the window that shows it. CSS pixels, unless a name says otherwise.

export type Size = { width: number; height: number };
export type Point = { x: number; y: number };
/** Quarter turns clockwise. */
export type Turn = 0 | 1 | 2 | 3;

/** Each step of + and −. */
export const STEP = 1.25;
/** CSS pixels for one of the picture's, at most. */
const CLOSEST = 8;

export function turned({ width, height }: Size, turn: Turn): Size {
  return turn % 2 === 0 ? { width, height } : { width: height, height: width };
}

/** The scale at which all of it is seen. A small picture is not blown up. */
export function fit(picture: Size, turn: Turn, room: Size): number {
  const { width, height } = turned(picture, turn);
  return Math.min(1, room.width / width, room.height / height);
}

/** A scale nobody gets lost in: from the whole picture to single pixels. */
export function bounded(scale: number, fitting: number): number {
  return Math.min(CLOSEST, Math.max(fitting, scale));
}

/** Where to scroll to, so that what was under `point` (of the room) stays there when the scale changes. */
export function scrollFor(
  scroll: Point,
  point: Point,
  before: { scale: number; shown: Size },
  after: { scale: number; shown: Size },
  room: Size,
): Point {
  const factor = after.scale / before.scale;
  const along = (at: number, place: number, was: number, is: number, length: number) =>
    (at + place - margin(was, length)) * factor + margin(is, length) - place;
  return {
    x: Math.max(0, along(scroll.x, point.x, before.shown.width, after.shown.width, room.width)),
    y: Math.max(0, along(scroll.y, point.y, before.shown.height, after.shown.height, room.height)),
  };
}

/** The part of the room that the picture covers. */
export function covered(shown: Size, room: Size): Size & Point {
  return {
    x: margin(shown.width, room.width),
    y: margin(shown.height, room.height),
    width: Math.min(shown.width, room.width),
    height: Math.min(shown.height, room.height),
  };
}

/** What is left beside something smaller than the room, which lies in the middle. */
function margin(shown: number, room: number): number {
  return Math.max(0, (room - shown) / 2);
}
