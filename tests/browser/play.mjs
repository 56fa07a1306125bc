// Plays one scene in a browser, and tells what was witnessed there, as one value of JSON.
//
//   node play.mjs SCRIPT SCENE '{"url": BASE_URL, "executable": CHROMIUM, "microphone": WAV, ...}'
import { opened } from "./stage.mjs";

const [script, scene, given] = process.argv.slice(2);
const stage = JSON.parse(given);
const { scenes } = await import(`./${script}.mjs`);
const { browser, page, faults } = await opened(stage);
try {
  const told = await scenes[scene](page, stage);
  process.stdout.write(JSON.stringify({ ...told, ...faults }));
} catch (error) {
  const shown = await page.evaluate(() => [
    document.body.innerText,
    JSON.stringify(window.witness.types),
  ]);
  throw new Error(`${error.stack}\n${faults.complaints.join("\n")}\n${shown.join("\n")}`);
} finally {
  await browser.close();
}
