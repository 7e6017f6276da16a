// The list of commands as the windows' types have it, and calling one past ipc.ts.
import { readFileSync } from "node:fs";

const generated = new URL("../../ui/desk/src/generated.ts", import.meta.url);

/** Kinds of window by command, out of the comments that head each group in `Commands`. */
export function grants() {
  const text = readFileSync(generated, "utf8");
  const list = text.slice(text.indexOf("export interface Commands {"));
  const granted = new Map();
  let kinds = [];
  for (const line of list.split("\n")) {
    const head = /^ {2}\/\/ ([a-z, ]+)$/.exec(line);
    const command = /^ {2}([a-z_]+): \{ args: /.exec(line);
    if (head) kinds = head[1].split(", ");
    if (command) granted.set(command[1], kinds);
  }
  return granted;
}

/** Plugins' commands that an intruder would try first, and names that nobody gave. */
export const FOREIGN = [
  "plugin:event|listen",
  "plugin:event|emit",
  "plugin:event|emit_to",
  "plugin:app|version",
  "plugin:app|app_show",
  "plugin:path|resolve_directory",
  "plugin:window|close",
  "plugin:window|get_all_windows",
  "plugin:window|set_content_protected",
  "plugin:webview|create_webview_window",
  "plugin:webview|internal_toggle_devtools",
  "plugin:menu|new",
  "plugin:tray|new",
  "plugin:image|from_path",
  "plugin:resources|close",
  "plugin:clipboard-manager|read_text",
  "plugin:clipboard-manager|write_text",
  "plugin:notification|notify",
  "plugin:window-state|save_window_state",
  "plugin:single-instance|anything",
  "plugin:shell|open",
  "plugin:fs|read_file",
  "plugin:__TAURI_CHANNEL__|fetch",
  "open_everything",
  "reveal-1",
  "__proto__",
  "constructor",
  "",
];

/**
 * Calls commands one after the other, as a script that got into the window could. Answers, for each, whether it was
 * refused and with what, and by which way the call went.
 */
export function tryAll(app, commands) {
  const script = `
    const [commands, done] = arguments;
    const went = [];
    // The page's own calls go on meanwhile.
    const ways = (addresses, command) =>
      addresses.filter((address) => address.endsWith("/" + encodeURIComponent(command))).map((address) => address.split(":")[0]);
    const fetched = window.fetch;
    window.fetch = (address, ...more) => {
      went.push(String(address));
      return fetched(address, ...more);
    };
    const violations = [];
    const violated = (event) => violations.push(event.violatedDirective + " " + event.blockedURI);
    addEventListener("securitypolicyviolation", violated);
    const warned = console.warn;
    console.warn = (...words) => violations.push(words.map(String).join(" "));
    (async () => {
      const answers = [];
      for (const command of commands) {
        const before = went.length;
        const answer = await Promise.race([
          window.__TAURI_INTERNALS__.invoke(command, {}).then(
            (value) => ({ refused: false, value: JSON.stringify(value) }),
            (error) => ({ refused: true, code: error?.code ?? null, text: error?.text ?? String(error) }),
          ),
          new Promise((late) => setTimeout(late, 20000, { refused: false, value: "no answer" })),
        ]);
        answers.push({ command, ...answer, way: ways(went.slice(before), command) });
      }
      window.fetch = fetched;
      console.warn = warned;
      removeEventListener("securitypolicyviolation", violated);
      return { answers, violations };
    })().then(done, (error) => done({ answers: [], violations: [String(error)] }));`;
  return app.asyncScript(script, commands);
}

/** Reads an address from the window in front: the status, and how many bytes came. */
export function read(app, address) {
  const script = `
    const [address, done] = arguments;
    fetch(address, { cache: "no-store" })
      .then(async (answer) => done({ status: answer.status, bytes: (await answer.arrayBuffer()).byteLength }))
      .catch((error) => done({ status: 0, bytes: 0, error: String(error) }));`;
  return app.asyncScript(script, address);
}
