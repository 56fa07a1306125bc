/**
 * Every event of the session, both ways: a list that draws only what is seen of it, the JSON of the one
 * that is selected, and all of them as a file.  Sound is left out of it: its length stands in its place.
 */
const ROW_PX = 26;
const MOST = 20_000;
const FORGOTTEN = 4_000; // at a time
const SOUND = ["input_audio_buffer.append", "response.output_audio.delta"];

export class Events {
  constructor({ list, filter, sound, count, json, download }) {
    Object.assign(this, { list, filter, sound, count, json });
    this.all = [];
    this.found = [];
    this.selected = null;
    this.rows = document.createElement("div");
    this.rows.className = "rows";
    list.append(this.rows);
    filter.oninput = sound.onchange = () => this.#sift();
    list.onscroll = () => this.#draw();
    list.onkeydown = (pressed) => this.#move(pressed);
    list.onclick = ({ target }) =>
      this.#select(Number(target.closest(".row")?.dataset.place ?? -1));
    download.onclick = () => this.#download();
    new ResizeObserver(() => this.#draw()).observe(list);
  }

  clear() {
    this.all = [];
    this.begun = null;
    this.#sift();
  }

  /** `way` is "client" or "server". */
  add(way, event, time) {
    this.begun ??= time;
    const text = JSON.stringify(event, elided);
    const entry = { way, type: event.type, ms: time - this.begun, text };
    this.all.push(entry);
    if (this.all.length > MOST) {
      this.all.splice(0, FORGOTTEN);
      this.#sift();
    } else {
      if (this.#fits(entry)) this.found.push(entry);
      this.#schedule();
    }
  }

  #fits({ type, text }) {
    if (!this.sound.checked && SOUND.includes(type)) return false;
    const wanted = this.filter.value.trim().toLowerCase();
    return !wanted || text.toLowerCase().includes(wanted);
  }

  #sift() {
    this.sifted = (this.sifted ?? 0) + 1;
    this.found = this.all.filter((entry) => this.#fits(entry));
    this.#draw();
  }

  #schedule() {
    if (this.frame) return;
    this.frame = requestAnimationFrame(() => {
      this.frame = null;
      this.#draw();
    });
  }

  #draw() {
    const { list, rows, found } = this;
    const atEnd = list.scrollHeight - list.scrollTop - list.clientHeight < 2 * ROW_PX;
    rows.style.height = `${found.length * ROW_PX}px`;
    if (atEnd) list.scrollTop = list.scrollHeight;
    const first = Math.max(0, Math.floor(list.scrollTop / ROW_PX) - 4);
    const last = Math.min(
      found.length,
      Math.ceil((list.scrollTop + list.clientHeight) / ROW_PX) + 4,
    );
    this.count.textContent = `${found.length} of ${this.all.length} events`;
    const drawn = `${this.sifted} ${first} ${last} ${found.indexOf(this.selected)}`;
    if (drawn === this.drawn) return; // most events change nothing of what is seen
    this.drawn = drawn;
    rows.replaceChildren(
      ...found.slice(first, last).map((entry, n) => this.#row(entry, first + n)),
    );
  }

  #row(entry, place) {
    const row = document.createElement("div");
    row.className = `row ${entry.way} ${entry.type === "error" ? "error" : ""}`;
    row.id = `event-${place}`;
    row.dataset.place = place;
    row.style.top = `${place * ROW_PX}px`;
    row.setAttribute("role", "option");
    row.setAttribute("aria-selected", entry === this.selected);
    row.setAttribute("aria-setsize", this.found.length);
    row.setAttribute("aria-posinset", place + 1);
    const way = part("span", "way", entry.way === "client" ? "↑" : "↓");
    way.setAttribute("aria-label", entry.way === "client" ? "sent" : "received");
    row.append(
      part("time", "", `${(entry.ms / 1000).toFixed(3)}`),
      way,
      part("span", "type", entry.type),
      part("span", "brief", brief(JSON.parse(entry.text))),
    );
    return row;
  }

  #select(place) {
    const entry = this.found[place];
    if (!entry) return;
    this.selected = entry;
    this.json.textContent = JSON.stringify(JSON.parse(entry.text), null, 2);
    this.json.scrollTop = 0;
    this.list.setAttribute("aria-activedescendant", `event-${place}`);
    this.#draw();
  }

  #move(pressed) {
    const step = { ArrowDown: 1, ArrowUp: -1, PageDown: 10, PageUp: -10 }[pressed.key];
    if (!step) return;
    pressed.preventDefault();
    const place = Math.max(
      0,
      Math.min(this.found.length - 1, this.found.indexOf(this.selected) + step),
    );
    const { list } = this;
    const top = place * ROW_PX;
    if (top < list.scrollTop) list.scrollTop = top;
    if (top + ROW_PX > list.scrollTop + list.clientHeight)
      list.scrollTop = top + ROW_PX - list.clientHeight;
    this.#select(place);
  }

  #download() {
    const lines = this.all.map(
      ({ way, ms, text }) => `{"ms":${ms.toFixed(1)},"from":"${way}","event":${text}}\n`,
    );
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob(lines, { type: "application/jsonl" }));
    link.download = "events.jsonl";
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
  }
}

/** What one line has room for: the first things a person looks for. */
export function brief({ delta, transcript, text: said, item, response, error, session, name }) {
  const told =
    error?.message ??
    transcript ??
    said ??
    name ??
    delta ??
    response?.status ??
    item?.type ??
    session?.type;
  return typeof told === "string" ? told : "";
}

/** Sound and pictures would drown the rest. */
export function elided(name, value) {
  const isSound =
    name === "audio" || (name === "delta" && /^response\.(output_)?audio\.delta$/.test(this.type));
  if (isSound && typeof value === "string") return `(${value.length} characters of sound)`;
  if (name === "image_url" && typeof value === "string" && value.length > 200)
    return `(${value.length} characters of picture)`;
  return value;
}

export function part(tag, className, text) {
  const made = document.createElement(tag);
  made.className = className;
  made.textContent = text;
  return made;
}
