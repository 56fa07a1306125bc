/** Joins the parts of the page. */
import { LANGUAGES } from "./code.js";
import { merged } from "./configuration.js";
import { Conversation } from "./conversation.js";
import { Events } from "./events.js";
import { setUpKeyboard, setUpTabs } from "./keyboard.js";
import { dataURI } from "./picture.js";
import { decode } from "./recording.js";
import * as server from "./server.js";
import { Settings } from "./settings.js";
import { watch } from "./speech.js";
import { setUpTheme } from "./theme.js";
import { Transcript } from "./transcript.js";
import { Turns } from "./turns.js";
import { Waterfall } from "./waterfall.js";
import { Waveform } from "./waveform.js";

const TRANSCRIBED = {
  type: "realtime",
  audio: { input: { transcription: { model: "whisper-1" } } },
};

const $ = (id) => document.getElementById(id);
const conversation = new Conversation($("loudspeaker"));
const input = new Waveform($("input-wave"), "--user");
const output = new Waveform($("output-wave"), "--agent");
const waterfall = new Waterfall($("waterfall"), $("stages"), $("no-turns"));
const turns = new Turns((turn) => waterfall.show(turn, turns.all));
const settings = new Settings($("settings"), (session) => configure(session));
const transcript = new Transcript($("transcript"), answerTool);
const events = new Events({
  list: $("event-list"),
  filter: $("filter"),
  sound: $("show-sound"),
  count: $("event-count"),
  json: $("event-json"),
  download: $("download"),
});
let asked = { type: "realtime" }; // all that was said of the session

// The conversation tells

conversation.on("opened", ({ session }) => {
  if (!session.audio.input.transcription) asked = merged(TRANSCRIBED, asked);
  if (Object.keys(asked).length > 1) conversation.send({ type: "session.update", session: asked });
  show("connected", "Connected");
  watch(session.id, showSpeech).catch(() => {}); // which ends with its session, however that ends
});

conversation.on("sent", ({ event, time }) => {
  events.add("client", event, time);
  turns.sent(event, time);
  if (event.type === "conversation.item.truncate") output.mark("cut", time);
});

conversation.on("received", ({ event, time }) => {
  events.add("server", event, time);
  turns.received(event, time, spokenUntil(event, time));
  transcript.received(event);
  notice(event, time);
});

conversation.on("spoke", ({ pcm, time }) => {
  const half = pcm.length / 2;
  for (const part of [0, 1]) {
    const samples = Float32Array.from(
      pcm.subarray(part * half, (part + 1) * half),
      (each) => each / 32_768,
    );
    input.add(samples, time - 20 * (1 - part));
  }
});

conversation.on("sounds", (sound) => turns.heard(sound));
conversation.on("said", () => pushed() && commit());
conversation.on("drained", () => conversation.answering || show("connected", "Connected"));
conversation.on("closed", ({ reason }) => {
  settings.closed();
  refresh();
  show("idle", "Not connected");
  if (reason && $("alert").hidden) complain(reason);
});

function showSpeech(frames) {
  const [latest] = frames.at(-1);
  const now = performance.now();
  for (const [end, probability] of frames) {
    input.speech.push({ time: conversation.timeOf(end) ?? now - (latest - end), probability });
  }
}

/** What the state of the page has to do with an event. */
function notice(event, time) {
  switch (event.type) {
    case "session.created":
    case "session.updated":
      settings.configured(event.session);
      refresh();
      break;
    case "input_audio_buffer.speech_started":
      input.mark("begin", conversation.timeOf(event.audio_start_ms) ?? time);
      show("listening", "Listening");
      break;
    case "input_audio_buffer.speech_stopped":
      input.mark("end", spokenUntil(event, time));
      show("connected", "Thinking");
      break;
    case "response.created":
      show("answering", "Answering");
      break;
    case "response.done":
      refresh();
      if (!conversation.player?.playing) show("connected", "Connected");
      if (event.response.status === "failed")
        complain(event.response.status_details?.error?.message ?? "The answer failed.");
      break;
    case "error":
      complain(event.error.message);
      break;
    default:
  }
}

/** When speech ended: the server counts the silence that ended the turn to it. */
function spokenUntil({ audio_end_ms: end }, time) {
  if (end === undefined) return time;
  const silence = conversation.session?.audio.input.turn_detection?.silence_duration_ms ?? 0;
  return (conversation.timeOf(end) ?? time) - silence;
}

// A person asks

async function start(speaks) {
  if (conversation.open || $("talk").disabled) return conversation.open;
  $("alert").hidden = true;
  show("connecting", "Connecting");
  $("talk").disabled = true;
  for (const part of [events, turns, waterfall, transcript, input, output]) part.clear();
  const { value: transport } = document.querySelector("[name=transport]:checked");
  try {
    const opened = new Promise((resolve) => (onceOpened = resolve));
    await conversation.start({ transport, model: $("model").value.trim(), speaks });
    refresh();
    return await opened;
  } catch (error) {
    complain(
      error.name === "NotAllowedError"
        ? "The browser gives no microphone: allow it, or type."
        : error.message,
    );
    show("idle", "Not connected");
    return false;
  } finally {
    $("talk").disabled = false;
    refresh();
  }
}

let onceOpened = () => {};
conversation.on("opened", () => onceOpened(true));
conversation.on("closed", () => onceOpened(false));

function configure(session) {
  asked = merged(asked, session);
  conversation.send({ type: "session.update", session });
}

function commit() {
  conversation.send({ type: "input_audio_buffer.commit" });
  conversation.send({ type: "response.create" });
}

async function say(content) {
  if (!(await start(false))) return;
  conversation.send({
    type: "conversation.item.create",
    item: { type: "message", role: "user", content },
  });
  conversation.send({ type: "response.create" });
}

function answerTool(callId, given) {
  const item = { type: "function_call_output", call_id: callId, output: given };
  conversation.send({ type: "conversation.item.create", item });
  conversation.send({ type: "response.create" });
}

async function take(file) {
  try {
    if (file.type.startsWith("image/")) {
      await say([{ type: "input_image", image_url: await dataURI(file) }]);
    } else {
      const samples = await decode(file);
      if (await start(false)) await conversation.say(samples);
    }
  } catch {
    complain(`${file.name} cannot be read as sound or as a picture.`);
  }
}

function mute() {
  if (!conversation.microphone) return;
  conversation.microphone.muted = !conversation.microphone.muted;
  refresh();
}

function talk() {
  return conversation.open ? conversation.stop() : start(true);
}

/** Whether turns are ended by hand. */
function pushed() {
  return conversation.session?.audio.input.turn_detection === null;
}

// What the page shows

function show(state, text) {
  $("status").dataset.state = state;
  $("status").textContent = text;
}

function complain(text) {
  $("alert").textContent = text;
  $("alert").hidden = false;
}

function refresh() {
  const { open, microphone } = conversation;
  $("talk").textContent = open ? "End" : "Start talking";
  $("talk").classList.toggle("live", open);
  $("mute").disabled = !microphone;
  $("mute").setAttribute("aria-pressed", Boolean(microphone?.muted));
  $("mute").textContent = microphone?.muted ? "Unmute" : "Mute";
  $("push").hidden = !(open && microphone && pushed());
  $("stop").disabled = !open;
  for (const control of document.querySelectorAll("#place input")) control.disabled = open;
  const { audio } = (open && conversation.session) || {};
  const isCall = conversation.transport === "webrtc";
  const format = (way) => (isCall ? "WebRTC" : audio[way].format.type);
  $("input-note").textContent = audio
    ? `${microphone ? "line: speech probability" : "no microphone"} · ${format("input")}`
    : "";
  $("output-note").textContent = audio
    ? `${audio.output.voice.id ?? audio.output.voice} · ${format("output")}`
    : "";
  writeCode();
}

function writeCode() {
  const { note, write } = LANGUAGES[$("language").value];
  $("code-note").textContent = note;
  $("code-text").textContent = write({
    base: server.BASE,
    model: $("model").value.trim(),
    session: asked,
  });
}

const heard = new Float32Array(1024);
function draw(now) {
  const { analyser } = conversation;
  if (analyser) {
    analyser.getFloatTimeDomainData(heard);
    output.add(heard, now);
  }
  input.draw(now);
  output.draw(now);
  requestAnimationFrame(draw);
}

/** See what the server has, and whether it wants a key. */
async function look() {
  const names = await server.models().catch(() => undefined);
  const wantsKey = names === null;
  $("key").placeholder = wantsKey ? "this server wants one" : "none needed here";
  $("models").replaceChildren(...(names ?? []).map((name) => new Option(name)));
  if (wantsKey && server.key.get()) complain("The server does not take this key.");
}

async function offerCalls() {
  const served = await server.paths().catch(() => []);
  document.querySelector("[value=webrtc]").closest("label").hidden =
    !served.includes("/v1/realtime/calls");
}

// Setting up

setUpTheme($("theme"));
setUpTabs([...document.querySelectorAll("[role=tab]")]);
setUpKeyboard(
  [
    { keys: "Control+Enter", said: "Start talking, or end", press: talk },
    { keys: "Control+M", said: "Mute the microphone", press: mute },
    { keys: "Escape", said: "Stop the answer", press: () => conversation.interrupt() },
    { keys: "/", said: "Write a message", press: () => $("text").focus() },
    { keys: "?", said: "Show these", press: () => $("shortcuts").showModal() },
    { keys: "←+→", said: "Other tab, on the tabs" },
    { keys: "↑+↓", said: "Other event, in the list" },
  ],
  { dialog: $("shortcuts"), list: $("shortcut-list"), button: $("show-shortcuts") },
);
$("language").append(
  ...Object.entries(LANGUAGES).map(([name, { title }]) => new Option(title, name)),
);
$("language").onchange = $("model").oninput = writeCode;
$("copy").onclick = async () => {
  await navigator.clipboard.writeText($("code-text").textContent);
  $("copy").textContent = "Copied";
  setTimeout(() => ($("copy").textContent = "Copy"), 1500);
};
$("key").value = server.key.get();
$("key").onchange = () => {
  server.key.set($("key").value.trim());
  $("alert").hidden = true;
  look();
};
$("place").onsubmit = (submitted) => submitted.preventDefault();
$("talk").onclick = talk;
$("mute").onclick = mute;
$("stop").onclick = () => conversation.interrupt();
const listen = () => conversation.send({ type: "input_audio_buffer.clear" });
const isSpace = ({ key, repeat }) => key === " " && !repeat;
$("push").onpointerdown = listen;
$("push").onpointerup = commit;
$("push").onkeydown = (pressed) => isSpace(pressed) && listen();
$("push").onkeyup = (released) => isSpace(released) && commit();
$("composer").onsubmit = (submitted) => {
  submitted.preventDefault();
  const text = $("text").value.trim();
  $("text").value = "";
  if (text) say([{ type: "input_text", text }]);
};
$("file").onchange = () => {
  if ($("file").files[0]) take($("file").files[0]);
  $("file").value = "";
};
addEventListener("dragover", (dragged) => {
  dragged.preventDefault();
  $("drop").hidden = false;
});
addEventListener("dragleave", ({ relatedTarget }) => ($("drop").hidden = relatedTarget === null));
addEventListener("drop", (dropped) => {
  dropped.preventDefault();
  $("drop").hidden = true;
  for (const file of dropped.dataTransfer.files) take(file);
});

look();
offerCalls();
refresh();
requestAnimationFrame(draw);
