"""The control plane: clock, faults, limits, changes, the request log. JSON for tests, a page with forms for people."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from backline.sandbox import changes, control_page, pages
from backline.sandbox.answers import as_object, body_of, form_of, json
from backline.sandbox.catalogue import Release
from backline.sandbox.faults import Fault, FaultKind
from backline.sandbox.provider import Provider
from backline.sandbox.world import RequestRecord, World

_Values = dict[str, Any]
_FORM = "application/x-www-form-urlencoded"


class Control:
    """The control plane's routes."""

    def __init__(self, world: World, providers: Sequence[Provider]) -> None:
        self._world = world
        self._providers = providers

    @property
    def routes(self) -> list[BaseRoute]:
        """Everything under ``/control`` and the page at ``/``."""
        return [
            Route("/", self.page),
            Route("/control/state", self.state),
            Route("/control/clock", self.clock),
            Route("/control/clock/advance", self._write(self.advance), methods=["POST"]),
            Route("/control/clock/reset", self._write(self.reset_clock), methods=["POST"]),
            Route("/control/faults", self.faults, methods=["GET"]),
            Route("/control/faults", self._write(self.add_fault), methods=["POST"]),
            Route("/control/faults", self._write(self.remove_faults), methods=["DELETE"]),
            Route("/control/faults/clear", self._write(self.remove_faults), methods=["POST"]),
            Route("/control/limits", self._write(self.set_modes), methods=["POST"]),
            Route("/control/requests", self.requests),
            Route("/control/releases", self._write(self.change_release), methods=["POST"]),
            Route("/control/artists/remove", self._write(self.remove_artist), methods=["POST"]),
            Route("/control/reset", self._write(self.reset), methods=["POST"]),
        ]

    async def page(self, request: Request) -> Response:
        """The page for people."""
        return pages.html(control_page.render(self._world, self._providers, request.query_params.get("problem", "")))

    async def state(self, request: Request) -> Response:
        """``GET /control/state``: services, clock, modes and counts."""
        del request
        catalogue = self._world.catalogue
        return json(
            {
                "providers": [{"key": one.key, "name": one.name, "prefix": one.prefix} for one in self._providers],
                "clock": self._clock(),
                "modes": self._modes(),
                "faults": [_fault(fault) for fault in self._world.faults.all],
                "artists": len(catalogue.artists),
                "releases": len(catalogue.releases),
                "tracks": len(catalogue.tracks),
                "mails": len(self._world.mailbox),
            }
        )

    async def clock(self, request: Request) -> Response:
        """``GET /control/clock``: the virtual instant and how far it is ahead, in seconds."""
        del request
        return json(self._clock())

    def advance(self, values: _Values) -> tuple[object, int]:
        """``POST /control/clock/advance`` with any of days, hours, minutes and seconds."""
        by = timedelta(
            days=_number(values, "days", 0),
            hours=_number(values, "hours", 0),
            minutes=_number(values, "minutes", 0),
            seconds=_number(values, "seconds", 0),
        )
        self._world.clock.advance(by)
        return self._clock(), 200

    def reset_clock(self, values: _Values) -> tuple[object, int]:
        """``POST /control/clock/reset``."""
        del values
        self._world.clock.reset()
        return self._clock(), 200

    async def faults(self, request: Request) -> Response:
        """``GET /control/faults``."""
        del request
        return json({"faults": [_fault(fault) for fault in self._world.faults.all]})

    def add_fault(self, values: _Values) -> tuple[object, int]:
        """``POST /control/faults`` with provider, kind, and optionally route, times, share, seconds and seed."""
        provider = str(values.get("provider", ""))
        if provider != "*" and provider not in {one.key for one in self._providers}:
            known = ", ".join(one.key for one in self._providers)
            raise ValueError(f"provider must be one of {known}, or * for all.")
        try:
            kind = FaultKind(str(values.get("kind", "")))
        except ValueError:
            raise ValueError(f"kind must be one of {', '.join(FaultKind)}.") from None
        times = values.get("times")
        share = _number(values, "percent", 100) / 100 if "percent" in values else _number(values, "share", 1)
        fault = self._world.faults.switch_on(
            provider=provider,
            kind=kind,
            route=str(values.get("route", "")).strip(),
            times=None if times in (None, "") else int(_number(values, "times", 1)),
            share=share,
            seconds=_number(values, "seconds", 1),
            seed=int(_number(values, "seed", 0)),
        )
        return _fault(fault), 201

    def remove_faults(self, values: _Values) -> tuple[object, int]:
        """``DELETE /control/faults``: one with ``id``, else all."""
        fault_id = int(_number(values, "id", 0)) or None
        return {"removed": self._world.faults.switch_off(fault_id)}, 200

    def set_modes(self, values: _Values) -> tuple[object, int]:
        """``POST /control/limits``: any of limits, spotify, spotify_requests_per_window, quota_exceeded and odesli."""
        modes = self._world.modes
        limits = _one_of(values, "limits", ("off", "real"), modes.limits)
        spotify = _one_of(values, "spotify", ("development", "extended"), modes.spotify)
        odesli = _one_of(values, "odesli", ("open", "keyed"), modes.odesli)
        window = int(_number(values, "spotify_requests_per_window", modes.spotify_requests_per_window))
        if not 1 <= window <= 1_000_000:
            raise ValueError("spotify_requests_per_window must be from 1 to 1,000,000.")
        if "quota_exceeded" in values:
            modes.is_spotify_quota_exceeded = values["quota_exceeded"] in (True, "true", "on", "1")
        modes.limits = limits  # type: ignore[assignment]
        modes.spotify = spotify  # type: ignore[assignment]
        modes.odesli = odesli  # type: ignore[assignment]
        modes.spotify_requests_per_window = window
        return self._modes(), 200

    async def requests(self, request: Request) -> Response:
        """``GET /control/requests``: the last 200, newest first, of one ``provider`` or all; and counts."""
        wanted = request.query_params.get("provider", "")
        records = [_record(one) for one in reversed(self._world.journal.records) if wanted in ("", one.provider)]
        return json({"requests": records, "counts": self._world.journal.counts})

    def change_release(self, values: _Values) -> tuple[object, int]:
        """``POST /control/releases``: action ``appear``, ``takedown`` or ``rename``."""
        action = values.get("action")
        release_id, title = str(values.get("release_id", "")).strip(), str(values.get("title", "")).strip()
        if action == "appear":
            release = changes.appear(
                self._world,
                artist_id=str(values.get("artist_id", "")).strip(),
                title=title,
                true_type=str(values.get("type") or "single"),
                tracks=int(_number(values, "tracks", 1)),
                released=str(values.get("released", "")),
            )
            return _release(release), 201
        if action == "takedown":
            return _release(changes.take_down(self._world, release_id=release_id)), 200
        if action == "rename":
            return _release(changes.rename(self._world, release_id=release_id, title=title)), 200
        raise ValueError("action must be appear, takedown or rename.")

    def remove_artist(self, values: _Values) -> tuple[object, int]:
        """``POST /control/artists/remove``: ``artist_id`` is gone from every service."""
        artist = changes.remove_artist(self._world, artist_id=str(values.get("artist_id", "")).strip())
        return {"id": artist.id, "name": artist.name}, 200

    def reset(self, values: _Values) -> tuple[object, int]:
        """``POST /control/reset``: everything as it was at the start, mail thrown away, tokens forgotten."""
        del values
        self._world.reset()
        for provider in self._providers:
            provider.clear()
        return {"reset": True}, 200

    def _write(self, change: Callable[[_Values], tuple[object, int]]) -> Callable[[Request], Awaitable[Response]]:
        """Wrap a change: JSON in and out for tests, a form in and the page again for people."""

        async def answer(request: Request) -> Response:
            if not _is_same_site(request):
                return json(
                    {"error": "Only this page itself and programs on this machine may change the sandbox."}, 403
                )
            is_form = request.headers.get("content-type", "").startswith(_FORM)
            try:
                values = await _values(request, is_form=is_form)
                body, status = change(values)
            except ValueError as error:
                if is_form:
                    page = control_page.render(self._world, self._providers, str(error))
                    return pages.html(page, 422)
                return json({"error": str(error)}, 422)
            return RedirectResponse("/", 303) if is_form else json(body, status)

        return answer

    def _clock(self) -> _Values:
        return {"now": self._world.clock.now().isoformat(), "ahead_seconds": self._world.clock.ahead.total_seconds()}

    def _modes(self) -> _Values:
        modes = self._world.modes
        return {
            "limits": modes.limits,
            "spotify": modes.spotify,
            "spotify_requests_per_window": modes.spotify_requests_per_window,
            "quota_exceeded": modes.is_spotify_quota_exceeded,
            "odesli": modes.odesli,
        }


async def _values(request: Request, *, is_form: bool) -> _Values:
    if is_form:
        return {name: value for name, value in (await form_of(request)).items() if value != ""}
    values: _Values = dict(request.query_params)
    body = await body_of(request)
    if body:
        given = as_object(body)
        if given is None:
            raise ValueError("The body must be a JSON object.")
        values |= given
    return values


def _is_same_site(request: Request) -> bool:
    """Refuse what a page of another site would make a browser send."""
    if request.headers.get("sec-fetch-site", "none") not in ("none", "same-origin"):
        return False
    origin = request.headers.get("origin")
    return origin is None or urlsplit(origin).netloc == request.headers.get("host")


def _number(values: _Values, name: str, default: float) -> float:
    value = values.get(name, default)
    try:
        number = float(value)
    except (TypeError, ValueError):
        raise ValueError(f"{name} must be a number.") from None
    if not abs(number) < 1e12:
        raise ValueError(f"{name} must be a number of a sensible size.")
    return number


def _one_of(values: _Values, name: str, known: tuple[str, ...], default: str) -> str:
    value = values.get(name, default)
    if value not in known:
        raise ValueError(f"{name} must be one of {', '.join(known)}.")
    return str(value)


def _fault(fault: Fault) -> _Values:
    return {
        "id": fault.id,
        "provider": fault.provider,
        "kind": fault.kind.value,
        "route": fault.route,
        "times": fault.times,
        "share": fault.share,
        "seconds": fault.seconds,
        "seed": fault.seed,
        "hits": fault.hits,
    }


def _record(record: RequestRecord) -> _Values:
    return {
        "at": record.at.isoformat(),
        "provider": record.provider,
        "method": record.method,
        "path": record.path,
        "status": record.status,
        "seconds": round(record.seconds, 6),
        "fault": record.fault,
    }


def _release(release: Release) -> _Values:
    return {"id": release.id, "title": release.title, "upc": release.upc, "artist_id": release.artist.id}
