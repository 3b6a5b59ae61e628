// Forms: count the letters of a text, submit a switch at once, put an ordered list into order by hand.

export function countLetters() {
  const letters = new Intl.NumberFormat(document.documentElement.lang || "en");
  for (const field of document.querySelectorAll("textarea[maxlength]")) {
    const note = document.querySelector(`[data-count-for="${field.id}"]`);
    if (!note) continue;
    const show = () => {
      note.textContent = `${letters.format([...field.value].length)} of ${letters.format(field.maxLength)}`;
    };
    field.addEventListener("input", show);
    show();
  }
}

export function submitAtOnce() {
  for (const extra of document.querySelectorAll("[data-without-script]")) extra.hidden = true;
  document.addEventListener("change", (event) => {
    if (event.target.matches("[data-submit]")) event.target.form.requestSubmit();
  });
}

export function orderByHand() {
  for (const list of document.querySelectorAll("[data-order]")) {
    const told = document.getElementById(list.dataset.order);
    for (const grip of list.querySelectorAll("[data-grip]")) {
      grip.hidden = false;
      grip.addEventListener("keydown", (event) => moveByKey(event, list, told));
      grip.addEventListener("pointerdown", (event) => moveByPointer(event, list, told));
    }
  }
}

function rowsOf(list) {
  return [...list.children];
}

function tell(list, row, told) {
  const rows = rowsOf(list);
  rows.forEach((each, index) => {
    const grip = each.querySelector("[data-grip]");
    grip.setAttribute("aria-label", `Move ${each.dataset.name}, position ${index + 1} of ${rows.length}`);
  });
  if (told) told.textContent = `${row.dataset.name}: position ${rows.indexOf(row) + 1} of ${rows.length}. Not saved yet.`;
}

function moveByKey(event, list, told) {
  if (event.key !== "ArrowUp" && event.key !== "ArrowDown") return;
  event.preventDefault();
  const row = event.target.closest("li");
  if (event.key === "ArrowUp" && row.previousElementSibling) row.previousElementSibling.before(row);
  if (event.key === "ArrowDown" && row.nextElementSibling) row.nextElementSibling.after(row);
  event.target.focus();
  tell(list, row, told);
}

function moveByPointer(event, list, told) {
  if (event.button !== 0) return;
  event.preventDefault();
  const grip = event.currentTarget;
  const row = grip.closest("li");
  grip.setPointerCapture(event.pointerId);
  row.classList.add("is-lifted");
  const follow = (move) => {
    const over = document.elementFromPoint(row.getBoundingClientRect().left + 8, move.clientY)?.closest("li");
    if (!over || over === row || over.parentElement !== list) return;
    const middle = over.getBoundingClientRect().top + over.offsetHeight / 2;
    if (move.clientY < middle) over.before(row);
    else over.after(row);
  };
  const drop = () => {
    row.classList.remove("is-lifted");
    grip.removeEventListener("pointermove", follow);
    tell(list, row, told);
  };
  grip.addEventListener("pointermove", follow);
  grip.addEventListener("pointerup", drop, { once: true });
  grip.addEventListener("pointercancel", drop, { once: true });
}
