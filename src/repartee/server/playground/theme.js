/** Dark or light: as the system has it, until somebody chooses. */
const STORED = "repartee.theme";
const ORDER = ["system", "light", "dark"];
const SIGNS = { system: "◐", light: "☀", dark: "☾" };
const SAID = { system: "as the system has it", light: "light", dark: "dark" };

export function setUpTheme(button) {
  const system = matchMedia("(prefers-color-scheme: light)");
  let chosen = localStorage.getItem(STORED) ?? "system";

  const show = () => {
    const isLight = chosen === "system" ? system.matches : chosen === "light";
    document.documentElement.dataset.theme = isLight ? "light" : "dark";
    button.textContent = SIGNS[chosen];
    button.setAttribute("aria-label", `Theme: ${SAID[chosen]}`);
    button.title = `Theme: ${SAID[chosen]}`;
  };
  system.onchange = show;
  button.onclick = () => {
    chosen = ORDER[(ORDER.indexOf(chosen) + 1) % ORDER.length];
    localStorage.setItem(STORED, chosen);
    show();
  };
  show();
}
