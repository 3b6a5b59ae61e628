// When a part of a page cannot be fetched or saved, say so with the error page's own words and undo the press.

import { say } from "./toast.js";

export function tellFaults() {
  document.addEventListener("htmx:responseError", (event) => {
    restore(event.detail.elt);
    if (event.detail.requestConfig.verb !== "get") say(sentenceOf(event.detail.xhr));
  });
  document.addEventListener("htmx:sendError", (event) => {
    restore(event.detail.elt);
    if (event.detail.requestConfig.verb !== "get") say("There is no connection. Nothing was saved; send it again.");
  });
}

function restore(element) {
  if (element instanceof HTMLFormElement && element.querySelector("[data-submit]")) element.reset();
}

function sentenceOf(answer) {
  const page = new DOMParser().parseFromString(answer.responseText, "text/html");
  const title = page.querySelector(".page-header__title")?.textContent.trim();
  const lead = page.querySelector(".page-header__lead")?.textContent.trim();
  return title ? `${title}. ${lead ?? ""}`.trim() : `The server answered with ${answer.status}. Nothing was saved.`;
}
