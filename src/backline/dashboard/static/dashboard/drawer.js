// On phones the sidebar opens as a modal drawer: its content moves into the dialog and back, so it exists once.

export function openDrawer() {
  const drawer = document.querySelector("dialog.drawer");
  const content = document.querySelector("[data-drawer-content]");
  if (!drawer || !content || typeof drawer.showModal !== "function") return;
  const home = content.parentElement;

  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-drawer]")) {
      event.preventDefault();
      drawer.append(content);
      drawer.showModal();
    } else if (event.target.closest("[data-drawer-close]")) {
      event.preventDefault();
      drawer.close();
    }
  });
  drawer.addEventListener("close", () => home.append(content));
  matchMedia("(min-width: 48.01rem)").addEventListener("change", (query) => {
    if (query.matches && drawer.open) drawer.close();
  });
}
