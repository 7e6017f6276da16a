// The steps of an agent's job that several tests share, by role and name as a person takes them.
import { readdirSync, readFileSync } from "node:fs";
import { until } from "./webdriver.mjs";

/** Makes a request and leaves its result on the screen. Answers the link, as it stands in the message. */
export async function ask(app, ticket, template = "ID and card") {
  await app.click("button", /^New request/);
  await app.fill("Ticket", ticket);
  await app.click("radio", new RegExp(`^${template}`));
  await app.click("button", "Make the link");
  return readLink(app);
}

/** Leaves the new link for its request. A shelf at the side is called Done as well. */
export async function done(app) {
  const main = await app.find("main", "");
  await main.within("button", "Done");
  await app.find("heading", /^#/);
}

export async function readLink(app) {
  const message = await app.find("textbox", "Message to the customer");
  const link = /https?:\/\/\S+#\S+/.exec(await message.value());
  if (!link) throw new Error("The message has no link.");
  return link[0];
}

/** The inbox's row of a ticket, opened. What is done stands on a shelf of its own. */
export async function openTicket(app, ticket, shelf = /^Inbox/) {
  await app.click("button", shelf);
  await app.click("row", new RegExp(ticket));
  await app.find("heading", new RegExp(`^${ticket}`));
}

/** Every command is in the palette. */
export async function command(app, name) {
  await app.press("Control", "k");
  await app.fill("Command or ticket", name);
  await app.find("option", new RegExp(`^${name}`));
  await app.press("Enter");
  // What comes a moment later moves all that is below it.
  if (name === "Settings") await app.find("radio", /^This computer/);
}

/** Ends the app in order, as a person does, and waits until it is gone. */
export async function quit(app) {
  const before = running(app.folder);
  const gone = () => running(app.folder) < before;
  // The app may be gone before its answer.
  const trouble = await command(app, "Quit").catch((error) => error);
  await until(`end of the app${trouble ? ` (${trouble.message})` : ""}`, gone);
  await app.close();
}

/** How many processes of the app have this data folder on their command line. */
export function running(folder) {
  const ours = readdirSync("/proc").filter((pid) => {
    if (!/^\d+$/.test(pid)) return false;
    try {
      const words = readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0");
      return words.includes(folder) && /cloakroom/.test(words[0]);
    } catch {
      return false;
    }
  });
  return ours.length;
}

/** Chooses why, and opens the item of this window. */
export async function reveal(app, reason = "Check who they are") {
  await app.window("reveal.html");
  await app.click("radio", reason);
  await app.click("button", "Reveal");
}

/** Size of the revealed picture, and the colour in the middle of each quarter, in reading order. */
export function look(app) {
  return app.script(`
    const canvas = document.querySelector("[role=img] canvas");
    const pen = canvas.getContext("2d");
    const colours = [[0, 0], [1, 0], [0, 1], [1, 1]].map(([column, row]) => {
      const [r, g, b] = pen.getImageData(canvas.width * (1 + 2 * column) / 4, canvas.height * (1 + 2 * row) / 4, 1, 1).data;
      if (r > 200 && g > 200 && b > 200) return "white";
      return r > 200 ? "red" : g > 200 ? "green" : b > 200 ? "blue" : "other";
    });
    return { width: canvas.width, height: canvas.height, colours };`);
}
