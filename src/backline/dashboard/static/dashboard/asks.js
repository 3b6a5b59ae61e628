// A part of the page that asks again and again how things stand: only while it is seen, and what is open in it stays open.

let open = [];
let focused = "";
let row = "";

export function keepAsking() {
  document.addEventListener("htmx:beforeRequest", (event) => {
    if (document.hidden && event.detail.elt.matches("[data-asks]")) event.preventDefault();
  });
  document.addEventListener("htmx:configRequest", ({ detail }) => {
    const isBack = detail.triggeringEvent?.type === "visibilitychange";
    if (isBack && detail.elt.matches("[data-asks]")) detail.parameters.back = ""; // perhaps from doing what was to be done
  });
  document.addEventListener("htmx:beforeSwap", (event) => {
    const part = event.detail.target;
    if (!part.matches?.("[data-asks]")) return;
    if (isElsewhere(event.detail)) {
      event.detail.shouldSwap = false;
      location.reload(); // signed out meanwhile: the page itself leads to the sign-in
      return;
    }
    remember(part);
  });
  document.addEventListener("htmx:afterSettle", (event) => {
    if (event.target.matches?.("[data-asks]")) restore();
  });
}

function isElsewhere({ xhr, pathInfo }) {
  return xhr.responseURL !== "" && new URL(xhr.responseURL).pathname !== pathInfo.requestPath.split("?")[0];
}

function remember(part) {
  open = [...part.querySelectorAll("[data-keeps-open]:not([hidden])")].map((each) => each.id);
  const active = part.contains(document.activeElement) ? document.activeElement : null;
  focused = active?.id ?? "";
  row = active?.closest("li[id]")?.id ?? "";
}

function restore() {
  for (const id of open) {
    const part = document.getElementById(id);
    if (!part) continue;
    part.hidden = false;
    document.querySelector(`[data-reveal="${id}"]`)?.setAttribute("aria-expanded", "true");
  }
  const lost = row && document.activeElement === document.body;
  if (lost) (document.getElementById(focused) ?? document.getElementById(row))?.focus({ preventScroll: true });
  row = "";
}
