/** Shows turns as bars: each stretch is what the turn was waiting for. */
import { STAGES } from "./turns.js";

const SHORTEST_MS = 1000; // that the whole width stands for
const MOST = 50;
const TITLES = {
  spoken: "Spoken turn",
  pushed: "Pushed to talk",
  asked: "Asked in writing",
  server: "By the server",
};

export class Waterfall {
  constructor(list, key, empty) {
    this.list = list;
    this.empty = empty;
    this.rows = new Map();
    key.append(...STAGES.map(({ title }, n) => labelled(n, title)));
  }

  clear() {
    this.rows.clear();
    this.list.replaceChildren();
    this.empty.hidden = false;
  }

  show(turn, turns) {
    this.empty.hidden = true;
    if (!this.rows.has(turn)) this.#add(turn);
    const longest = Math.max(SHORTEST_MS, ...turns.slice(-MOST).map(length));
    const rescaled = longest !== this.longest;
    this.longest = longest;
    for (const [each, row] of this.rows)
      if (rescaled || each === turn) row.replaceChildren(...parts(each, longest));
  }

  #add(turn) {
    const row = document.createElement("li");
    row.dataset.kind = turn.kind;
    this.rows.set(turn, row);
    this.list.prepend(row);
    if (this.rows.size > MOST) {
      const [oldest, gone] = this.rows.entries().next().value;
      gone.remove();
      this.rows.delete(oldest);
    }
  }
}

function length({ marks }) {
  return marks.heard ?? Math.max(0, ...Object.values(marks));
}

function parts(turn, longest) {
  const total = length(turn);
  const reached = STAGES.map((stage, n) => ({ ...stage, n, ms: turn.marks[stage.name] })).filter(
    ({ ms }) => ms !== undefined,
  );
  const head = element("div", "fall-head");
  const note = turn.status ? ` · ${turn.status}` : "";
  head.append(
    element("span", "", `${turn.number}. ${turn.said || TITLES[turn.kind]}${note}`),
    element("b", "", `${Math.round(total)} ms`),
  );
  const steps = element("div", "fall-steps");
  for (const { title, ms } of reached) {
    const step = element("span", "", `${title} `);
    step.append(element("b", "", Math.round(ms)));
    steps.append(step);
  }
  return [head, bars(reached, total, longest), steps];
}

function bars(reached, total, longest) {
  const line = element("div", "fall-bars");
  let until = 0;
  for (const { n, ms } of reached.filter((each) => each.ms <= total).sort((a, b) => a.ms - b.ms)) {
    const bar = element("i", `stage-${n}`);
    bar.style.width = `${((ms - until) / longest) * 100}%`;
    line.append(bar);
    until = ms;
  }
  return line;
}

function labelled(n, title) {
  const entry = element("li", "");
  entry.append(element("i", `stage-${n}`), title);
  return entry;
}

function element(tag, className, text = "") {
  const made = document.createElement(tag);
  made.className = className;
  made.textContent = text;
  return made;
}
