"""What fans get: the page itself in a frame, drawn by play's own function."""

from __future__ import annotations

from uuid import UUID

from csp.decorators import csp_exempt
from django.http import HttpResponse, QueryDict
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_http_methods

from backline.dashboard.access import ArtistRequest, artist_view
from backline.links import selectors as links
from backline.links.types import LinkDraft, SubLinkFacts
from backline.play import render as play
from backline.settings import environment


@require_http_methods(["GET", "HEAD", "POST"])
@xframe_options_sameorigin
@csp_exempt()
@artist_view
def page(request: ArtistRequest, link_id: UUID) -> HttpResponse:
    """Show the page as a fan in ``?country=`` gets it: the bytes of :func:`backline.play.render.render`.

    What is being typed and chosen is posted, because it is long; nothing of it is kept. Three things differ from the
    public page, because this one stands in a frame of another host: pictures are asked of the public host, the body is
    inert, so that nothing in the preview can be pressed and counted, and the script that serves presses is left out.
    """
    document = links.preview_document(request.access, link_id=link_id, draft=_draft(request.POST))
    country = (request.POST or request.GET).get("country", "")[:2].upper()
    variant = play.variant_for(document, country=country)
    html = play.render(document, variant).decode()
    public = environment.current().play_url
    html = html.replace('src="/', f'src="{public}/').replace("<body>", "<body inert>", 1)
    html = html.replace(play.script_element(document, variant), "")
    response = HttpResponse(html, headers={"Cache-Control": "no-store"})
    response.headers["Content-Security-Policy"] = framed(play.content_security_policy(document, variant), public)
    return response


def _draft(sent: QueryDict) -> LinkDraft:
    """Return what is being typed and chosen; what the editor did not send is as it is saved."""
    columns = [sent.getlist(name) for name in ("kind", "url", "label")]
    return LinkDraft(
        title=sent.get("title"),
        description=sent.get("description"),
        theme=sent.get("theme"),
        accent=sent.get("accent"),
        service_order=tuple(sent.getlist("order")) if "order" in sent else None,
        sub_links=tuple(SubLinkFacts(*row) for row in zip(*columns, strict=False)) if "kind" in sent else None,
    )


def framed(policy: str, public_url: str) -> str:
    """Return play's policy for a page inside the dashboard: framed by us, pictures of the public host, no script."""
    directives = dict(part.strip().split(" ", 1) for part in policy.split(";") if part.strip())
    directives |= {"img-src": f"'self' {public_url}", "script-src": "'none'", "frame-ancestors": "'self'"}
    return "; ".join(f"{name} {value}" for name, value in directives.items())
