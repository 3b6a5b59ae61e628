(function () {
  var link = document.getElementById('video');
  link.addEventListener('click', function (event) {
    if (event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
    event.preventDefault();
    var box = document.createElement('div'), film = document.createElement('iframe'), still = link.querySelector('img');
    box.className = 'video';
    film.src = 'https://www.youtube-nocookie.com/embed/' + link.dataset.film + '?autoplay=1&playsinline=1&rel=0';
    film.title = link.querySelector('bdi').textContent;
    film.allow = 'autoplay; encrypted-media; fullscreen; picture-in-picture';
    if (still) still.remove();
    link.querySelector('strong').remove();
    box.append(film, link.querySelector('span'));
    link.replaceWith(box);
    film.focus();
    navigator.sendBeacon && navigator.sendBeacon('/e', JSON.stringify({ kind: 'video_play', path: location.pathname }));
  });
})();
