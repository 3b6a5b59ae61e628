(function () {
  var box = document.querySelector('.share'), field = document.getElementById('url'), button = document.getElementById('copy');
  if (!box) return;
  function shared() {
    navigator.sendBeacon && navigator.sendBeacon('/e', JSON.stringify({ kind: 'share', path: location.pathname }));
  }
  if (navigator.clipboard) {
    button.hidden = false;
    button.addEventListener('click', function () {
      navigator.clipboard.writeText(field.value).then(function () {
        button.textContent = button.dataset.done;
        shared();
      }, function () { field.select(); });
    });
  }
  field.addEventListener('focus', function () { field.select(); });
  if (navigator.share && matchMedia('(pointer: coarse)').matches) box.querySelector('summary').addEventListener('click', function (event) {
    event.preventDefault();
    navigator.share({ title: document.title, url: field.value }).then(shared, function (error) {
      if (error.name !== 'AbortError') box.open = true;
    });
  });
})();
