// A link with data-copy puts its address on the clipboard and says so; without script it leads there.
// A button with data-copy does so with the field of that id; without script it is not there.

import { say } from "./toast.js";

export function copyAddresses() {
  for (const button of document.querySelectorAll("button[data-copy]")) button.hidden = !navigator.clipboard;
  document.addEventListener("click", async (event) => {
    const source = event.target.closest("[data-copy]");
    if (!source || !navigator.clipboard) return;
    event.preventDefault();
    const field = document.getElementById(source.dataset.copy);
    try {
      await navigator.clipboard.writeText(field ? field.value : source.href);
      say(field ? "Copied the code" : `Copied ${source.href.replace(/^https?:\/\//, "")}`);
    } catch {
      field?.select();
      say(field ? "The browser did not allow copying. The code is selected: copy it from there." : "The browser did not allow copying. Open the page and copy its address there.");
    }
  });
}
