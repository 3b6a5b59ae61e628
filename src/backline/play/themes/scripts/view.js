(function () {
  function viewed() {
    navigator.sendBeacon && navigator.sendBeacon('/e', JSON.stringify({ kind: 'view', path: location.pathname, referrer: document.referrer }));
  }
  document.prerendering ? document.addEventListener('prerenderingchange', viewed, { once: true }) : viewed();
})();
