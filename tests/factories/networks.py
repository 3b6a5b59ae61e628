"""A database of networks in MaxMind's format (https://maxmind.github.io/MaxMind-DB/), as small as it can be."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from pathlib import Path

_MARKER = b"\xab\xcd\xefMaxMind.com"
_SEPARATOR = 16


def write_networks(path: Path, numbers: Mapping[str, int]) -> Path:
    """Write a file that knows networks by the number of their owner (``{"198.51.100.0/24": 24940}``)."""
    nodes: list[list[int | None]] = [[None, None]]
    leaves: list[tuple[int, int, int]] = []
    data = b""
    for text, number in numbers.items():
        network = ipaddress.ip_network(text)
        # Version 4 lies in the first 2^32 addresses of version 6.
        bits = f"{int(network.network_address):0128b}"[: network.prefixlen + (96 if network.version == 4 else 0)]
        node = 0
        for bit in map(int, bits[:-1]):
            following = nodes[node][bit]
            if following is None:
                following = nodes[node][bit] = len(nodes)
                nodes.append([None, None])
            node = following
        leaves.append((node, int(bits[-1]), len(data)))
        data += _map({"autonomous_system_number": number})
    for node, bit, offset in leaves:
        nodes[node][bit] = len(nodes) + _SEPARATOR + offset
    tree = b"".join((len(nodes) if record is None else record).to_bytes(3, "big") for pair in nodes for record in pair)
    about = {
        "binary_format_major_version": 2, "binary_format_minor_version": 0, "build_epoch": 1, "node_count": len(nodes),
        "record_size": 24, "ip_version": 6, "database_type": "Networks", "languages": [], "description": {},
    }  # fmt: skip
    path.write_bytes(tree + bytes(_SEPARATOR) + data + _MARKER + _map(about))
    return path


def _map(fields: Mapping[str, object]) -> bytes:
    return bytes([7 << 5 | len(fields)]) + b"".join(
        _value(name) + _value(value, name) for name, value in fields.items()
    )


def _value(value: object, name: str = "") -> bytes:
    match value:
        case str():  # shorter than 29 bytes, or the length would stand apart
            return bytes([2 << 5 | len(value)]) + value.encode()
        case int() if name == "build_epoch":
            return bytes([8, 9 - 7]) + value.to_bytes(8, "big")
        case int() if name in ("node_count", "autonomous_system_number"):
            return bytes([6 << 5 | 4]) + value.to_bytes(4, "big")
        case int():
            return bytes([5 << 5 | 2]) + value.to_bytes(2, "big")
        case dict():
            return _map(value)
        case _:  # a list without anything in it
            return bytes([0, 11 - 7])
