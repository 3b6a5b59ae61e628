// A part of a page that is fetched anew (because something in it was saved) keeps what else was typed and moved there.

let typed = [];
let moved = [];
let leaving = null; // the form that was sent and takes the browser to another page: what is in it is being saved

export function keepDrafts() {
  addEventListener("beforeunload", (event) => {
    const part = document.querySelector("[data-drafts]");
    if (part && (changed(part, leaving).length || movedLists(part, leaving).length)) event.preventDefault();
  });
  document.addEventListener("submit", (event) => {
    leaving = event.target.hasAttribute("hx-post") ? null : event.target;
  });
  document.addEventListener("htmx:beforeSwap", ({ detail }) => {
    if (!detail.target.matches?.("[data-drafts]")) return;
    const { elt } = detail.requestConfig;
    remember(detail.target, elt.form ?? elt.closest("form")); // none for a way back: everything typed stays
  });
  document.addEventListener("htmx:afterSwap", ({ target }) => {
    if (target.matches?.("[data-drafts]")) restore(); // at once: what is typed or moved a moment later would be lost
  });
  document.addEventListener("submit", (event) => {
    const part = document.querySelector("[data-drafts]");
    if (!part || !event.target.matches(".toast form[data-in-place]")) return;
    event.preventDefault();
    const values = Object.fromEntries(new FormData(event.target));
    htmx.ajax("POST", event.target.action, { source: part, target: part, values });
  });
}

function remember(part, sender) {
  typed = changed(part, sender).map(({ id, value, checked }) => ({ id, value, checked }));
  moved = movedLists(part, sender).map((list) => ({ order: list.dataset.order, rows: [...list.children].map((row) => row.id) }));
}

function changed(part, sender) {
  const fields = part.querySelectorAll("input[id]:not([type=hidden]), textarea[id], select[id]");
  return [...fields].filter((field) => field.form !== sender && isChanged(field));
}

function movedLists(part, sender) {
  const formOf = (list) => list.closest("form") ?? list.querySelector("[form]")?.form;
  return [...part.querySelectorAll("[data-moved]")].filter((list) => formOf(list) !== sender);
}

function isChanged(field) {
  if (field.type === "checkbox" || field.type === "radio") return field.checked && !field.defaultChecked;
  if (field.options) return [...field.options].some((option) => option.selected !== option.defaultSelected && option.value);
  return field.value !== field.defaultValue;
}

function restore() {
  for (const { id, value, checked } of typed) {
    const field = document.getElementById(id);
    if (!field) continue;
    if (field.type === "checkbox" || field.type === "radio") field.checked = checked;
    else field.value = value;
    field.dispatchEvent(new Event("input", { bubbles: true }));
  }
  for (const { order, rows } of moved) {
    const list = document.querySelector(`[data-order="${order}"]`);
    if (!list) continue;
    for (const id of rows) if (list.querySelector(`:scope > #${id}`)) list.append(document.getElementById(id));
    list.dataset.moved = "";
    list.dispatchEvent(new Event("input", { bubbles: true }));
  }
  typed = [];
  moved = [];
}
