// The playground, as a person uses it.
import { readFile } from "node:fs/promises";
import { audible, faults, until } from "./stage.mjs";

const ERRAND = "Get me the weather, please.";
const FORECAST = "It rains.";
const SHOWN_ROWS = "#event-list .row";

export const scenes = {
  /** By microphone, to the end of the answer's beginning. */
  async spoken(page, stage) {
    await open(page, stage);
    await page.click("#talk");
    await until(page, () => document.querySelector(".turn.user:not(.pending)"));
    await until(page, () => document.querySelector(".turn.assistant"));
    await audible(page);
    await until(page, () =>
      document.querySelector("#waterfall .fall-steps").innerText.includes("heard"),
    );
    const shown = {
      said: await page.locator(".turn.user p").first().innerText(),
      answers: await page.evaluate(() => window.witness.answers),
      steps: await page.locator("#waterfall .fall-steps").last().innerText(),
      ...(await events(page)),
    };
    await page.click("#talk");
    await until(page, () => document.querySelector("#status").dataset.state === "idle");
    return { ...shown, alert: await page.locator("#alert").innerText() };
  },

  /** A tool is put into the form, the model calls it, a person answers for it. */
  async called(page, stage) {
    await open(page, stage);
    await type(page, "Hello.");
    await answered(page, 1);
    await page.click("#tab-session");
    await page.click("text=Put in an example");
    await page.locator("[name='audio.output.speed']").fill("1.1");
    await page.locator("[name='audio.input.turn_detection.type']").selectOption("semantic_vad");
    const updated = await page.evaluate(() => window.witness.types["session.updated"] ?? 0);
    await page.click("text=Update session");
    await until(page, (before) => window.witness.types["session.updated"] > before, updated);
    await type(page, ERRAND);
    await page.locator(".turn.tool input").fill(FORECAST);
    await page.keyboard.press("Enter");
    await answered(page, 3);
    const sent = await page.evaluate(() => window.witness.sent);
    return {
      last: await page.locator(".turn.assistant p").last().innerText(),
      update: sent.filter(({ type }) => type === "session.update").at(-1).session,
      output: sent.map(({ item }) => item?.output).find(Boolean),
      left: await page.locator("#settings .hint").innerText(),
    };
  },

  /** Speech over an answer: it falls silent, and the server learns how much was heard. */
  async interrupted(page, stage) {
    await open(page, stage);
    await type(page, "Tell me a long story.");
    await audible(page, 60);
    await page.locator("#file").setInputFiles(stage.recording);
    await until(page, () => window.witness.told["input_audio_buffer.speech_started"]);
    await until(page, () => window.witness.told["conversation.item.truncated"]);
    await until(page, () => performance.now() > window.witness.lastLoud + 400);
    const told = await page.evaluate(() => {
      const { sent, firstLoud, lastLoud, told: when } = window.witness;
      return {
        truncated: sent.find(({ type }) => type === "conversation.item.truncate"),
        heardMs: lastLoud - firstLoud,
        silentAfterMs: lastLoud - when["input_audio_buffer.speech_started"],
      };
    });
    return { ...told, note: await page.locator(".turn.assistant .note").first().innerText() };
  },

  /** The same over a call, where the server knows what was heard. */
  async interruptedCall(page, stage) {
    await open(page, stage);
    await type(page, "Tell me a long story.");
    await audible(page, 60);
    await page.locator("#file").setInputFiles(stage.recording);
    await until(page, () => window.witness.told["conversation.item.truncated"]);
    await until(page, () => performance.now() > window.witness.lastLoud + 400);
    const told = await page.evaluate(() => {
      const { last, lastLoud, told: when } = window.witness;
      return {
        truncatedMs: last["conversation.item.truncated"].audio_end_ms,
        silentAfterMs: lastLoud - when["input_audio_buffer.speech_started"],
      };
    });
    await page.click("#talk");
    await until(page, () => document.querySelector("#status").dataset.state === "idle");
    return told;
  },

  /** A recording is dropped, and travels as the telephone has it. */
  async telephone(page, stage) {
    await open(page, stage);
    await type(page, "Hello.");
    await answered(page, 1);
    await page.click("#tab-session");
    for (const way of ["input", "output"]) {
      await page.locator(`[name='audio.${way}.format.type']`).selectOption("audio/pcmu");
    }
    await page.click("text=Update session");
    await until(page, () => document.querySelector("#output-note").innerText.includes("pcmu"));
    await page.evaluate(() => (window.witness.loudPolls = 0));
    await page.locator("#file").setInputFiles(stage.recording);
    await answered(page, 2);
    await audible(page);
    return { said: await page.locator(".turn.user p").last().innerText() };
  },

  /** A server that wants a key: it is asked for, kept in the tab, and in no address. */
  async keyed(page, stage) {
    await open(page, stage);
    await page.waitForSelector("#key[placeholder='this server wants one']");
    await type(page, "Hello.");
    await page.waitForSelector("#alert:not([hidden])");
    const refused = await page.locator("#alert").innerText();
    await until(page, () => !document.querySelector("#key").disabled);
    await page.locator("#key").fill(stage.key);
    await page.locator("#key").blur();
    await page.waitForSelector("#key[placeholder='none needed here']");
    await type(page, "Hello again.");
    await answered(page, 1);
    const kept = await page.evaluate(() => [
      Object.values(sessionStorage),
      Object.values(localStorage),
    ]);
    return { refused, kept };
  },

  /** What the page is to those who use a keyboard, other eyes, or a telephone. */
  async basics(page, stage) {
    await open(page, stage);
    const found = {};
    for (const [theme, width] of [
      ["dark", 1280],
      ["light", 360],
    ]) {
      await page.emulateMedia({ colorScheme: theme });
      await page.setViewportSize({ width, height: 780 });
      await type(page, "Hello.");
      await answered(page, theme === "dark" ? 1 : 2);
      for (const tab of ["turns", "events", "session", "code"]) {
        await page.click(`#tab-${tab}`);
        found[`${theme} ${tab}`] = await page.evaluate(faults);
      }
    }
    await page.locator("#tab-turns").focus();
    await page.keyboard.press("Tab");
    await page.keyboard.press("?");
    const shortcuts = await page.locator("#shortcuts").innerText();
    await page.keyboard.press("Escape");
    await page.locator("#tab-code").focus();
    await page.keyboard.press("ArrowLeft");
    const session = await page.locator("#session").isVisible();
    await page.click("#theme");
    await page.click("#theme");
    const theme = await page.evaluate(() => document.documentElement.dataset.theme);
    return { found, shortcuts, session, theme };
  },

  /** The code that the page offers after a change. */
  async code(page, stage) {
    await open(page, stage);
    await type(page, "Hello.");
    await answered(page, 1);
    await page.click("#tab-session");
    await page.locator("[name=output_modalities\\.0]").selectOption("text");
    await page.locator("[name=instructions]").fill('Say "yes", or nothing: "true".');
    await page.click("text=Update session");
    await until(page, () =>
      document.querySelector("#settings .hint").innerText.includes("is like this"),
    );
    await page.click("#tab-code");
    const code = {};
    for (const language of ["python", "javascript", "agents"]) {
      await page.locator("#language").selectOption(language);
      code[language] = await page.locator("#code-text").innerText();
    }
    return { code };
  },
};

async function open(page, { url, transport }) {
  await page.goto(new URL("/", url).href);
  if (transport === "webrtc") await page.click("text=WebRTC");
}

async function type(page, text) {
  await page.locator("#text").fill(text);
  await page.keyboard.press("Enter");
}

/** Wait until so many responses are done. */
function answered(page, times) {
  return until(page, (enough) => window.witness.types["response.done"] >= enough, times);
}

/** What the list of events shows and gives. */
async function events(page) {
  await page.click("#tab-events");
  const all = await page.locator("#event-count").innerText();
  await page.locator("#filter").fill("speech_stopped");
  await page.locator(SHOWN_ROWS).first().click();
  const selected = JSON.parse(await page.locator("#event-json").innerText());
  const [download] = await Promise.all([page.waitForEvent("download"), page.click("#download")]);
  const file = await readFile(await download.path(), "utf8");
  return {
    all,
    selected,
    lines: file
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line)),
  };
}
