/** A turn of which not everything is known yet; its times are those of the session's clock. */
export class Draft {
  constructor(kind = "spoken") {
    Object.assign(this, { kind, zero: 0, at: {}, work: {}, heard: null, said: "" });
    Object.assign(this, { item: null, response: null, speech: null, detection: null });
    Object.assign(this, { silence: null, early: false, dropped: 0, interruption: null });
    Object.assign(this, { judgements: [], tools: [], faults: [], played: [] });
    Object.assign(this, { status: null, tokens: null });
  }

  /** The first of its kind counts. */
  mark(name, now) {
    this.at[name] ??= now;
  }

  plays(begins, seconds) {
    this.played.push([begins, seconds]);
    this.mark("played", begins);
    this.at.silent = begins + seconds;
  }

  /** Its answer ended here; the first to end it counts. */
  interrupt(now, by) {
    if (this.interruption) return;
    const heard = this.played.reduce(
      (sum, [begins, length]) => sum + Math.min(length, Math.max(0, now - begins)),
      0,
    );
    this.interruption = { at: now, by, heard: 1000 * heard, truncated: false };
  }

  /** What is not played by now never is. */
  hush(now) {
    if (!((this.at.silent ?? now) > now)) return;
    this.at.silent = now;
    this.played = this.played
      .filter(([begins]) => begins < now)
      .map(([begins, length]) => [begins, Math.min(length, now - begins)]);
  }

  /** What is known of it, in milliseconds since its zero: as `repartee inspect --json` has it. */
  turn(number, since) {
    const ms = (now) =>
      now === null || now === undefined ? null : rounded(1000 * (now - this.zero));
    const { wrote, ...times } = { ...this.at, ...this.work };
    if (wrote !== undefined) times.sent ??= wrote; // an answer without sound
    const cut = this.interruption;
    return {
      number,
      kind: this.kind,
      begun_s: rounded(this.zero - since, 6),
      item_id: this.item,
      response_id: this.response,
      heard: this.heard,
      said: this.said,
      speech_ms: this.speech,
      detection: this.detection,
      silence_ms: this.silence,
      early: this.early,
      early_dropped: this.dropped,
      moments: Object.fromEntries(Object.entries(times).map(([name, now]) => [name, ms(now)])),
      judgements: this.judgements.map(({ asked, told, finished }) => ({
        asked: ms(asked),
        told: ms(told),
        finished,
      })),
      interruption: cut && {
        at: ms(cut.at),
        by: cut.by,
        heard_ms: rounded(cut.heard),
        truncated: cut.truncated,
      },
      tools: this.tools.map(({ name, callId, called, output }) => ({
        name,
        call_id: callId,
        called: ms(called),
        output: ms(output),
      })),
      faults: this.faults,
      status: this.status,
      tokens: this.tokens,
    };
  }
}

export function rounded(value, digits = 3) {
  return Math.round(value * 10 ** digits) / 10 ** digits;
}
