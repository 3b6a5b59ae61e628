"""Apple Music's catalogue API on this machine: artists, albums, search and storefronts, for a signed developer token.

The token is checked as Apple does ("Generating Developer Tokens"): ES256 by the key with the id in ``kid``, the team in
``iss``, and at most 15,777,000 seconds from ``iat`` to ``exp``. Errors have Apple's shape; their words are invented.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Awaitable, Callable
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Scope

from backline.sandbox import artwork, identifiers, presence
from backline.sandbox.answers import as_object, json, whole
from backline.sandbox.catalogue import Artist, Release
from backline.sandbox.faults import FaultKind
from backline.sandbox.limits import whole_seconds
from backline.sandbox.numbers import ArtistNumbers
from backline.sandbox.presence import Knows
from backline.sandbox.provider import Provider
from backline.sandbox.world import World

PREFIX = "/apple-music"
LONGEST_LIFE_SECONDS = 15_777_000
_CLOCK_SKEW_SECONDS = 60
_MOST_HITS = 25
_TYPES = ("artists", "albums")
_STOREFRONTS = {"us": "United States", "gb": "United Kingdom", "de": "Germany", "fr": "France", "jp": "Japan"}
_SUFFIXES = {"single": " - Single", "ep": " - EP"}

Json = dict[str, Any]


class _RefusedError(Exception):
    def __init__(self, status: int, detail: str, code: str = "") -> None:
        super().__init__(detail)
        self.answer = refusal(status, detail, code)


def refusal(status: int, detail: str, code: str = "", *, retry_after: int = 0) -> Response:
    """Answer with an error in Apple's shape."""
    titles = {400: "Bad Request", 401: "Unauthorized", 404: "Resource Not Found", 429: "Too Many Requests"}
    error = {
        "id": identifiers.letters(26, status, detail),
        "title": titles.get(status, "Internal Server Error"),
        "detail": detail,
        "status": str(status),
        "code": code or f"{status}00",
    }
    return json({"errors": [error]}, status, headers={"Retry-After": str(retry_after)} if retry_after else None)


class AppleMusicSandbox:
    """The service's answers; all it knows is in the catalogue."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._numbers = ArtistNumbers(world)

    def provider(self) -> Provider:
        """Return what the sandbox mounts."""
        v1 = PREFIX + "/v1"
        catalog = v1 + "/catalog/{storefront}"
        return Provider(
            key="apple_music",
            name="Apple Music",
            prefix=PREFIX,
            instead_of="https://api.music.apple.com",
            routes=[
                Route(catalog + "/artists/{id}", self._signed(self.artist)),
                Route(catalog + "/albums", self._signed(self.albums)),
                Route(catalog + "/search", self._signed(self.search)),
                Route(v1 + "/storefronts", self._signed(self.storefronts)),
                Route(PREFIX + "/covers/{id}/{size:int}x{height:int}bb.jpg", self.cover),
                Route(PREFIX + "/{rest:path}", self.unknown),
            ],
            refuse=self.refuse,
            admit=self.admit,
        )

    def refuse(self, kind: FaultKind, seconds: float, route: str) -> Response:
        """Answer as Apple does when it is broken, busy, or does not know us."""
        del route
        match kind:
            case FaultKind.TOO_MANY:
                return refusal(429, "API rate limit exceeded.", retry_after=whole_seconds(seconds))
            case FaultKind.REVOKED:
                return refusal(401, "The key was revoked.")
            case FaultKind.ERROR_INSIDE:
                return json(
                    {"errors": [{"id": "X", "title": "Upstream Service Error", "status": "500", "code": "50001"}]}
                )
            case _:
                return refusal(500, "Something failed upstream.", "50001")

    def admit(self, scope: Scope, route: str) -> None:
        """Let everything through: Apple publishes no limit."""
        del scope, route

    def artist(self, request: Request) -> Response:
        """``GET /catalog/{storefront}/artists/{id}``; ``views=latest-release`` adds the newest album."""
        store, number = request.path_params["storefront"], request.path_params["id"]
        views = [view for view in request.query_params.get("views", "").split(",") if view]
        if any(view != "latest-release" for view in views):
            raise _RefusedError(400, f"No view with the name '{views[0]}' was found.", "40005")
        artist = self._numbers.find(int(number)) if number.isascii() and number.isdigit() else None
        if artist is None:
            raise _RefusedError(404, "No artist with this id was found.")
        found = self._artist(artist, store)
        if views:
            newest = sorted(_sold(artist, store), key=lambda one: (one.released, one.id), reverse=True)[:1]
            found["views"] = {"latest-release": {"data": [self._album(release, store) for release in newest]}}
        return json({"data": [found]})

    def albums(self, request: Request) -> Response:
        """``GET /catalog/{storefront}/albums?filter[upc]=``."""
        upc, store = request.query_params.get("filter[upc]", ""), request.path_params["storefront"]
        if not upc:
            raise _RefusedError(400, "No ids or filters were supplied.", "40005")
        release = self._world.catalogue.by_upc(upc)
        is_known = release is not None and presence.itunes_knows(release) is Knows.BY_UPC
        is_sold = is_known and release is not None and presence.is_sold_in(release, store)
        return json({"data": [self._album(release, store)] if is_sold and release else []})

    def search(self, request: Request) -> Response:
        """``GET /catalog/{storefront}/search``: a type without hits is left out of the results."""
        query, store = request.query_params, request.path_params["storefront"]
        types = [kind for kind in query.get("types", "").split(",") if kind]
        limit = whole(query.get("limit"), 5, 1, _MOST_HITS)
        if not query.get("term") or not types or any(kind not in _TYPES for kind in types):
            raise _RefusedError(400, "A parameter is missing or has an invalid value.", "40005")
        if limit is None:
            raise _RefusedError(400, f"Value must be an integer from 1 to {_MOST_HITS}.", "40005")
        catalogue, term = self._world.catalogue, query["term"]
        found = {
            "artists": [self._artist(artist, store) for artist in catalogue.search_artists(term)[:limit]],
            "albums": [self._album(release, store) for release in catalogue.search(term) if _is_sold(release, store)][
                :limit
            ],
        }
        return json({"results": {kind: {"data": found[kind]} for kind in types if found[kind]}, "meta": {}})

    def storefronts(self, request: Request) -> Response:
        """``GET /storefronts``."""
        del request
        found = [
            {"id": store, "type": "storefronts", "href": f"/v1/storefronts/{store}", "attributes": {"name": name}}
            for store, name in _STOREFRONTS.items()
        ]
        return json({"data": found})

    async def cover(self, request: Request) -> Response:
        """A picture in any size up to 1,400 pixels."""
        size, picture_id = request.path_params["size"], request.path_params["id"]
        catalogue = self._world.catalogue
        is_known = picture_id in catalogue.artists or picture_id in catalogue.releases
        if not is_known or size != request.path_params["height"] or not 1 <= size <= artwork.LARGEST_SIZE:
            return Response(status_code=404)
        return Response(artwork.cover(picture_id, size), media_type="image/jpeg")

    async def unknown(self, request: Request) -> Response:
        """Any other path."""
        del request
        return refusal(404, "No such path.")

    def _signed(self, answer: Callable[[Request], Response]) -> Callable[[Request], Awaitable[Response]]:
        """Wrap an answer that needs a developer token, and a storefront that exists."""

        async def checked(request: Request) -> Response:
            try:
                self._check_token(request.headers.get("authorization", ""))
                if request.path_params.get("storefront", "us") not in _STOREFRONTS:
                    raise _RefusedError(404, "No storefront with this id was found.")
                return answer(request)
            except _RefusedError as error:
                return error.answer

        return checked

    def _check_token(self, authorization: str) -> None:
        scheme, _, token = authorization.partition(" ")
        parts = token.split(".")
        if scheme.lower() != "bearer" or len(parts) != 3:
            raise _RefusedError(401, "A developer token is needed.")
        settings = self._world.settings.apple_music
        header, claims = (as_object(_unpacked(part)) or {} for part in parts[:2])
        if header.get("alg") != "ES256" or header.get("kid") != settings.key_id:
            raise _RefusedError(401, "The token's algorithm or key is unknown.")
        if not _is_signed(f"{parts[0]}.{parts[1]}".encode(), _unpacked(parts[2]), settings.private_key):
            raise _RefusedError(401, "The token's signature does not match.")
        issued, expires, now = claims.get("iat"), claims.get("exp"), self._world.clock.seconds()
        if not isinstance(issued, int) or not isinstance(expires, int) or claims.get("iss") != settings.team_id:
            raise _RefusedError(401, "The token's claims are incomplete.")
        if issued > now + _CLOCK_SKEW_SECONDS or expires <= now or expires - issued > LONGEST_LIFE_SECONDS:
            raise _RefusedError(401, "The token is not valid at this time.")

    def _artwork(self, picture_id: str) -> Json:
        cover = f"{self._world.base_url}{PREFIX}/covers/{picture_id}"
        return {"width": 1400, "height": 1400, "url": f"{cover}/{{w}}x{{h}}bb.jpg", "bgColor": "f4f2ec"}

    def _artist(self, artist: Artist, store: str) -> Json:
        number = presence.itunes_artist_id(artist)
        return {
            "id": str(number),
            "type": "artists",
            "href": f"/v1/catalog/{store}/artists/{number}",
            "attributes": {
                "name": artist.name,
                "genreNames": [genre.title() for genre in artist.genres],
                "url": presence.apple_artist_url(artist, store),
                "artwork": self._artwork(artist.id),
            },
        }

    def _album(self, release: Release, store: str) -> Json:
        number = presence.itunes_id(release)
        return {
            "id": str(number),
            "type": "albums",
            "href": f"/v1/catalog/{store}/albums/{number}",
            "attributes": {
                "name": release.title + _SUFFIXES.get(release.true_type, ""),
                "artistName": release.artist.name,
                "url": presence.apple_url(release, store),
                "upc": release.upc,
                "releaseDate": release.released,
                "trackCount": len(release.tracks),
                "isSingle": release.true_type == "single",
                "isCompilation": release.true_type == "compilation",
                "recordLabel": release.label,
                "artwork": self._artwork(release.id),
            },
        }


def provider(world: World) -> Provider:
    """Return Apple Music's stand-in."""
    return AppleMusicSandbox(world).provider()


def _is_sold(release: Release, store: str) -> bool:
    return presence.itunes_knows(release) is not Knows.NOT and presence.is_sold_in(release, store)


def _sold(artist: Artist, store: str) -> list[Release]:
    return [release for release in artist.releases if _is_sold(release, store)]


def _unpacked(part: str) -> bytes:
    """Return base64url without padding, unpacked; nothing when it is none."""
    try:
        return base64.b64decode(part + "=" * (-len(part) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return b""


def _is_signed(message: bytes, signature: bytes, private_key: str) -> bool:
    """Tell whether a signature is by the key (RFC 7518, 3.4: two numbers of 32 bytes)."""
    key = serialization.load_pem_private_key(private_key.encode(), None)
    if len(signature) != 64 or not isinstance(key, ec.EllipticCurvePrivateKey):
        return False
    numbers = (int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big"))
    try:
        key.public_key().verify(encode_dss_signature(*numbers), message, ec.ECDSA(hashes.SHA256()))
    except InvalidSignature:
        return False
    return True
