// A link with data-copy puts its address on the clipboard and says so; without script it leads there.

import { say } from "./toast.js";

export function copyAddresses() {
  document.addEventListener("click", async (event) => {
    const link = event.target.closest("a[data-copy]");
    if (!link || !navigator.clipboard) return;
    event.preventDefault();
    try {
      await navigator.clipboard.writeText(link.href);
      say(`Copied ${link.href.replace(/^https?:\/\//, "")}`);
    } catch {
      say("The browser did not allow copying. Open the page and copy its address there.");
    }
  });
}
