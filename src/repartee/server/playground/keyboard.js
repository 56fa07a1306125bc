/** Shortcuts, the list of them, and the arrow keys of the tabs. */
const WRITING = "input:not([type=checkbox], [type=radio]), textarea, select";

/** `shortcuts` are [{keys, said, press}]; keys as in "Control+M", or a single one. */
export function setUpKeyboard(shortcuts, { dialog, list, button }) {
  for (const { keys, said } of shortcuts) {
    const term = document.createElement("dt");
    term.append(
      ...keys
        .split("+")
        .map((key) => Object.assign(document.createElement("kbd"), { textContent: key })),
    );
    list.append(term, Object.assign(document.createElement("dd"), { textContent: said }));
  }
  button.onclick = () => dialog.showModal();
  addEventListener("keydown", (pressed) => {
    if (dialog.open || pressed.repeat) return;
    const name = nameOf(pressed);
    const found = shortcuts.find(({ keys }) => keys.toLowerCase() === name);
    // A plain letter belongs to whoever is writing.
    if (
      !found?.press ||
      (!name.includes("+") && name !== "escape" && pressed.target.matches(WRITING))
    )
      return;
    pressed.preventDefault();
    found.press();
  });
}

/** Tabs as the ARIA practices have them: one in the tab order, arrows between them. */
export function setUpTabs(tabs) {
  const select = (chosen) => {
    for (const tab of tabs) {
      const isChosen = tab === chosen;
      tab.setAttribute("aria-selected", isChosen);
      tab.tabIndex = isChosen ? 0 : -1;
      document.getElementById(tab.getAttribute("aria-controls")).hidden = !isChosen;
    }
  };
  for (const [place, tab] of tabs.entries()) {
    tab.onclick = () => select(tab);
    tab.onkeydown = ({ key }) => {
      const step = { ArrowRight: 1, ArrowLeft: -1 }[key];
      if (!step) return;
      const next = tabs[(place + step + tabs.length) % tabs.length];
      select(next);
      next.focus();
    };
  }
}

function nameOf({ key, ctrlKey, metaKey }) {
  return `${ctrlKey || metaKey ? "control+" : ""}${key.toLowerCase()}`;
}
