// Closing a window as its title bar does. Core X11 protocol, for nothing else here speaks it: find the windows with a
// title on a screen (EWMH _NET_CLIENT_LIST), ask one of them to close (ICCCM 4.2.8.1).
import { connect } from "node:net";

const PAD = (length) => (4 - (length % 4)) % 4;
const CLIENT_MESSAGE = 33;
const VIEWABLE = 2;

/** Asks a window to close: of those with this title, the largest, or the smallest. */
export async function closeWindow(display, { title = "Cloakroom", which = "largest" } = {}) {
  const server = await openDisplay(display);
  try {
    const shown = await windows(server, title);
    const sorted = shown.toSorted((one, other) => other.area - one.area);
    const wanted = which === "largest" ? sorted[0] : sorted.at(-1);
    if (!wanted) throw new Error(`No window is called ${title}.`);
    const [protocols, close] = [await server.atom("WM_PROTOCOLS"), await server.atom("WM_DELETE_WINDOW")];
    const event = Buffer.alloc(32);
    event[0] = CLIENT_MESSAGE;
    event[1] = 32;
    event.writeUInt32LE(wanted.id, 4);
    event.writeUInt32LE(protocols, 8);
    event.writeUInt32LE(close, 12);
    const request = Buffer.alloc(12);
    request[0] = 25;
    request.writeUInt16LE(11, 2);
    request.writeUInt32LE(wanted.id, 4);
    server.send(Buffer.concat([request, event]));
    // An answer to anything later says that the event went.
    await server.atom("WM_PROTOCOLS");
  } finally {
    server.end();
  }
}

/** How many windows with a title can be seen. */
export async function countWindows(display, title = "Cloakroom") {
  const server = await openDisplay(display);
  try {
    return (await windows(server, title)).length;
  } finally {
    server.end();
  }
}

async function windows(server, title) {
  // A window manager keeps a list, and puts each window into a frame of its own; without one, they lie on the root.
  const listed = await property(server, server.root, await server.atom("_NET_CLIENT_LIST"));
  const all = listed.length > 0 ? listed : (await server.ask(request(15, server.root))).subarray(32);
  const name = await server.atom("WM_NAME");
  const shown = [];
  for (let at = 0; at + 4 <= all.length; at += 4) {
    const id = all.readUInt32LE(at);
    try {
      if ((await server.ask(request(3, id)))[26] !== VIEWABLE) continue;
      if ((await property(server, id, name)).toString("utf8") !== title) continue;
      const geometry = await server.ask(request(14, id));
      shown.push({ id, area: geometry.readUInt16LE(16) * geometry.readUInt16LE(18) });
    } catch {
      // It went while we asked.
    }
  }
  return shown;
}

async function property(server, window, name) {
  const bytes = Buffer.alloc(24);
  bytes[0] = 20;
  bytes.writeUInt16LE(6, 2);
  bytes.writeUInt32LE(window, 4);
  bytes.writeUInt32LE(name, 8);
  bytes.writeUInt32LE(1024, 20);
  const answer = await server.ask(bytes);
  return answer.subarray(32, 32 + (answer.readUInt32LE(16) * answer[1]) / 8);
}

function request(code, window) {
  const bytes = Buffer.alloc(8);
  bytes[0] = code;
  bytes.writeUInt16LE(2, 2);
  bytes.writeUInt32LE(window, 4);
  return bytes;
}

async function openDisplay(display) {
  const socket = connect(`/tmp/.X11-unix/X${display.slice(1)}`);
  let held = Buffer.alloc(0);
  let wake = () => {};
  let failure = null;
  socket.on("data", (bytes) => {
    held = Buffer.concat([held, bytes]);
    wake();
  });
  socket.on("error", (error) => {
    failure = error;
    wake();
  });
  const take = async (length) => {
    while (held.length < length) {
      if (failure) throw failure;
      await new Promise((resolve) => (wake = resolve));
    }
    const bytes = held.subarray(0, length);
    held = held.subarray(length);
    return bytes;
  };
  const hello = Buffer.alloc(12);
  hello[0] = "l".charCodeAt(0);
  hello.writeUInt16LE(11, 2);
  socket.write(hello);
  const head = await take(8);
  const setup = await take(head.readUInt16LE(6) * 4);
  if (head[0] !== 1) throw new Error("The X server let nobody in.");
  // After the fixed part: the vendor's name, the pixel formats, then the first screen, which begins with its root.
  const vendor = setup.readUInt16LE(16);
  const root = setup.readUInt32LE(32 + vendor + PAD(vendor) + 8 * setup[21]);
  const server = {
    root,
    send: (bytes) => socket.write(bytes),
    end: () => socket.destroy(),
    /** Sends a request that has an answer, and waits for it; events are passed over. */
    async ask(bytes) {
      socket.write(bytes);
      for (;;) {
        const first = await take(32);
        if (first[0] === 0) throw new Error("The X server refused.");
        if (first[0] !== 1) continue;
        const more = first.readUInt32LE(4) * 4;
        return more > 0 ? Buffer.concat([first, await take(more)]) : first;
      }
    },
    async atom(name) {
      const bytes = Buffer.alloc(8 + name.length + PAD(name.length));
      bytes[0] = 16;
      bytes.writeUInt16LE(bytes.length / 4, 2);
      bytes.writeUInt16LE(name.length, 4);
      bytes.write(name, 8, "latin1");
      return (await server.ask(bytes)).readUInt32LE(8);
    },
  };
  return server;
}
