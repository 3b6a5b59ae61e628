"""YouTube's oEmbed and its stills. Calls, typed; no rules. Facts: ``docs/developers/outside-services.md``."""

from __future__ import annotations

import msgspec

from backline.core.errors import BacklineError, Rejected
from backline.core.http import Answer, Outbound, Service
from backline.settings.environment import FilmSettings

LARGEST_IMAGE_BYTES = 2 * 1024 * 1024

_REFUSALS = {
    400: "YouTube does not know this video. Check the address.",
    401: "This video may not be played on other pages. Allow embedding in YouTube Studio, then save again.",
    403: "This video is private. Make it public or unlisted on YouTube, then save again.",
    404: "YouTube does not know this video. Check the address.",
}


class Film(msgspec.Struct, frozen=True):
    """``GET /oembed``."""

    title: str


class YoutubeClient:
    """Thread-safe."""

    def __init__(self, settings: FilmSettings, outbound: Outbound) -> None:
        self._oembed = Service(name="YouTube", base_url=settings.youtube_url, outbound=outbound, explain=_explain)
        self._images = Service(
            name="YouTube", base_url=settings.images_url, outbound=outbound, most_bytes=LARGEST_IMAGE_BYTES
        )

    def film(self, video_id: str) -> Film:
        """``GET /oembed?url=&format=json``; raises :class:`Rejected` with the reason why it may not be shown."""
        query = {"url": f"https://www.youtube.com/watch?v={video_id}", "format": "json"}
        return self._oembed.get("/oembed", Film, query=query)

    def still(self, video_id: str, name: str) -> bytes | None:
        """``GET /vi/{id}/{name}.jpg``; None where there is none of this name."""
        try:
            return self._images.send("GET", "/vi/{id}/{name}.jpg", values={"id": video_id, "name": name}).body
        except Rejected:
            return None


def _explain(answer: Answer) -> BacklineError | None:
    sentence = _REFUSALS.get(answer.status)
    return Rejected(sentence) if sentence else None
