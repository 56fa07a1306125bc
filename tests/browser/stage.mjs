// A headless Chromium with a microphone that plays a file, and what a page in it did wrong.
import { createRequire } from "node:module";
import { readFile } from "node:fs/promises";

const require = createRequire(new URL("../node/package.json", import.meta.url));
const { chromium } = require("playwright-core");

export const PATIENCE_MS = 30_000;

const MODULES = new URL("../node/node_modules/", import.meta.url);
const KINDS = { html: "text/html", mjs: "text/javascript", js: "text/javascript" };

/** Pages of this host are the test's own: its files are found beside this one, and in node_modules. */
export const APP = "http://app.localhost";

/** A browser with one page, in which nothing has happened yet. */
export async function opened({ executable, microphone, viewport, colorScheme = "dark" }) {
  const browser = await chromium.launch({
    executablePath: executable,
    args: [
      "--autoplay-policy=no-user-gesture-required",
      // It cannot know that the test's own pages are as near as the server.
      "--disable-features=LocalNetworkAccessChecks",
      "--use-fake-ui-for-media-stream",
      "--use-fake-device-for-media-stream",
      `--use-file-for-fake-audio-capture=${microphone}`,
    ],
  });
  const context = await browser.newContext({
    acceptDownloads: true,
    colorScheme,
    permissions: ["microphone"],
    viewport: viewport ?? { width: 1280, height: 800 },
  });
  context.setDefaultTimeout(PATIENCE_MS);
  await context.addInitScript({ path: new URL("witness.js", import.meta.url).pathname });
  const page = await context.newPage();
  return { browser, page, faults: watched(page) };
}

/** Everything the page complains of, and every host that it asks. */
function watched(page) {
  const faults = { complaints: [], hosts: [], addresses: [] };
  const ask = (address) => {
    const { host, protocol } = new URL(address);
    if (protocol === "data:" || protocol === "blob:") return;
    faults.addresses.push(address);
    if (!faults.hosts.includes(host)) faults.hosts.push(host);
  };
  page.on("console", (told) => {
    if (["error", "warning"].includes(told.type())) faults.complaints.push(told.text());
  });
  page.on("pageerror", (error) => faults.complaints.push(error.stack));
  page.on("request", (request) => ask(request.url()));
  page.on("websocket", (socket) => ask(socket.url()));
  return faults;
}

/** Serve the test's own pages, at APP, without a server. */
export async function serveApp(page) {
  await page.route(`${APP}/**`, async (route) => {
    const path = new URL(route.request().url()).pathname.slice(1);
    const file = path.startsWith("modules/")
      ? new URL(path.slice("modules/".length), MODULES)
      : new URL(path, import.meta.url);
    const contentType = KINDS[path.split(".").at(-1)];
    await route.fulfill({ body: await readFile(file), contentType });
  });
}

/** Wait until `look`, evaluated in the page, gives anything. */
export function until(page, look, given) {
  return page.waitForFunction(look, given, { timeout: PATIENCE_MS, polling: 50 });
}

/** Wait until the page has been audible for a while since it was last forgotten. */
export function audible(page, polls = 30) {
  return until(page, (enough) => window.witness.loudPolls >= enough, polls);
}

/** In the page: controls without a name, text that is too faint, and what is wider than the window. */
export function faults() {
  const visible = (element) => element.checkVisibility() && element.getClientRects().length > 0;
  const controls = [
    ...document.querySelectorAll("input, select, textarea, button, [role=listbox]"),
  ];
  const named = (control) =>
    control.getAttribute("aria-label") ||
    [...(control.labels ?? [])].some((label) => label.innerText.trim()) ||
    (control.tagName === "BUTTON" && control.innerText.trim());
  const nameless = controls.filter((control) => visible(control) && !named(control));

  const channels = (colour) => colour.match(/[\d.]+/g).map(Number);
  const luminance = (colour) => {
    const [r, g, b] = channels(colour).map((value) => {
      const share = value / 255; // WCAG 2.2, relative luminance
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const ground = (element) => {
    for (let each = element; each; each = each.parentElement) {
      const colour = getComputedStyle(each).backgroundColor;
      if ((channels(colour)[3] ?? 1) === 1) return colour;
    }
    return "rgb(255, 255, 255)";
  };
  const faint = [];
  for (const element of document.querySelectorAll("body *")) {
    const text = [...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim());
    if (!text || !visible(element) || element.closest(":disabled, .segments, .unseen")) continue;
    const [light, dark] = [getComputedStyle(element).color, ground(element)]
      .map(luminance)
      .sort((a, b) => b - a);
    const ratio = (light + 0.05) / (dark + 0.05);
    if (ratio < 4.5) faint.push(`${element.innerText.slice(0, 30)}: ${ratio.toFixed(2)}`);
  }
  const { scrollWidth, clientWidth } = document.documentElement;
  return {
    nameless: nameless.map((control) => control.outerHTML.slice(0, 90)),
    faint,
    tooWide: scrollWidth - clientWidth,
  };
}
