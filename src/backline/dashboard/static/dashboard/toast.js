// Toasts: one with a way back stays until it is closed; the others go by themselves, unless somebody is reading.

const READING_MS = 6000;

export function dismissToasts() {
  document.addEventListener("click", (event) => {
    event.target.closest("[data-toast-close]")?.closest(".toast").remove();
  });
  for (const toast of document.querySelectorAll(".toast")) prepare(toast);
  document.addEventListener("htmx:oobAfterSwap", (event) => {
    for (const toast of event.target.querySelectorAll?.(".toast") ?? []) {
      prepare(toast);
      for (const form of toast.querySelectorAll("form")) form.dataset.inPlace = ""; // came with a part, goes back with it
    }
  });
}

export function say(sentence) {
  const toast = document.createElement("div");
  toast.className = "toast toast--plain";
  toast.dataset.toast = "";
  const text = document.createElement("span");
  text.textContent = sentence;
  toast.append(text);
  document.querySelector(".toasts").append(toast);
  prepare(toast);
}

function prepare(toast) {
  toast.querySelector("[data-toast-close]")?.removeAttribute("hidden");
  if ("toast" in toast.dataset) leaveLater(toast);
}

function leaveLater(toast) {
  setTimeout(() => {
    if (toast.matches(":hover, :focus-within")) leaveLater(toast);
    else toast.remove();
  }, READING_MS);
}
