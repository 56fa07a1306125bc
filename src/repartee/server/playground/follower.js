/**
 * Turns out of a recording's entries, as `repartee inspect --json` has them: what the client was told
 * says what became of a turn, the facts and commands between say what it waited for.
 */
import { Answers, tokens } from "./answers.js";
import { Draft, rounded } from "./draft.js";
import { INPUTS } from "./entries.js";
import { Formats, configured, nameOf } from "./wire.js";

const HYSTERESIS = 0.15; // of a gate that is open
const BYTES_PER_MS = 48; // of 24 kHz s16

export class Follower {
  /** `tracks` collects the sound of both sides. */
  constructor(tracks) {
    this.tracks = tracks;
    this.formats = new Formats();
    this.answers = new Answers(this.formats, tracks);
    this.ear = new Ear();
    this.vad = { kind: null, threshold: null, silence: null, interrupts: false };
    this.drafts = new Map(); // of what is being said, by its item
    this.listed = [];
    this.speaking = null; // the last that a recognition was opened for
    this.questions = new Map(); // whether it is over, by their refs
    this.typed = null; // the user's last words in writing
    this.step = "opening";
    this.opened = null;
    this.complete = false;
    this.note = null;
    this.faults = [];
    this.spent = { input: 0, cached: 0, output: 0 };
    this.since = this.latest = 0;
  }

  /** What is in the file next; `content` is the JSON of its text, or of what was said. */
  take(entry, content) {
    if (entry.damaged) {
      this.note = entry.isTail
        ? `the last ${entry.damaged} bytes are lost: no whole entry from byte ${entry.offset} on`
        : `${entry.damaged} bytes are damaged, from byte ${entry.offset} on`;
      return;
    }
    const { kind, time: now, blob } = entry;
    this.latest = now;
    if (INPUTS.includes(kind)) this.step = kind;
    if (kind === "opening") this.#open(content, now);
    else if (kind === "heard") this.#hear(content.speech, blob, now);
    else if (kind === "fact") this.#fact(content, blob, now);
    else if (kind === "asked") this.#asked(content, now);
    else if (kind === "said") this.#said(content, now);
    else if (kind === "left") this.complete = true;
    else if (kind === "broken") this.note = content.reason;
  }

  /** What they came to. */
  inspection() {
    const { opened } = this;
    if (!opened) throw new Error("does not say how its session began");
    const engines = Object.entries(opened.engines).map(([role, { engine, model }]) => [
      role,
      model ? `${engine} (${model})` : engine,
    ]);
    return {
      version: opened.repartee,
      began: opened.began,
      session: opened.session,
      model: opened.model,
      dialect: opened.dialect,
      transport: opened.transport,
      engines: Object.fromEntries(engines),
      duration_s: this.#at(this.latest),
      user_s: rounded(this.ear.ms / 1000, 6),
      agent_s: rounded(this.answers.seconds, 6),
      complete: this.complete,
      note: this.note,
      turns: this.listed.map((draft, n) => draft.turn(n + 1, this.since)),
      faults: this.faults,
      tokens: this.spent,
    };
  }

  #open(opened, now) {
    this.opened = opened;
    this.since = this.tracks.since = now;
  }

  #hear(speech, pcm, now) {
    this.ear.hear(now, pcm.length, speech);
    this.tracks.hear(now, pcm, speech);
  }

  // What the engines told

  #fact(fact, pcm, now) {
    const draft = this.drafts.get(fact.ref);
    if (fact.type === "Transcribed" && draft) recognized(draft, fact, now);
    else if (fact.type === "Judged" && this.questions.has(fact.ref)) {
      Object.assign(this.questions.get(fact.ref), { told: now, finished: fact.finished });
      this.questions.delete(fact.ref);
    } else if (fact.type === "Failed" && draft)
      draft.faults.push(this.#fault(fact.code, fact.message, now));
    else this.answers.told(fact, pcm, now);
  }

  // What the engines were asked

  #asked({ name, ref, early, ms }, now) {
    if (name === "Transcribe") this.speaking = this.#draft(ref);
    else if (name === "Judge" && this.speaking) {
      const judgement = { asked: now, told: null, finished: null };
      this.questions.set(ref, judgement);
      this.speaking.judgements.push(judgement);
    } else if (name === "Stop" && this.drafts.has(ref)) {
      const draft = this.drafts.get(ref);
      if (draft.at.guessed !== undefined) draft.mark("transcribed", now); // nothing more to come
    } else if (["Reply", "Proceed", "Stop"].includes(name)) {
      this.answers.asked(name, ref, Boolean(early), now);
      if (early && this.speaking) this.answers.foresee(ref, this.speaking);
    } else if (name === "Play") this.answers.play(ms, now);
  }

  // What the client was told

  #said(event, now) {
    switch (nameOf(event.type)) {
      case "session.created":
      case "session.updated":
        this.vad = configured(event.session, this.formats);
        this.ear.threshold = this.vad.threshold;
        break;
      case "input_audio_buffer.speech_started":
        this.#begin(this.#draft(event.item_id), now);
        break;
      case "input_audio_buffer.speech_stopped":
        this.#stop(this.#draft(event.item_id), now);
        break;
      case "input_audio_buffer.committed":
        this.#commit(this.#draft(event.item_id), now);
        break;
      case "input_audio_buffer.cleared":
        this.ear.over();
        break;
      case "conversation.item.added":
        this.#added(event.item, now);
        break;
      case "conversation.item.input_audio_transcription.completed":
        this.#draft(event.item_id).mark("transcribed", now);
        this.#draft(event.item_id).heard = event.transcript;
        break;
      case "conversation.item.input_audio_transcription.failed":
        this.#draft(event.item_id).status = "unheard";
        this.#complain(event.error, now);
        break;
      case "response.created":
        this.#create(event.response, now);
        break;
      case "error":
        this.#complain({ ...event.error, code: event.error.code ?? event.error.type }, now);
        break;
      default:
        this.#answered(event, now);
    }
  }

  #answered(event, now) {
    const fault = this.answers.said(event, now);
    if (fault) this.#complain(fault, now);
    const spent = event.type === "response.done" && tokens(event.response.usage);
    for (const name of Object.keys(spent || {})) this.spent[name] += spent[name];
  }

  /** Of what is said, or was, under this item. */
  #draft(item) {
    if (!this.drafts.has(item)) this.drafts.set(item, Object.assign(new Draft(), { item }));
    return this.drafts.get(item);
  }

  #begin(draft, now) {
    this.ear.announced = true;
    draft.mark("began", this.ear.began?.now ?? now);
    if (this.vad.interrupts) this.answers.interrupted(now);
  }

  #stop(draft, now) {
    const { began, ended } = this.ear;
    draft.zero = ended?.now ?? now;
    draft.mark("stopped", now);
    draft.detection = this.vad.kind;
    draft.silence = this.vad.silence;
    if (began && ended) draft.speech = [began.ms, ended.ms];
  }

  #commit(draft, now) {
    if (draft.at.stopped === undefined) {
      draft.kind = this.step === "client" ? "pushed" : "idle";
      draft.zero = now;
      delete draft.at.began;
    }
    draft.mark("committed", now);
    this.#list(draft);
    this.ear.over();
  }

  #list(draft) {
    this.listed.push(draft);
    this.typed = null;
  }

  #added(item, now) {
    if (item.type === "function_call_output") this.answers.gave(item.call_id, now);
    else if (item.type === "message" && item.role === "user") {
      const written = item.content.map(({ text }) => text).filter(Boolean);
      this.typed = written.join(" ") || this.typed;
    }
  }

  #create(response, now) {
    const isAside = response.conversation_id === null;
    let draft = this.listed.at(-1);
    if (!draft || draft.response || isAside) {
      draft = new Draft(isAside ? "aside" : this.answers.kind(this.step));
      Object.assign(draft, { zero: now, heard: this.typed });
      this.#list(draft);
    }
    this.answers.begin(draft, response, now);
  }

  #complain({ code, message }, now) {
    this.faults.push(this.#fault(code, message, now));
  }

  #fault(code, message, now) {
    return { at_s: this.#at(now), code, message, turn: this.listed.length || null };
  }

  #at(now) {
    return rounded(now - this.since, 6);
  }
}

/** Where speech is in the user's sound: `began` and `ended` are {now, ms}. */
class Ear {
  constructor() {
    Object.assign(this, { began: null, ended: null, threshold: null, announced: false });
    this.open = false;
    this.ms = 0;
  }

  hear(now, size, speech) {
    const begin = this.ms;
    this.ms += size / BYTES_PER_MS;
    if (speech === null || this.threshold === null) return;
    const wasOpen = this.open;
    const low = Math.min(this.threshold, Math.max(this.threshold - HYSTERESIS, 0.01));
    this.open = speech >= (wasOpen ? low : this.threshold);
    if (!this.open) return;
    this.ended = { now, ms: this.ms };
    if (!wasOpen && !this.announced) this.began = { now, ms: begin };
  }

  /** The turn is over: committed, cleared, or of no account. */
  over() {
    this.announced = this.open = false;
  }
}

function recognized(draft, { text, final, complete }, now) {
  if (final) draft.mark("transcribed", now);
  else if (complete) draft.at.guessed = now;
  else if (text) draft.mark("partial", now);
  if (text) draft.heard = text;
}
