/** Joins the parts of the page that shows a recording. */
import { part } from "./events.js";
import { setUpKeyboard } from "./keyboard.js";
import { Lanes } from "./lanes.js";
import { Listening } from "./listening.js";
import { Overview } from "./overview.js";
import { RecordedEvents } from "./recorded-events.js";
import { answeredIn, clock, spanOf } from "./stages.js";
import { setUpTheme } from "./theme.js";
import { TurnList } from "./turn-list.js";

const ZOOM = 1.6;
const DATE = { dateStyle: "medium", timeStyle: "short" };
const CONTROLS = "button, a, input, select, textarea, [role=listbox], [contenteditable]";

const $ = (id) => document.getElementById(id);
const lanes = new Lanes($("lanes"), { seek, look: () => overview.draw() });
const overview = new Overview($("overview"), lanes);
const turns = new TurnList({ list: $("turn-list"), key: $("stages"), empty: $("no-turns") }, look);
const events = new RecordedEvents(
  {
    list: $("event-list"),
    filter: $("filter"),
    sound: $("show-sound"),
    inner: $("show-inner"),
    count: $("event-count"),
    json: $("event-json"),
  },
  (time) => seek(time, false),
);
let listening = null;
let reader = null;
let shown = []; // the turns of the recording

// Opening

function open(file) {
  close();
  show("connecting", `Reading ${file.name}`);
  $("welcome").hidden = $("progress").hidden = false;
  $("progress").value = 0;
  reader = new Worker(new URL("./reader.js", import.meta.url), { type: "module" });
  reader.onerror = ({ message }) => complain(file, `cannot be read: ${message}`);
  reader.onmessage = ({ data }) => {
    if (data.share !== undefined) $("progress").value = data.share;
    else if (data.fault) complain(file, data.fault);
    else present(file, data.recording);
  };
  reader.postMessage(file);
}

function close() {
  reader?.terminate();
  listening?.pause();
  listening = null;
  $("alert").hidden = $("timeline").hidden = $("details").hidden = true;
}

function complain(file, fault) {
  close();
  $("progress").hidden = true;
  $("welcome").hidden = false;
  show("idle", "No recording is open");
  alert(`${file.name} ${fault}.`);
}

function alert(text) {
  $("alert").textContent = text;
  $("alert").hidden = false;
}

function present(file, recording) {
  reader.terminate();
  $("welcome").hidden = true;
  $("timeline").hidden = $("details").hidden = false;
  const { inspection } = recording;
  listening = new Listening(recording);
  listening.mode = $("mode").value;
  shown = inspection.turns;
  lanes.open(recording, Math.max(0.1, listening.length));
  turns.open(shown);
  events.open(file, recording.events);
  glance(inspection);
  show("connected", `${file.name}, ${size(file)}`);
  if (inspection.note) alert(`${file.name}: ${inspection.note}.`);
  follow({ lanes: true, list: true });
}

/** The session in a few figures. */
function glance(inspection) {
  const { turns: all, faults, tokens, engines } = inspection;
  const waited = all.filter(({ kind }) => kind === "spoken").map(answeredIn);
  const [median, most] = [0.5, 0.9].map((share) => percentile(waited, share));
  const cut = all.filter(({ interruption }) => interruption).length;
  const figures = [
    ["Began", new Date(inspection.began * 1000).toLocaleString(undefined, DATE), ""],
    ["Length", clock(inspection.duration_s, 0), ""],
    ["Turns", all.length, cut ? `${cut} interrupted` : ""],
    ["Answered in", ms(median), most === undefined ? "" : `median, ${ms(most)} at 90 %`],
    ["Tokens", `${tokens.input} + ${tokens.output}`, "read and written"],
    ["Faults", faults.length, "", faults.length > 0],
    ["Session", inspection.model ?? "transcription", inspection.session],
    [
      "Engines",
      Object.values(engines).join(", "),
      `${inspection.dialect}, ${inspection.transport}`,
    ],
  ];
  $("glance").replaceChildren(
    ...figures.map(([name, value, note, isBad]) => {
      const entry = part("div", "", "");
      const told = part("dd", isBad ? "bad" : "", `${value} `);
      if (note) told.append(part("small", "", note));
      entry.append(part("dt", "", name), told);
      return entry;
    }),
  );
}

// Moving about

/** Go there; but for where `list` is false the list of events does, too. */
function seek(time, list = true) {
  listening?.seek(time);
  follow({ lanes: true, list });
}

/** Look at a turn: go to the beginning of its speech, and bring it into view. */
function look(number) {
  if (!shown[number]) return;
  const [begin, end] = spanOf(shown[number]);
  lanes.turn = number;
  turns.mark(number);
  const span = Math.max(2, (end - begin) * 1.25);
  lanes.show(begin - (span - (end - begin)) / 2, span);
  seek(Math.max(0, begin));
}

/** The turn before or after the one that is looked at. */
function step(by) {
  const last = shown.length - 1;
  const here = lanes.turn < 0 ? (by > 0 ? -1 : last + 1) : lanes.turn;
  look(Math.max(0, Math.min(last, here + by)));
}

function toggle() {
  if (!listening) return;
  if (listening.playing) listening.pause();
  else listening.play();
  follow({ lanes: true, list: true });
}

/** Everything shows the place where playing is, and goes on doing so while it plays. */
let following = 0;
function follow(sought) {
  cancelAnimationFrame(following);
  if (!listening) return;
  const { position, playing, length } = listening;
  $("play").textContent = playing ? "Pause" : "Play";
  $("position").replaceChildren(clock(position), part("small", "", ` of ${clock(length, 1)}`));
  const canvas = $("lanes");
  canvas.setAttribute("aria-valuemax", length.toFixed(3));
  canvas.setAttribute("aria-valuenow", position.toFixed(3));
  canvas.setAttribute("aria-valuetext", `${clock(position, 1)} of ${clock(length, 1)}`);
  lanes.place(position, playing || sought.lanes);
  overview.draw();
  events.show(position, sought.list);
  if (playing) following = requestAnimationFrame(() => follow({ lanes: true, list: true }));
}

// What the page shows

function show(state, text) {
  $("status").dataset.state = state;
  $("status").textContent = text;
}

function ms(value) {
  return value === undefined ? "–" : `${Math.round(value)} ms`;
}

function size({ size: bytes }) {
  return bytes < 1e6 ? `${Math.ceil(bytes / 1e3)} kB` : `${(bytes / 1e6).toFixed(1)} MB`;
}

/** By nearest rank. */
function percentile(values, share) {
  const ranked = values.filter((value) => value !== null).sort((one, other) => one - other);
  return ranked[Math.max(0, Math.ceil(share * ranked.length) - 1)];
}

// Setting up

const KEYS = {
  " ": toggle,
  ArrowLeft: ({ shiftKey }) => seek(listening.position - (shiftKey ? 10 : 1)),
  ArrowRight: ({ shiftKey }) => seek(listening.position + (shiftKey ? 10 : 1)),
  Home: () => seek(0),
  End: () => seek(listening.length),
  "+": () => lanes.zoom(ZOOM, listening.position),
  "=": () => lanes.zoom(ZOOM, listening.position),
  "-": () => lanes.zoom(1 / ZOOM, listening.position),
  0: () => lanes.show(0, lanes.length),
  n: () => step(1),
  p: () => step(-1),
};

addEventListener("keydown", (pressed) => {
  const { key, ctrlKey, metaKey, altKey, target } = pressed;
  const isFree = !ctrlKey && !metaKey && !altKey && !$("shortcuts").open;
  const isWriting = target.matches("input:not([type=checkbox]), select, textarea");
  const ofControl = target.matches(CONTROLS) && !["n", "p", "+", "-", "=", "0"].includes(key);
  if (!listening || !isFree || isWriting || ofControl || !KEYS[key]) return;
  pressed.preventDefault();
  KEYS[key](pressed);
});

setUpTheme($("theme"));
new MutationObserver(() => [lanes, overview].forEach((each) => each.draw())).observe(
  document.documentElement,
  { attributeFilter: ["data-theme"] },
);
setUpKeyboard(
  [
    { keys: "Space", said: "Play, or pause" },
    { keys: "←+→", said: "A second back or on; with Shift, ten" },
    { keys: "N", said: "Next turn" },
    { keys: "P", said: "Previous turn" },
    { keys: "Plus", said: "Zoom in; the mouse wheel does, too" },
    { keys: "-", said: "Zoom out" },
    { keys: "0", said: "See all of it" },
    { keys: "?", said: "Show these", press: () => $("shortcuts").showModal() },
    { keys: "↑+↓", said: "Other event, in the list" },
  ],
  { dialog: $("shortcuts"), list: $("shortcut-list"), button: $("show-shortcuts") },
);
$("play").onclick = toggle;
$("mode").onchange = () => {
  if (!listening) return;
  listening.mode = $("mode").value;
  seek(listening.position, false);
};
$("before").onclick = () => step(-1);
$("after").onclick = () => step(1);
$("in").onclick = () => lanes.zoom(ZOOM);
$("out").onclick = () => lanes.zoom(1 / ZOOM);
$("all").onclick = () => lanes.show(0, lanes.length);
// Who points leaves the keyboard to the time line: Space then plays, whatever was clicked.
for (const place of document.querySelectorAll(".controls, .turn-list"))
  place.addEventListener("click", ({ detail, target }) => {
    if (detail && target.closest("button")) $("lanes").focus({ preventScroll: true });
  });
for (const input of [$("file"), $("first-file")])
  input.onchange = () => {
    const [file] = input.files;
    input.value = "";
    if (file) open(file);
  };
addEventListener("dragover", (dragged) => {
  dragged.preventDefault();
  $("drop").hidden = false;
});
addEventListener("dragleave", ({ relatedTarget }) => ($("drop").hidden = relatedTarget === null));
addEventListener("drop", (dropped) => {
  dropped.preventDefault();
  $("drop").hidden = true;
  const [file] = dropped.dataTransfer.files;
  if (file) open(file);
});
