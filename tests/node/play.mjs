// Plays one scene with a stock client against a server, and tells what the client's user witnessed.
//
//   node play.mjs CLIENT VARIANT SCENE BASE_URL < SOUND
//
// CLIENT is a file beside this one, VARIANT one of the ways in which that client is used.  SOUND
// is what the user says: s16 samples at 24 kHz.  The witness goes to stdout, as one value of JSON.
import { buffer } from "node:stream/consumers";
import { fail } from "./stage.mjs";

const PATIENCE_MS = 30_000;

const [client, variant, scene, baseURL] = process.argv.slice(2);
const tooLong = setTimeout(() => fail("the scene takes too long"), PATIENCE_MS);
const { scenes } = await import(`./${client}.mjs`);
const witness = await scenes(variant, baseURL)[scene](await buffer(process.stdin));
clearTimeout(tooLong);
process.stdout.write(JSON.stringify(witness));
