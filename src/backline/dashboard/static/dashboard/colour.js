// A colour is text, which anybody can type; where script runs it can be picked as well.

export function pickColours() {
  show();
  document.addEventListener("htmx:load", show);
  document.addEventListener("input", ({ target }) => {
    if (target.matches?.("[data-colour-of]")) {
      const text = document.getElementById(target.dataset.colourOf);
      text.value = target.value;
      text.dispatchEvent(new Event("input", { bubbles: true }));
      return;
    }
    const pick = target.id && document.querySelector(`[data-colour-of="${target.id}"]`);
    if (pick && /^#[0-9a-f]{6}$/i.test(target.value)) pick.value = target.value;
  });
}

function show() {
  for (const pick of document.querySelectorAll("[data-colour-of]")) pick.hidden = false;
}
