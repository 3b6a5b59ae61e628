// Forms: count the letters of a text, submit a switch at once, reveal a form, put an ordered list into order by hand.
// Everything listens on the document, because parts of a page are fetched anew and replaced.

const letters = new Intl.NumberFormat(document.documentElement.lang || "en");

function countOf(field) {
  const note = document.querySelector(`[data-count-for="${field.id}"]`);
  if (note) note.textContent = `${letters.format([...field.value].length)} of ${letters.format(field.maxLength)}`;
}

function countAll(root) {
  for (const field of root.querySelectorAll("textarea[maxlength]")) countOf(field);
}

export function countLetters() {
  document.addEventListener("input", (event) => {
    if (event.target.matches("textarea[maxlength]")) countOf(event.target);
  });
  document.addEventListener("htmx:load", (event) => countAll(event.target.parentElement ?? event.target));
  countAll(document);
}

export function submitAtOnce() {
  document.addEventListener("change", (event) => {
    if (event.target.matches("[data-submit]")) event.target.form.requestSubmit();
  });
}

export function revealForms() {
  document.addEventListener("click", (event) => {
    const opener = event.target.closest("[data-reveal]");
    const part = opener && document.getElementById(opener.dataset.reveal);
    if (!part) return;
    event.preventDefault();
    part.hidden = !part.hidden;
    opener.setAttribute("aria-expanded", String(!part.hidden));
    if (!part.hidden) part.querySelector("input:not([type=hidden])")?.focus();
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === " " && event.target.matches?.("a[data-reveal]")) {
      event.preventDefault();
      event.target.click();
    }
  });
}

export function orderByHand() {
  showGrips();
  document.addEventListener("htmx:load", showGrips);
  document.addEventListener("keydown", (event) => {
    const grip = event.target.closest?.("[data-grip]");
    if (grip && (event.key === "ArrowUp" || event.key === "ArrowDown")) moveByKey(event, grip);
  });
  document.addEventListener("pointerdown", (event) => {
    const grip = event.target.closest?.("[data-grip]");
    if (grip && event.button === 0) moveByPointer(event, grip);
  });
}

function showGrips() {
  for (const grip of document.querySelectorAll("[data-grip]")) grip.hidden = false;
}

function movable(list) {
  return [...list.children].filter((row) => !("stays" in row.dataset));
}

function tell(row) {
  const list = row.parentElement;
  const rows = movable(list);
  rows.forEach((each, index) => {
    const grip = each.querySelector("[data-grip]");
    grip.setAttribute("aria-label", `Move ${each.dataset.name}, position ${index + 1} of ${rows.length}`);
  });
  const told = document.getElementById(list.dataset.order);
  if (told) told.textContent = `${row.dataset.name}: position ${rows.indexOf(row) + 1} of ${rows.length}. Not saved yet.`;
  const fixed = list.closest("form")?.querySelector("input[name=mode][value=fixed]");
  if (fixed) fixed.checked = true;
  list.dataset.moved = "";
  list.dispatchEvent(new Event("input", { bubbles: true }));
}

function moveByKey(event, grip) {
  event.preventDefault();
  const row = grip.closest("li");
  const rows = movable(row.parentElement);
  const at = rows.indexOf(row);
  if (event.key === "ArrowUp") rows[at - 1]?.before(row);
  else rows[at + 1]?.after(row);
  grip.focus();
  tell(row);
}

function moveByPointer(event, grip) {
  event.preventDefault();
  const row = grip.closest("li");
  const list = row.parentElement;
  grip.setPointerCapture(event.pointerId);
  row.classList.add("is-lifted");
  const follow = (move) => {
    const rows = movable(list);
    const at = rows.indexOf(row);
    const over = rows.findIndex((other) => {
      const { top, bottom } = other.getBoundingClientRect();
      return move.clientY >= top && move.clientY <= bottom;
    });
    if (over < 0 || over === at) return;
    const { top, height } = rows[over].getBoundingClientRect();
    const isUpper = move.clientY < top + height / 2;
    const to = over < at ? over + (isUpper ? 0 : 1) : over - (isUpper ? 1 : 0);
    // The others move around the row: one that leaves the page, even for a moment, would lose the pointer.
    if (to < at) row.after(...rows.slice(to, at));
    else if (to > at) row.before(...rows.slice(at + 1, to + 1));
  };
  const drop = () => {
    row.classList.remove("is-lifted");
    grip.removeEventListener("pointermove", follow);
    tell(row);
  };
  grip.addEventListener("pointermove", follow);
  grip.addEventListener("pointerup", drop, { once: true });
  grip.addEventListener("pointercancel", drop, { once: true });
}
