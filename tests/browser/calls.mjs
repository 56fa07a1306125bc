// Apps that talk over WebRTC, each as its makers would have it; see app.js.
import { APP, audible, serveApp, until } from "./stage.mjs";

const TOOL = {
  type: "function",
  name: "get_weather",
  parameters: { type: "object", properties: { place: { type: "string" } }, required: ["place"] },
};
const ERRAND = "Get me the weather, please.";
const FORECAST = "It rains.";

/** A spoken turn, a tool, and the end of the call, by one client. */
const conversed =
  (client) =>
  async (page, { url }) => {
    await connected(page, client, url);
    // What is said is an errand, which a client that has the tool runs at once.
    const hasTool = await page.evaluate(() => Boolean(window.app.hasTool));
    if (!hasTool) {
      await until(page, () => window.witness.answers.includes("You said"));
      await runErrand(page);
    }
    await until(page, () => window.witness.answers.includes("It rains."));
    await audible(page);
    const answers = await page.evaluate(() => window.witness.answers);
    await page.evaluate(() => window.app.hangUp());
    return { answers };
  };

/** Speech over a long answer. */
const interrupted =
  (client) =>
  async (page, { url }) => {
    await connected(page, client, url);
    await write(page, "Tell me a long story.");
    await until(page, () => window.witness.last["conversation.item.truncated"]);
    await until(page, () => performance.now() > window.witness.lastLoud + 400);
    const told = await page.evaluate(() => {
      const { lastLoud, firstLoud, told: when, last } = window.witness;
      return {
        silentAfterMs: lastLoud - when["input_audio_buffer.speech_started"],
        heardMs: lastLoud - firstLoud,
        truncatedMs: last["conversation.item.truncated"].audio_end_ms,
      };
    });
    await page.evaluate(() => window.app.hangUp());
    return told;
  };

export const scenes = Object.fromEntries(
  ["guide", "openai", "agents"].flatMap((client) => [
    [`${client} converses`, conversed(client)],
    [`${client} is interrupted`, interrupted(client)],
  ]),
);

async function connected(page, client, url) {
  await serveApp(page);
  await page.goto(`${APP}/app.html`);
  await page.evaluate(
    async ([name, base]) => {
      const { apps } = await import("./app.js");
      window.app = await apps[name](base);
    },
    [client, url],
  );
  await until(page, () => window.witness.types["session.created"]);
}

/** Ask for the tool in writing, with nobody to interrupt, and answer for it. */
async function runErrand(page) {
  const audio = { input: { turn_detection: null } };
  await send(page, { type: "session.update", session: { type: "realtime", tools: [TOOL], audio } });
  await until(page, () => window.witness.last["session.updated"]);
  await until(page, () => window.witness.idle());
  await write(page, ERRAND);
  const called = "response.function_call_arguments.done";
  const call = await until(page, (name) => window.witness.last[name], called);
  const { call_id } = await call.jsonValue();
  await until(page, () => window.witness.idle());
  const item = { type: "function_call_output", call_id, output: FORECAST };
  await send(page, { type: "conversation.item.create", item });
  await send(page, { type: "response.create" });
}

function send(page, event) {
  return page.evaluate((each) => window.app.send(each), event);
}

async function write(page, text) {
  const content = [{ type: "input_text", text }];
  await send(page, {
    type: "conversation.item.create",
    item: { type: "message", role: "user", content },
  });
  await send(page, { type: "response.create" });
}
