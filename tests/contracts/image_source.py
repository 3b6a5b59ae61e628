"""What every image source does, whoever it is."""

from __future__ import annotations

import io
import zlib
from collections.abc import Iterator
from typing import Any

import pytest
from PIL import Image
from tests.factories.http_server import ScriptedServer, answer, scripted_server

from backline.catalog.ports import ImageSource
from backline.core.errors import Rejected


def picture(form: str, side: int = 4) -> bytes:
    """Return a picture in a format of Pillow's."""
    data = io.BytesIO()
    Image.new("RGB", (side, side), "teal").save(data, form)
    return data.getvalue()


def huge_header() -> bytes:
    """Return the beginning of a PNG that says it is 60,000 pixels a side."""
    data = bytearray(picture("PNG"))
    data[16:24] = (60_000).to_bytes(4, "big") * 2
    data[29:33] = zlib.crc32(bytes(data[12:29])).to_bytes(4, "big")
    return bytes(data)


class ImageSourceContract:
    """Subclasses give ``make``, which takes the address of the one host that may be reached."""

    make: Any

    @pytest.fixture
    def host(self) -> Iterator[ScriptedServer]:
        with scripted_server() as server:
            yield server

    @pytest.fixture
    def source(self, host: ScriptedServer) -> ImageSource:
        made: ImageSource = type(self).make(host.url)
        return made

    @pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
    def test_a_picture_whatever_its_host_calls_it(self, source: ImageSource, host: ScriptedServer, form: str) -> None:
        data = picture(form)
        host.script = lambda _: answer(data, headers={"content-type": "text/plain"})
        assert source.fetch(f"{host.url}/cover") == data

    @pytest.mark.parametrize(
        "data",
        [
            b"",
            b"<html>",
            b'<svg xmlns="http://www.w3.org/2000/svg"/>',
            picture("GIF"),
            picture("TIFF"),
            picture("JPEG")[:20],
            b"\x89PNG\r\n\x1a\n" + b"\0" * 64,
            b"RIFF\0\0\0\0WEBP",
        ],
        ids=["empty", "page", "svg", "gif", "tiff", "cut off", "false png", "false webp"],
    )
    def test_anything_else_is_refused(self, source: ImageSource, host: ScriptedServer, data: bytes) -> None:
        host.script = lambda _: answer(data, headers={"content-type": "image/jpeg"})
        with pytest.raises(Rejected) as refusal:
            source.fetch(f"{host.url}/cover")
        assert refusal.value.message == "The cover is not a JPEG, PNG or WebP picture."

    def test_more_than_ten_megabytes_are_refused(self, source: ImageSource, host: ScriptedServer) -> None:
        host.script = lambda _: answer(picture("PNG") + b"\0" * (10 * 1024 * 1024))
        with pytest.raises(Rejected) as refusal:
            source.fetch(f"{host.url}/cover")
        assert refusal.value.message == "The cover's host sent more than 10 MB, which is refused."

    def test_a_picture_that_would_unpack_to_gigabytes_is_refused(
        self, source: ImageSource, host: ScriptedServer
    ) -> None:
        host.script = lambda _: answer(huge_header())
        with pytest.raises(Rejected):
            source.fetch(f"{host.url}/cover")

    @pytest.mark.parametrize("status", [401, 403, 404, 410])
    def test_a_picture_that_is_not_given_out(self, source: ImageSource, host: ScriptedServer, status: int) -> None:
        host.script = lambda _: answer(status=status)
        with pytest.raises(Rejected):
            source.fetch(f"{host.url}/cover")

    @pytest.mark.parametrize(
        "url", ["http://127.0.0.1:1/cover", "https://127.0.0.1/", "https://10.0.0.1/x", "file:///etc/passwd", "", "x"]
    )
    def test_what_is_not_on_the_web_is_refused(self, source: ImageSource, url: str) -> None:
        with pytest.raises(Rejected):
            source.fetch(url)

    def test_redirects_are_followed(self, source: ImageSource, host: ScriptedServer) -> None:
        data = picture("PNG")
        host.script = lambda request: (
            answer(data) if request.target == "/b" else answer(status=301, headers={"location": "/b"})
        )
        assert source.fetch(f"{host.url}/a") == data
