// A part of a page that is fetched anew (because something in it was saved) keeps what else was typed and moved there.

let typed = [];
let moved = [];

export function keepDrafts() {
  document.addEventListener("htmx:beforeSwap", ({ detail }) => {
    if (!detail.target.matches?.("[data-drafts]")) return;
    const { elt } = detail.requestConfig;
    remember(detail.target, elt.form ?? elt.closest("form")); // none for a way back: everything typed stays
  });
  document.addEventListener("htmx:afterSettle", ({ target }) => {
    if (target.matches?.("[data-drafts]")) restore();
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
  const fields = part.querySelectorAll("input[id]:not([type=hidden]), textarea[id], select[id]");
  typed = [...fields]
    .filter((field) => field.form !== sender && isChanged(field))
    .map(({ id, value, checked }) => ({ id, value, checked }));
  moved = [...part.querySelectorAll("[data-moved]")]
    .filter((list) => list.closest("form") !== sender && list.querySelector("[form]")?.form !== sender)
    .map((list) => ({ order: list.dataset.order, rows: [...list.children].map((row) => row.id) }));
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
