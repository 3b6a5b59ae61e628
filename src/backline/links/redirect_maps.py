"""Where old addresses lead, written down for the servers that can read it: nginx, Caddy, Netlify and Cloudflare Pages.

Sources are paths of ours: letters, digits, hyphens and slashes. Targets are paths of ours, or addresses that are ready
for a header, so nothing needs escaping but nginx's dollar.
"""

from __future__ import annotations

from pathlib import Path
from types import TracebackType
from typing import Self, TextIO

NGINX_MAPS, NGINX_RULES = "nginx-maps.conf", "nginx-rules.conf"
CADDY = "caddy-redirects.conf"
REDIRECTS = "_redirects"
FILES = (NGINX_MAPS, NGINX_RULES, CADDY, REDIRECTS)

_NGINX_BEGIN = """\
# Goes into the http block. If a size below is set elsewhere already, keep the larger one and delete the other.
map_hash_max_size 262144;
map_hash_bucket_size 1024;
geo $backline_dollar {
    default "$";
}
map $uri $backline_path {
    default $uri;
    "~^(?<backline_bare>.+)/$" $backline_bare;
}
map $backline_path $backline_answer {
"""
_NGINX_RULES = """\
# Goes into the server block, beside `root` and `index index.html;`.
if ($backline_answer = "gone") {
    return 410;
}
if ($backline_answer ~ "^301 (?<backline_to>.+)$") {
    return 301 $backline_to;
}
if ($backline_answer ~ "^302 (?<backline_to>.+)$") {
    return 302 $backline_to;
}
"""
_CADDY_BEGIN = """\
# Goes into the site's block: import caddy-redirects.conf
map {path} {backline_to} {backline_status} {
"""
_CADDY_END = """\
	default "" 404
}
@backline_moved expression `{backline_to} != ""`
redir @backline_moved {backline_to} {backline_status}
"""


class RedirectMaps:
    """Writes all formats at once into a folder, line by line; use it in a ``with`` block."""

    def __init__(self, folder: Path) -> None:
        self.moved = self.ways = self.gone = 0
        self._folder = folder
        self._gone_at: list[str] = []
        self._nginx: TextIO = self._open(NGINX_MAPS)
        self._caddy: TextIO = self._open(CADDY)
        self._redirects: TextIO = self._open(REDIRECTS)

    def __enter__(self) -> Self:
        """Begin every file."""
        self._nginx.write(_NGINX_BEGIN)
        self._caddy.write(_CADDY_BEGIN)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """End every file."""
        self._nginx.write("}\n")
        self._caddy.write(_CADDY_END)
        if self._gone_at:
            self._caddy.write(f"@backline_gone path {' '.join(self._gone_at)}\nrespond @backline_gone 410\n")
        for file in (self._nginx, self._caddy, self._redirects):
            file.close()
        with self._open(NGINX_RULES) as rules:
            rules.write(_NGINX_RULES)

    def move(self, path: str, to: str) -> None:
        """Lead a path for good to another, both without a leading slash."""
        self.moved += 1
        self._lead(f"/{path}", f"/{to}", 301)

    def lead(self, path: str, url: str) -> None:
        """Lead a path, without a leading slash, to an address elsewhere."""
        self.ways += 1
        self._lead(f"/{path}", url, 302)

    def end(self, path: str) -> None:
        """Say that there was something at a path and is nothing any more.

        ``_redirects`` has no word for that: there the path is not found, like any other.
        """
        self.gone += 1
        self._nginx.write(f'    "/{path}" "gone";\n')
        self._gone_at.append(f"/{path}")

    def _lead(self, path: str, to: str, status: int) -> None:
        self._nginx.write(f'    "{path}" "{status} {to.replace("$", "${backline_dollar}")}";\n')
        self._caddy.write(f'\t{path} "{to}" {status}\n')
        self._redirects.write(f"{path} {to} {status}\n")

    def _open(self, name: str) -> TextIO:
        return (self._folder / name).open("w", encoding="utf-8", newline="\n")
