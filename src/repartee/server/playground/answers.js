/** The agent's side of a recording: work on answers, what of it was sent, and what was heard. */
import { nameOf } from "./wire.js";

const TEXT = [
  "response.output_text.delta",
  "response.output_audio_transcript.delta",
  "response.function_call_arguments.delta",
];

/**
 * Follows every answer from the model's first word to the last sound that was played.  A client is
 * taken to play what it is given at once, and to stop when it is told that somebody speaks.
 */
export class Answers {
  constructor(formats, tracks) {
    Object.assign(this, { formats, tracks });
    this.seconds = 0; // of sound that was played
    this.works = new Map();
    this.foreseen = new Map(); // what is being said, by early replies to it
    this.drafts = new Map(); // by responses, and by the items of responses
    this.calls = new Map();
    this.returned = false; // whether a function has answered since the last response
    this.latest = null;
    this.sounding = ""; // the work that told something last
    this.until = 0; // when all sound has been played
  }

  /** What an answer that no speech asked for is an answer to. */
  kind(step) {
    if (step !== "client") return "server";
    return this.returned ? "continued" : "asked";
  }

  /** An answer to what was said so far is being prepared. */
  foresee(ref, draft) {
    this.foreseen.set(ref, draft);
  }

  /** A `Reply` is begun, wanted after all (`Proceed`), or stopped. */
  asked(what, ref, early, now) {
    if (what === "Reply") {
      this.works.set(ref, { asked: now });
      if (!early) this.#join(ref, false);
    } else if (what === "Proceed") {
      if (!this.works.has(ref)) this.works.set(ref, {});
      this.works.get(ref).proceeded = now;
      this.foreseen.delete(ref);
      this.#join(ref, true);
    } else if (this.foreseen.has(ref)) {
      this.foreseen.get(ref).dropped += 1;
      this.foreseen.delete(ref);
    }
  }

  #join(ref, early) {
    const draft = this.drafts.get(ref) ?? this.latest;
    if (!draft) return;
    Object.assign(draft, { work: this.works.get(ref), early });
    this.drafts.set(ref, draft);
    this.sounding = ref;
  }

  /** What an engine told of its work; of a call `pcm` is its sound. */
  told({ type, ref = "" }, pcm, now) {
    this.sounding = ref;
    const work = this.works.get(ref);
    if (!work) return;
    if (!this.foreseen.has(ref)) this.tracks.forget(ref);
    if (type === "Sounded" && pcm.length) {
      work.sound ??= now;
      work.sound_end = now;
      this.tracks.expect(ref, pcm);
    } else if (type === "Said" || type === "Called") {
      work.text ??= now;
      work.text_end = now;
    }
  }

  /** A response has been created, in answer to this. */
  begin(draft, response, now) {
    draft.response = response.id;
    draft.mark("created", now);
    this.drafts.set(response.id, draft);
    this.latest = draft;
    this.returned = false;
    this.formats.begin(response);
  }

  /** An event about a response; {code, message} where it tells of a fault. */
  said(event, now) {
    const kind = nameOf(event.type);
    if (kind === "response.done") return this.#done(event.response, now);
    const draft = this.drafts.get(event.response_id || event.item_id);
    if (!draft) return null;
    if (TEXT.includes(kind)) {
      draft.mark("wrote", now);
      if (!kind.includes("arguments")) draft.said += event.delta;
    }
    switch (kind) {
      case "response.output_audio.delta":
        this.#sent(draft, event, now);
        break;
      case "response.output_item.added":
        this.drafts.set(event.item.id, draft);
        break;
      case "response.output_item.done":
        if (event.item.type === "function_call") this.#called(draft, event.item, now);
        break;
      case "conversation.item.truncated":
        draft.interrupt(now, "client");
        Object.assign(draft.interruption, { heard: event.audio_end_ms, truncated: true });
        this.#hush(draft, now);
        break;
      case "output_audio_buffer.cleared":
        draft.interrupt(now, "client");
        this.#hush(draft, now);
        break;
      default:
    }
    return null;
  }

  #sent(draft, { response_id: ref, delta }, now) {
    draft.mark("sent", now);
    if (draft.kind === "aside") return; // for the program, not for the ear
    const size = (delta.length / 4) * 3 - (delta.endsWith("==") ? 2 : delta.endsWith("=") ? 1 : 0);
    const begins = this.#plays(draft, this.formats.seconds(ref, size), now);
    this.tracks.send(begins, delta, this.formats.of(ref), ref);
  }

  /** So much sound of a call goes out, of the work that was told of last. */
  play(ms, now) {
    const draft = this.drafts.get(this.sounding);
    if (!draft) return;
    draft.mark("sent", now);
    this.tracks.play(this.#plays(draft, ms / 1000, now), this.sounding);
  }

  #plays(draft, seconds, now) {
    const begins = Math.max(this.until, now);
    this.until = begins + seconds;
    this.seconds += seconds;
    draft.plays(begins, seconds);
    return begins;
  }

  /** Somebody speaks: what is still to be played never is. */
  interrupted(now) {
    for (const draft of new Set(this.drafts.values())) {
      if ((draft.at.silent ?? now) > now) {
        draft.interrupt(now, "speech");
        this.#hush(draft, now);
      }
    }
  }

  #hush(draft, now) {
    draft.hush(now);
    this.until = Math.min(this.until, now);
    this.tracks.hush(now);
  }

  #called(draft, { name, call_id: callId }, now) {
    const call = { name, callId, called: now, output: null };
    this.calls.set(callId, call);
    draft.tools.push(call);
  }

  /** The client has put in what a function gives. */
  gave(callId, now) {
    this.returned = true;
    if (this.calls.has(callId)) this.calls.get(callId).output = now;
  }

  #done(response, now) {
    const draft = this.drafts.get(response.id);
    if (!draft) return null;
    draft.mark("done", now);
    draft.status = response.status;
    draft.tokens = tokens(response.usage);
    const { reason, error } = response.status_details ?? {};
    if (draft.status === "cancelled")
      draft.interrupt(now, reason === "turn_detected" ? "speech" : "client");
    return error ?? null;
  }
}

/** What a response says it has cost. */
export function tokens(usage) {
  if (!usage) return null;
  const { input_tokens: input, input_token_details: details, output_tokens: output } = usage;
  return { input, cached: details.cached_tokens ?? 0, output };
}
