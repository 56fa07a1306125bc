/** The turns of a recording, each with its waterfall; one that is chosen is told of. */
import { part } from "./events.js";
import { KIND_TITLES, RECORDED_STAGES, answeredIn, clock, stagesOf } from "./stages.js";

const ROW_PX = 5;

export class TurnList {
  constructor({ list, key, empty }, choose) {
    Object.assign(this, { list, empty });
    this.picks = [];
    list.onclick = ({ target }) => {
      const pick = target.closest(".turn-pick");
      if (pick) choose(this.picks.indexOf(pick));
    };
    key.append(
      ...RECORDED_STAGES.map(({ title }, n) => {
        const entry = part("li", "", "");
        entry.append(part("i", `stage-${n}`, ""), title);
        return entry;
      }),
    );
  }

  open(turns) {
    this.empty.hidden = turns.length > 0;
    const longest = Math.max(500, ...turns.map(worthSeeing));
    this.picks = turns.map((turn) => shown(turn, longest));
    this.list.replaceChildren(
      ...this.picks.map((pick) => {
        const row = part("li", "", "");
        row.append(pick);
        return row;
      }),
    );
  }

  /** This one is looked at. */
  mark(number) {
    for (const [n, pick] of this.picks.entries()) pick.setAttribute("aria-current", n === number);
    const row = this.picks[number]?.parentElement;
    if (!row) return;
    const { list } = this; // alone is scrolled: the time line stays where it is
    const top = row.offsetTop;
    if (top < list.scrollTop) list.scrollTop = top;
    const below = top + row.offsetHeight - list.clientHeight;
    if (below > list.scrollTop) list.scrollTop = below;
  }
}

/** How much of a turn its bars show: the way to its answer, and some of the work behind. */
function worthSeeing(turn) {
  return 1.4 * (answeredIn(turn) ?? 0);
}

function shown(turn, longest) {
  const pick = part("button", "turn-pick", "");
  pick.type = "button";
  const head = part("span", "fall-head", "");
  const said = turn.heard || KIND_TITLES[turn.kind];
  const answered = answeredIn(turn);
  head.append(
    part("span", "", `${turn.number}. ${said}`),
    part("b", "", answered === null ? "" : `${Math.round(answered)} ms`),
  );
  pick.append(head);
  if (turn.said) pick.append(part("span", "said agent", turn.said));
  pick.append(bars(turn, longest), steps(turn));
  return pick;
}

function bars(turn, longest) {
  const area = part("span", "rows-of-turn", "");
  const percent = (ms) => `${(Math.max(0, ms) / longest) * 100}%`;
  const bar = (stage, from, to, className = "") => {
    const made = part("i", `stage-${stage} ${className}`, "");
    made.style.left = percent(from);
    made.style.width = percent(Math.max(0, to) - Math.max(0, from));
    made.style.top = `${1 + Math.min(stage, 4) * ROW_PX}px`;
    area.append(made);
  };
  for (const { stage, waits, begins, ends } of stagesOf(turn)) {
    if (begins > waits) bar(stage, waits, begins, "waits");
    if (ends > begins) bar(stage, begins, ends);
  }
  return area;
}

/** What there is to say of it, in order. */
function steps(turn) {
  const line = part("span", "fall-steps", "");
  const { moments: at, interruption: cut } = turn;
  const time = part("time", "", clock(turn.begun_s, 1));
  line.append(time);
  const figures = [
    [KIND_TITLES[turn.kind], null],
    ["turn", at.stopped],
    ["words", at.transcribed],
    [turn.early ? "text, early" : "text", at.text],
    ["voice", at.sound],
    ["sent", at.sent],
  ];
  for (const [name, ms] of figures.slice(turn.heard ? 0 : 1)) {
    if (ms === undefined) continue;
    const step = part("span", "", ms === null ? name : `${name} `);
    if (ms !== null) step.append(part("b", "", Math.round(ms)));
    line.append(step);
  }
  for (const { name, called, output } of turn.tools)
    line.append(
      part("span", "", `${name} ${output === null ? "…" : `took ${Math.round(output - called)}`}`),
    );
  if (cut) line.append(part("span", "note", `cut by ${who(cut)}, ${seconds(cut.heard_ms)} heard`));
  const wrong = turn.faults[0]?.message ?? (turn.status === "failed" ? "failed" : "");
  if (wrong) line.append(part("span", "note", wrong));
  return line;
}

function who({ by }) {
  return by === "speech" ? "your speech" : "the client";
}

function seconds(ms) {
  return `${(ms / 1000).toFixed(1)} s`;
}
