/**
 * Every event of a recording, and on demand what else happened: a list that draws only what is seen of
 * it, and the JSON of what is selected, which is read from the file only then.
 */
import { elided, part } from "./events.js";

const ROW_PX = 26;
const WAYS = {
  client: ["↑", "sent"],
  said: ["↓", "received"],
  fact: ["●", "happened"],
  asked: ["→", "asked of an engine"],
};

export class RecordedEvents {
  /** `jump` is told of the time, in seconds, of what was selected. */
  constructor({ list, filter, sound, inner, count, json }, jump) {
    Object.assign(this, { list, filter, sound, inner, count, json, jump });
    this.all = [];
    this.found = [];
    this.selected = null;
    this.latest = -1; // the last one that has happened
    this.rows = part("div", "rows", "");
    list.append(this.rows);
    filter.oninput = sound.onchange = inner.onchange = () => this.#sift();
    list.onscroll = () => this.#draw();
    list.onkeydown = (pressed) => this.#move(pressed);
    list.onclick = ({ target }) =>
      this.#select(Number(target.closest(".row")?.dataset.place ?? -1));
    new ResizeObserver(() => this.#draw()).observe(list);
  }

  open(file, events) {
    Object.assign(this, { file, all: events, selected: null });
    this.json.textContent = "Select an event to read it.";
    this.list.scrollTop = 0;
    this.#sift();
  }

  /** It is so late, in seconds; with `follows` the list shows what happened then. */
  show(time, follows) {
    const place = lastBefore(this.found, time);
    if (place === this.latest) return;
    this.latest = place;
    const { list } = this;
    const top = Math.max(0, place) * ROW_PX;
    if (follows && (top < list.scrollTop || top + ROW_PX > list.scrollTop + list.clientHeight))
      list.scrollTop = top - list.clientHeight / 3;
    this.#draw();
  }

  #sift() {
    const wanted = this.filter.value.trim().toLowerCase();
    const { checked: inner } = this.inner;
    const { checked: sound } = this.sound;
    this.found = this.all.filter(
      ({ kind, type, isSound, brief }) =>
        (inner || kind === "client" || kind === "said") &&
        (sound || !isSound) &&
        (!wanted || `${type} ${brief}`.toLowerCase().includes(wanted)),
    );
    this.#draw();
  }

  #draw() {
    const { list, rows, found } = this;
    rows.style.height = `${found.length * ROW_PX}px`;
    const first = Math.max(0, Math.floor(list.scrollTop / ROW_PX) - 4);
    const last = Math.ceil((list.scrollTop + list.clientHeight) / ROW_PX) + 4;
    this.count.textContent = `${found.length} of ${this.all.length}`;
    rows.replaceChildren(
      ...found.slice(first, last).map((entry, n) => this.#row(entry, first + n)),
    );
  }

  #row(entry, place) {
    const isNow = place === this.latest ? "now" : "";
    const row = part("div", `row ${entry.kind === "said" ? "server" : entry.kind} ${isNow}`, "");
    if (entry.type === "error" || entry.type === "Failed") row.classList.add("error");
    row.id = `event-${place}`;
    row.dataset.place = place;
    row.style.top = `${place * ROW_PX}px`;
    row.setAttribute("role", "option");
    row.setAttribute("aria-selected", entry === this.selected);
    row.setAttribute("aria-setsize", this.found.length);
    row.setAttribute("aria-posinset", place + 1);
    const [sign, said] = WAYS[entry.kind];
    const way = part("span", "way", sign);
    way.setAttribute("aria-label", said);
    row.append(
      part("time", "", entry.at.toFixed(3)),
      way,
      part("span", "type", entry.type),
      part("span", "brief", entry.brief),
    );
    return row;
  }

  async #select(place) {
    const entry = this.found[place];
    if (!entry) return;
    this.selected = entry;
    this.list.setAttribute("aria-activedescendant", `event-${place}`);
    this.jump(entry.at);
    this.#draw();
    const text = await this.file.slice(entry.from, entry.to).text();
    if (this.selected !== entry) return;
    this.json.textContent = pretty(text);
    this.json.scrollTop = 0;
  }

  #move(pressed) {
    const step = { ArrowDown: 1, ArrowUp: -1, PageDown: 10, PageUp: -10 }[pressed.key];
    if (!step) return;
    pressed.preventDefault();
    const last = this.found.length - 1;
    const place = Math.max(0, Math.min(last, this.found.indexOf(this.selected) + step));
    const { list } = this;
    const top = place * ROW_PX;
    if (top < list.scrollTop) list.scrollTop = top;
    if (top + ROW_PX > list.scrollTop + list.clientHeight)
      list.scrollTop = top + ROW_PX - list.clientHeight;
    this.#select(place);
  }
}

/** The place of the last one at this time or before it; -1 where there is none. */
function lastBefore(entries, time) {
  let [low, high] = [0, entries.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (entries[middle].at <= time) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

function pretty(text) {
  try {
    return JSON.stringify(JSON.parse(text, elided), null, 2);
  } catch {
    return text; // a client may say anything
  }
}
