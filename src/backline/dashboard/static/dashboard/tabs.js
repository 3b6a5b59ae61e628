// The tabs of a long page are links to its parts; the one that was chosen last is marked.

export function markTabs() {
  addEventListener("hashchange", mark);
  document.addEventListener("htmx:load", mark);
  mark();
}

function mark() {
  const tabs = [...document.querySelectorAll(".tabs a[href^='#']")];
  const chosen = tabs.find((tab) => tab.hash === location.hash) ?? tabs[0];
  for (const tab of tabs) {
    if (tab === chosen) tab.setAttribute("aria-current", "true");
    else tab.removeAttribute("aria-current");
  }
}
