// A Request Tracker in this process, speaking REST 2 in the shapes its documentation gives:
// https://docs.bestpractical.com/rt/5.0.5/RT/REST2.html
import { createServer } from "node:http";

export const TOKEN = "1-23-0a1b2c3d4e5f60718293a4b5c6d7e8f9";

/** `address` is where it is; `set` changes a ticket; `comments` is what it was told. */
export async function openTracker() {
  const tickets = new Map();
  const comments = [];
  let clock = Date.parse("2026-01-01T00:00:00Z");
  const view = (id) => ({ type: "ticket", id, Status: tickets.get(id).status, LastUpdated: tickets.get(id).at });
  const server = createServer((request, response) => {
    const say = (status, body) => {
      response.writeHead(status, { "content-type": "application/json" });
      response.end(JSON.stringify(body));
    };
    if (request.headers.authorization !== `token ${TOKEN}`) return say(401, { message: "Unauthorized" });
    const { pathname } = new URL(request.url, "http://localhost");
    const [, id, comment] = /^\/REST\/2\.0\/ticket\/(\d+)(\/comment)?$/.exec(pathname) ?? [];
    if (pathname === "/REST/2.0/rt") return say(200, { Version: "5.0.3" });
    if (pathname === "/REST/2.0/tickets") return say(200, { total: tickets.size, items: [...tickets.keys()].map(view) });
    if (pathname === "/REST/2.0/transactions") return say(200, { total: 0, items: [] });
    if (!id) return say(404, {});
    if (!comment) return tickets.has(Number(id)) ? say(200, view(Number(id))) : say(404, {});
    let body = "";
    request.on("data", (bytes) => (body += bytes));
    request.on("end", () => {
      comments.push(JSON.parse(body).Content);
      say(201, ["Comments added"]);
    });
  });
  await new Promise((listening) => server.listen(0, "127.0.0.1", listening));
  return {
    address: `http://127.0.0.1:${server.address().port}`,
    comments,
    set(id, status) {
      clock += 1000;
      tickets.set(id, { status, at: new Date(clock).toISOString().replace(".000", "") });
    },
    stop: () => new Promise((stopped) => server.close(stopped)),
  };
}

/** Adds it in the settings, as a person does. */
export async function addHelpdesk(app, tracker, token = TOKEN) {
  await app.click("button", "Add a helpdesk");
  await app.find("dialog", "Add a helpdesk");
  await app.find("combobox", "Helpdesk");
  await app.script(`
    const select = document.querySelector("dialog select");
    select.value = "request-tracker";
    select.dispatchEvent(new Event("change", { bubbles: true }));`);
  await app.fill("Address", tracker.address);
  await app.fill("Token", token);
  await app.fill("Name", "Front desk");
  await app.click("button", "Test and add");
}
