// When the browser gives no passkey, say why beside the button, and what to do.

const PROBLEMS = {
  NotAllowedError: "It was cancelled, or it took too long. Nothing has changed; try again.",
  InvalidStateError: "This device or key is added already. Use another one, or go back to the list.",
  NotSupportedError: "This device cannot do that. Try another device, or a security key.",
  ConstraintError: "This device cannot check that it is you. Set up a screen lock or a PIN on it, or use another device.",
};

document.addEventListener("allauth.error", (event) => {
  const place = document.querySelector("[data-passkey-problem]");
  if (!place) return;
  event.preventDefault();
  const name = event.detail.exception?.name ?? "";
  const text = document.createElement("p");
  text.className = "banner__text";
  text.textContent = sentenceOf(name, place.dataset.webUrl);
  const banner = document.createElement("div");
  banner.className = "banner banner--problem";
  banner.append(text);
  place.replaceChildren(banner);
});

function sentenceOf(name, webUrl) {
  if (name in PROBLEMS) return PROBLEMS[name];
  if (location.origin !== webUrl) return `Passkeys do not work at ${location.host}. Open ${webUrl} and try again there.`;
  if (!window.PublicKeyCredential) return "This browser has no passkeys. Try another browser or device.";
  return "The browser could not use a passkey here. Try again, or use your password or a code.";
}
