// The page that shows recordings, as a person uses it.
import { faults, until } from "./stage.mjs";

const SHOWN_ROWS = "#event-list .row";

export const scenes = {
  /** A recording is opened, looked at, and read. */
  async opened(page, stage) {
    await open(page, stage, stage.recording);
    const glance = await page.locator("#glance").innerText();
    const turns = await page.locator(".turn-pick").allInnerTexts();
    const all = await page.locator("#event-count").innerText();
    await page.locator("#filter").fill("speech_stopped");
    await page.locator(SHOWN_ROWS).first().click();
    await until(page, () => document.querySelector("#event-json").innerText.includes("{"));
    const selected = JSON.parse(await page.locator("#event-json").innerText());
    const position = await where(page);
    await page.check("#show-inner");
    await page.locator("#filter").fill("Transcribed");
    const facts = await page.locator(SHOWN_ROWS).count();
    const asked = await page.evaluate(() => performance.getEntriesByType("resource").length);
    return { glance, turns, all, selected, position, facts, asked };
  },

  /** Two hands on the keyboard: turn by turn, back and forth, and closer. */
  async keyboard(page, stage) {
    await open(page, stage, stage.recording);
    const places = {};
    for (const [name, key] of [
      ["first", "n"],
      ["second", "n"],
      ["back", "p"],
      ["on", "ArrowRight"],
      ["end", "End"],
      ["home", "Home"],
    ]) {
      await page.keyboard.press(key);
      places[name] = await where(page);
    }
    const current = await page.locator("[aria-current=true]").innerText();
    const before = await colours(page);
    await page.keyboard.press("+");
    const closer = await until(page, (old) => drawn("#lanes") !== old, before.lanes);
    await page.keyboard.press("?");
    const shortcuts = await page.locator("#shortcuts").innerText();
    return { places, current, closer: Boolean(closer), shortcuts };
  },

  /** It plays what was said, where it was said; and stops at its end. */
  async played(page, stage) {
    await open(page, stage, stage.recording);
    await page.evaluate(hearing);
    await page.click("#in"); // a button that was clicked does not keep the keys to itself
    await page.keyboard.press("Space");
    await until(
      page,
      () => Number(document.querySelector("#lanes").getAttribute("aria-valuenow")) > 0.2,
    );
    const playing = await page.locator("#play").innerText();
    await page.keyboard.press("Space");
    const paused = await where(page);
    await page.selectOption("#mode", "user");
    await page.keyboard.press("End");
    await page.keyboard.press("ArrowLeft");
    await page.keyboard.press("Space");
    await until(page, () => document.querySelector("#play").innerText === "Play");
    return { playing, paused, ended: await where(page), heard: await page.evaluate("heard") };
  },

  /** Files that are no recordings, or not whole ones. */
  async odd(page, stage) {
    const told = {};
    for (const [name, path] of Object.entries(stage.odd)) {
      await open(page, stage, path, "#alert:not([hidden])");
      told[name] = await page.locator("#alert").innerText();
    }
    const shown = await page.locator(".turn-pick").count();
    return { told, shown };
  },

  /** What the page is to those who use other eyes, or a telephone. */
  async basics(page, stage) {
    const found = {};
    const scrolled = [];
    for (const [theme, width] of [
      ["dark", 1280],
      ["light", 360],
    ]) {
      await page.emulateMedia({ colorScheme: theme });
      await page.setViewportSize({ width, height: 780 });
      await page.goto(address(stage));
      found[`${theme} empty`] = await page.evaluate(faults);
      await open(page, stage, stage.recording);
      await page.keyboard.press("n");
      found[theme] = await page.evaluate(faults);
      scrolled.push(await page.evaluate("scrollY"));
    }
    const { lanes: light } = await colours(page);
    await page.click("#theme");
    await page.click("#theme");
    await until(page, (old) => drawn("#lanes") !== old, light);
    const label = await page.locator("#lanes").getAttribute("aria-valuetext");
    await page.goto(new URL("/", stage.url).href);
    await page.click("text=Recordings");
    const heading = await page.locator("h2").first().innerText();
    return { found, scrolled, label, heading };
  },
};

function address({ url }) {
  return new URL("/playground/timeline.html", url).href;
}

async function open(page, stage, path, shown = "#timeline:not([hidden])") {
  await page.goto(address(stage));
  await page.evaluate(() => {
    window.drawn = (which) => document.querySelector(which).toDataURL();
  });
  await page.locator("#file").setInputFiles(path);
  await page.waitForSelector(shown);
  await page.evaluate(() => new Promise((drawn) => requestAnimationFrame(() => drawn())));
}

/** Where the playhead is, in seconds. */
async function where(page) {
  return Number(await page.locator("#lanes").getAttribute("aria-valuenow"));
}

function colours(page) {
  return page.evaluate(() => ({ lanes: drawn("#lanes") }));
}

/** In the page: keep the loudest of each side of what is played, and when it is due. */
function hearing() {
  window.heard = [];
  const { start } = AudioBufferSourceNode.prototype;
  AudioBufferSourceNode.prototype.start = function (when) {
    const loudest = [0, 1].map((side) =>
      Math.max(...this.buffer.getChannelData(side).map(Math.abs)),
    );
    window.heard.push({ when, loudest, ms: 1000 * this.buffer.duration });
    return start.call(this, when);
  };
}
