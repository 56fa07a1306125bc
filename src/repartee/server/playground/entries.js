/**
 * Reads the file of a recording: entries with a checksum each, one after another.  What is damaged is
 * told, and what stands behind it is read all the same.
 */
const MAGIC = "repartee recording 1\n";
export const HEAD = 21; // crc32, kind, time, length of text, length of blob; little-endian
const LONGEST_TEXT = 64 * 2 ** 20;
const LONGEST_BLOB = 256 * 2 ** 20;
const WINDOW = 8 * 2 ** 20; // bytes that are read at a time

export const KINDS = [
  ...[null, "opening", "client", "heard", "fact", "said", "asked", "left", "spent", "broken"],
];
/** Kinds that begin a step of the session. */
export const INPUTS = ["opening", "client", "heard", "fact", "left"];

export class NotARecording extends Error {}

/**
 * The entries of a Blob, in order: {kind, time, text, blob, offset}, with text and blob as bytes that
 * are good until the next one is asked for; or {damaged: bytes, offset, isTail}.
 */
export async function* entries(file) {
  const magic = new TextDecoder().decode(await file.slice(0, MAGIC.length).arrayBuffer());
  if (magic !== MAGIC) {
    const other = /^repartee recording (\d+)/.exec(magic);
    throw new NotARecording(
      other ? `has format ${other[1]}, and this page reads 1` : "is no recording",
    );
  }
  const window = new Window(file);
  let offset = MAGIC.length;
  while (offset < file.size) {
    let entry = await window.entry(offset);
    if (!entry) {
      const following = await window.search(offset + 1);
      yield { damaged: (following?.offset ?? file.size) - offset, offset, isTail: !following };
      if (!following) return;
      entry = following;
    }
    yield entry;
    offset = entry.offset + HEAD + entry.text.length + entry.blob.length;
  }
}

/** The part of a file that is being read. */
class Window {
  constructor(file) {
    this.file = file;
    this.begin = 0;
    this.bytes = new Uint8Array(0);
  }

  /** See to it that so many bytes are there, or all that the file has. */
  async #have(offset, size) {
    const end = Math.min(this.file.size, offset + size);
    if (offset >= this.begin && end <= this.begin + this.bytes.length) return;
    const part = this.file.slice(offset, Math.max(end, offset + WINDOW));
    this.bytes = new Uint8Array(await part.arrayBuffer());
    this.begin = offset;
  }

  /** The entry that begins here, if it is whole. */
  async entry(offset) {
    if (offset + HEAD > this.file.size) return null;
    await this.#have(offset, HEAD);
    const head = this.#head(offset);
    if (!head || offset + head.size > this.file.size) return null;
    await this.#have(offset, head.size);
    const start = offset - this.begin;
    const whole = this.bytes.subarray(start, start + head.size);
    if (crc32(whole.subarray(4)) !== head.check) return null;
    const text = whole.subarray(HEAD, HEAD + head.text);
    return {
      kind: head.kind,
      time: head.time,
      text,
      blob: whole.subarray(HEAD + head.text),
      offset,
    };
  }

  /** What could be the head of an entry. */
  #head(offset) {
    const view = new DataView(this.bytes.buffer, this.bytes.byteOffset + offset - this.begin, HEAD);
    const [kind, time] = [KINDS[view.getUint8(4)], view.getFloat64(5, true)];
    const [text, blob] = [view.getUint32(13, true), view.getUint32(17, true)];
    if (!kind || !Number.isFinite(time) || text > LONGEST_TEXT || blob > LONGEST_BLOB) return null;
    return { check: view.getUint32(0, true), kind, time, text, size: HEAD + text + blob };
  }

  /** The first entry that begins at `offset` or behind it. */
  async search(offset) {
    for (; offset + HEAD <= this.file.size; offset++) {
      await this.#have(offset, HEAD);
      if (KINDS[this.bytes[offset + 4 - this.begin]]) {
        const entry = await this.entry(offset);
        if (entry) return entry;
      }
    }
    return null;
  }
}

const TABLES = tables();

/** Eight tables, so that eight bytes are taken at a time. */
function tables() {
  const made = Array.from({ length: 8 }, () => new Uint32Array(256));
  for (let n = 0; n < 256; n++) {
    let value = n;
    for (let bit = 0; bit < 8; bit++) value = value & 1 ? 0xedb88320 ^ (value >>> 1) : value >>> 1;
    made[0][n] = value;
  }
  for (let n = 0; n < 256; n++)
    for (let table = 1; table < 8; table++) {
      const last = made[table - 1][n];
      made[table][n] = made[0][last & 255] ^ (last >>> 8);
    }
  return made;
}

/** CRC-32 as zlib has it. */
export function crc32(bytes) {
  const [t0, t1, t2, t3, t4, t5, t6, t7] = TABLES;
  let crc = -1;
  let n = 0;
  for (const last = bytes.length - 8; n <= last; n += 8) {
    const low =
      crc ^ (bytes[n] | (bytes[n + 1] << 8) | (bytes[n + 2] << 16) | (bytes[n + 3] << 24));
    crc =
      t7[low & 255] ^
      t6[(low >>> 8) & 255] ^
      t5[(low >>> 16) & 255] ^
      t4[low >>> 24] ^
      t3[bytes[n + 4]] ^
      t2[bytes[n + 5]] ^
      t1[bytes[n + 6]] ^
      t0[bytes[n + 7]];
  }
  for (; n < bytes.length; n++) crc = t0[(crc ^ bytes[n]) & 255] ^ (crc >>> 8);
  return ~crc >>> 0;
}
