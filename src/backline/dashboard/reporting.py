"""The public form that says what is wrong with a page. Pages lead to it from their foot; nobody needs an account."""

from __future__ import annotations

from allauth.core.internal import ratelimit
from django import forms
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from backline.core.errors import Rejected
from backline.dashboard.smart_links.forms import PlainForm
from backline.links import services
from backline.links.types import ReportReason
from backline.settings import environment

RATE = "10/h/ip"
_ACTION = "report_page"
_TOO_OFTEN = (
    "Many reports came from your connection within an hour, so this one is not sent yet. Try again later; what you "
    "wrote is below."
)


class ReportForm(PlainForm):
    """What somebody says is wrong with a page. ``website`` is seen by programs alone: people leave it empty."""

    page = forms.CharField(label="Address of the page", max_length=500, required=False)
    reason = forms.ChoiceField(label="What is wrong?", choices=[("", "Choose"), *ReportReason.choices], required=False)
    details = forms.CharField(
        label="What should we know?",
        required=False,
        widget=forms.Textarea(attrs={"rows": 5, "dir": "auto"}),
        help_text="Up to 1000 characters. If it is about rights, say whose they are.",
    )
    email = forms.CharField(
        label="Your e-mail address, if you want an answer",
        required=False,
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
        help_text="Only the operator sees it. It is deleted 180 days after the report is settled.",
    )
    website = forms.CharField(required=False, widget=forms.TextInput(attrs={"tabindex": "-1"}))


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def report_page(request: HttpRequest) -> HttpResponse:
    """Show the form, and take what it says."""
    if request.method != "POST":
        page = request.GET.get("page", "").strip("/")
        return _show(request, ReportForm(initial={"page": f"{environment.current().play_url}/{page}" if page else ""}))
    form = ReportForm(request.POST)
    if not form.is_valid():
        return _show(request, form, status=422)
    if form.cleaned_data["website"]:
        return _thanks()
    if ratelimit.consume(request, app="reporting", action=_ACTION, config={_ACTION: RATE}) is None:
        form.add_error(None, _TOO_OFTEN)
        return _show(request, form, status=429)
    typed = form.cleaned_data
    try:
        services.report_page(page=typed["page"], reason=typed["reason"], details=typed["details"], email=typed["email"])
    except Rejected as refused:
        for field, sentence in refused.field_errors.items():
            form.add_error(field, sentence)
        return _show(request, form, status=422)
    return _thanks()


def _thanks() -> HttpResponse:
    return HttpResponseRedirect(f"{reverse('dashboard:report_page')}?sent=1")


def _show(request: HttpRequest, form: ReportForm, *, status: int = 200) -> HttpResponse:
    context = {
        "form": form,
        "is_sent": request.method != "POST" and "sent" in request.GET,
        "contact": environment.current().contact_email,
    }
    response = render(request, "dashboard/report_page.html", context, status=status)
    response.headers["Cache-Control"] = "private, no-store"
    return response
