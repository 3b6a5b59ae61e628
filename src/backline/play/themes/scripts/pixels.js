(function () {
  var ids = document.querySelector('.choices').dataset, tell = [];
  // What these scripts would keep here is not taken: the server sets the few cookies there are, each with its own end.
  var cookie = Object.getOwnPropertyDescriptor(Document.prototype, 'cookie');
  Object.defineProperty(document, 'cookie', { get: function () { return cookie.get.call(document); }, set: function () {} });
  function load(url) {
    var script = document.createElement('script');
    script.async = true;
    script.src = url;
    document.head.append(script);
  }
  function meta(id) {
    var fbq = window.fbq = window._fbq = function () {
      fbq.callMethod ? fbq.callMethod.apply(fbq, arguments) : fbq.queue.push(arguments);
    };
    fbq.push = fbq;
    fbq.loaded = true;
    fbq.version = '2.0';
    fbq.queue = [];
    load('https://connect.facebook.net/en_US/fbevents.js');
    fbq('set', 'autoConfig', false, id);
    fbq('init', id);
    fbq('track', 'PageView');
    tell.push(function (service) { fbq('trackCustom', 'ServiceClick', { service: service }); });
  }
  function tiktok(id) {
    var ttq = window.ttq = [], url = 'https://analytics.tiktok.com/i18n/pixel/events.js';
    function later(list) {
      ['page', 'track', 'identify', 'instances', 'debug', 'on', 'off', 'once', 'ready', 'alias', 'group', 'enableCookie', 'disableCookie', 'holdConsent', 'revokeConsent', 'grantConsent'].forEach(function (name) {
        list[name] = function () { list.push([name].concat([].slice.call(arguments))); };
      });
      return list;
    }
    window.TiktokAnalyticsObject = 'ttq';
    later(ttq);
    ttq.instance = function (name) { return later(ttq._i[name] || []); };
    ttq._i = {};
    ttq._i[id] = [];
    ttq._i[id]._u = url;
    ttq._t = {};
    ttq._t[id] = Date.now();
    ttq._o = {};
    ttq._o[id] = {};
    load(url + '?sdkid=' + id + '&lib=ttq');
    ttq.page();
    tell.push(function (service) { ttq.track('ClickButton', { content_name: service }); });
  }
  function google(id) {
    window.dataLayer = [];
    function gtag() { window.dataLayer.push(arguments); }
    gtag('consent', 'default', { ad_storage: 'granted', ad_user_data: 'granted', ad_personalization: 'granted' });
    gtag('js', new Date());
    gtag('config', id, { transport_type: 'beacon' });
    load('https://www.googletagmanager.com/gtag/js?id=' + id);
    tell.push(function (service) { gtag('event', 'service_click', { send_to: id, service: service, transport_type: 'beacon' }); });
  }
  function start() {
    ids.meta && meta(ids.meta);
    ids.tiktok && tiktok(ids.tiktok);
    ids.google_ads && google(ids.google_ads);
    document.addEventListener('click', function (event) {
      var service = event.target.closest && event.target.closest('a[href*="/go/"]');
      service && tell.forEach(function (say) { say(service.pathname.split('/go/')[1]); });
    });
  }
  document.prerendering ? document.addEventListener('prerenderingchange', start, { once: true }) : start();
})();
