/** Reading and writing a session's configuration by paths such as `audio.output.voice`. */
import { WHOLES } from "./fields.js";

export function read(object, path) {
  return path.split(".").reduce((part, name) => part?.[name], object);
}

export function write(object, path, value) {
  const names = path.split(".");
  const last = names.pop();
  let part = object;
  for (const [place, name] of names.entries()) {
    part[name] ??= /^\d+$/.test(names[place + 1] ?? last) ? [] : {};
    part = part[name];
  }
  part[last] = value;
}

/**
 * What has to be said for `session` to become as `wanted` is ({path: value}); null where nothing has.
 * Objects that can be switched off are said whole, or as null.
 */
export function update(session, wanted) {
  const said = {};
  for (const [path, value] of Object.entries(wanted)) {
    if (!wholeOf(path) && !same(read(session, path), value)) write(said, path, value);
  }
  for (const [whole, name] of Object.entries(WHOLES)) {
    const members = membersOf(whole, wanted);
    const value = members[name] ? members : null;
    if (!covers(read(session, whole), value)) write(said, whole, value);
  }
  return Object.keys(said).length ? { type: "realtime", ...said } : null;
}

/** One object with what the other says, as `session.update` is understood. */
export function merged(one, other) {
  const whole = { ...one };
  for (const [name, value] of Object.entries(other)) {
    const isPart = isObject(value) && isObject(whole[name]) && !("type" in value);
    whole[name] = isPart ? merged(whole[name], value) : value;
  }
  return whole;
}

function membersOf(whole, wanted) {
  const entries = Object.entries(wanted).filter(([path]) => path.startsWith(`${whole}.`));
  return Object.fromEntries(entries.map(([path, value]) => [path.slice(whole.length + 1), value]));
}

function wholeOf(path) {
  return Object.keys(WHOLES).find((whole) => path.startsWith(`${whole}.`));
}

/** Whether what is there says already all that is wanted. */
function covers(there, wanted) {
  if (!wanted || !there) return !wanted === !there;
  return Object.entries(wanted).every(([name, value]) => same(there[name] ?? null, value ?? null));
}

function same(one, other) {
  return JSON.stringify(one) === JSON.stringify(other);
}

function isObject(value) {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
