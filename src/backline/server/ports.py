"""Whether the ports that a program wants are free, asked before it starts."""

from __future__ import annotations

import socket

from backline.settings.environment import SettingError


def ensure_free(host: str, port: int, *, setting: str) -> None:
    """Raise :class:`SettingError` when something else listens on the port that ``setting`` names."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            raise SettingError(
                f"Port {port} on {host} is taken by another program. "
                f"Stop that program, or choose another port with {setting}."
            ) from None
