// The main screens at the sizes that matter, light and dark: pictures for whoever judges how they look.
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { CARD, ID_SLOT } from "./customer.mjs";
import { command, openTicket, reveal } from "./journey.mjs";

const SIZES = [[1280, 800], [900, 640], [640, 480]];
const PAGE_SIZES = [[390, 844], [768, 1024], [1280, 800]];
const THEMES = ["Light", "Dark"];

/** Two frames later, and fonts in place. */
export function settled(session) {
  return session.asyncScript(`
    const done = arguments[arguments.length - 1];
    document.fonts.ready.then(() => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done, 150))));`);
}

/** Every view of the app's windows. `folder` gets pictures such as `inbox-900x640-dark.png`. */
export async function appAtAllSizes(app, ticket, folder) {
  const into = join(folder, "sizes");
  mkdirSync(into, { recursive: true });
  for (const theme of THEMES) {
    const shoot = async (name) => {
      for (const [width, height] of SIZES) {
        await app.resize(width, height);
        await settled(app);
        writeFileSync(join(into, `${name}-${width}x${height}-${theme.toLowerCase()}.png`), await app.picture());
      }
      await app.resize(...SIZES[0]);
    };
    await command(app, "Settings");
    await app.click("radio", theme);
    await app.click("button", "Save");
    await app.reads("Saved.");
    await shoot("settings");
    await app.click("button", /^Inbox/);
    await app.find("row", new RegExp(ticket));
    await shoot("inbox");
    await app.press("Control", "k");
    await app.find("textbox", "Command or ticket");
    await shoot("palette");
    await app.press("Escape");
    await app.click("button", /^New request/);
    await app.fill("Ticket", "#4830");
    await app.inFrame("What the customer sees", () => app.reads("#4830"));
    await shoot("new-request");
    await app.click("button", "Cancel");
    await app.click("button", /^History/);
    await app.reads("Ledger verified");
    await app.find("row", /#47/);
    await shoot("history");
    await (await app.find("row", /#47/)).within("button", /^Certificate/);
    await app.reads("Verified just now");
    await shoot("certificate");
    await openTicket(app, ticket);
    await app.reads("411111");
    await shoot("request");
    await app.click("button", "Close ticket");
    await app.reads("What stays");
    await shoot("close");
    await app.click("button", "Keep it open");
    for (const [name, item, reason, says] of [
      ["reveal-id", /JPEG picture/, "Check who they are", ID_SLOT],
      ["reveal-card", /411111/, "Charge the card", CARD.holder],
    ]) {
      await (await app.find("listitem", item)).within("button", "Reveal");
      await app.window("reveal.html");
      await app.find("radio", reason);
      await shoot(`${name}-why`);
      await reveal(app, reason);
      await app.reads(says);
      await shoot(name);
      await app.press("Escape");
      await app.gone("reveal.html");
      await app.window("index.html");
    }
  }
}

/** The page as it is now, on a phone, a tablet and a desktop. */
export async function pageAtAllSizes(customer, name, folder) {
  const into = join(folder, "sizes");
  mkdirSync(into, { recursive: true });
  const page = customer.page();
  for (const colorScheme of ["light", "dark"]) {
    await page.emulateMedia({ colorScheme });
    for (const [width, height] of PAGE_SIZES) {
      await page.setViewportSize({ width, height });
      await page.screenshot({ path: join(into, `customer-${name}-${width}x${height}-${colorScheme}.png`), fullPage: true });
    }
  }
  await page.emulateMedia({ colorScheme: null });
  await page.setViewportSize({ width: PAGE_SIZES[0][0], height: PAGE_SIZES[0][1] });
}
