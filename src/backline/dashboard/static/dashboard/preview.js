// The preview beside the editor: what is typed and chosen is posted to it and drawn by the pages' own function.
// The new drawing loads behind the old one and takes its place when it is there, so nothing flashes.

const TYPING_MS = 300;

export function previewWhileTyping() {
  let waiting = 0;
  const soon = () => {
    clearTimeout(waiting);
    waiting = setTimeout(() => document.getElementById("preview-form")?.requestSubmit(), TYPING_MS);
  };
  document.addEventListener("input", ({ target }) => {
    if (target.matches?.("[data-preview]") || target.querySelector?.("[data-preview]")) soon();
  });
  document.addEventListener("htmx:afterSettle", ({ target }) => {
    if (target.matches?.("[data-drafts]") && document.getElementById("preview-form")) soon();
  });
  document.addEventListener("submit", ({ target, submitter }) => {
    if (target.id !== "preview-form") return;
    fill(target);
    if (submitter?.formTarget !== "_blank") target.target = behind();
  });
}

function fill(form) {
  const values = form.querySelector("[data-preview-values]");
  if (form.method !== "post") return; // who may only look types nothing
  values.replaceChildren(...chosen().map(({ name, value }) => Object.assign(document.createElement("input"), { name, value })));
}

function chosen() {
  return [...document.querySelectorAll("#editor [data-preview]")].filter((field) => {
    if (field.type === "radio") return field.checked;
    return field.name !== "order" || field.closest("[data-moved]");
  });
}

// Return the name of the frame that the next drawing goes into, which shows itself when it is there.
function behind() {
  const place = document.querySelector("[data-preview-frames]");
  const [front] = place.querySelectorAll("iframe:not(.is-behind)");
  let next = place.querySelector("iframe.is-behind");
  if (!next) {
    next = front.cloneNode();
    next.removeAttribute("src");
    next.removeAttribute("loading");
    next.name = `${front.name}-behind`;
    next.classList.add("is-behind");
    place.append(next);
  }
  next.onload = () => {
    next.onload = null;
    next.contentWindow.scrollTo(0, front.contentWindow.scrollY);
    next.classList.remove("is-behind");
    front.classList.add("is-behind");
  };
  return next.name;
}
