(function () {
  var agent = navigator.userAgent, app =
    /Instagram/.test(agent) ? 'instagram' :
    /FBAN|FBAV|FB_IAB/.test(agent) ? 'facebook' :
    /TikTok|musical_ly|Bytedance|trill_/.test(agent) ? 'tiktok' :
    /Snapchat|Line\/|MicroMessenger|Pinterest|LinkedInApp|Twitter|KAKAOTALK|; wv\)/.test(agent) ? 'other' : '';
  if (app) document.querySelector('[data-app=' + app + ']').hidden = false;
})();
