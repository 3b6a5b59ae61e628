"""A person's own settings and what they did."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from backline.accounts import selectors, services, sign_in
from backline.core.errors import Rejected
from backline.dashboard import errors, toasts
from backline.dashboard.account.forms import PersonForm
from backline.dashboard.account.wording import in_words
from backline.dashboard.signed_in import user_id_of


@require_safe
def welcome(request: HttpRequest) -> HttpResponse:
    """Lead a newcomer on: to the invitation that waits for them, or to their first artist."""
    return redirect(sign_in.landing(user_id=user_id_of(request)))


@require_http_methods(["GET", "HEAD", "POST"])
def settings(request: HttpRequest) -> HttpResponse:
    """Show and change the person's name, language and time zone; lead to password and security."""
    person = selectors.person(user_id=user_id_of(request))
    form = PersonForm(
        request.POST if request.method == "POST" else None,
        initial={"name": person.name, "language": person.language, "timezone": person.timezone},
    )
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                services.change_person(user_id=person.id, **form.cleaned_data)
            except Rejected as error:
                errors.into_form(form, error)
            else:
                toasts.done(request, "Your settings are saved.")
                return redirect("account:settings")
    return render(request, "account_pages/settings.html", {"person": person, "form": form}, status=status)


@require_safe
def activity(request: HttpRequest) -> HttpResponse:
    """Show what the person did, newest first."""
    page = in_words(selectors.activity_of(user_id=user_id_of(request), cursor=request.GET.get("after", "")))
    return render(request, "account_pages/activity.html", {"page": page})
