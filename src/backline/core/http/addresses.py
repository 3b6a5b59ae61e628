"""Where the product may connect to: schemes, ports and addresses (OWASP ASVS 5.0, V1.3.6).

A name is resolved once, every answer is checked, and the connection goes to exactly the checked
address. Private and special ranges are refused, in whatever form they are written; only the sandbox's
own origin may lie in one, because the operator configured it.
"""

from __future__ import annotations

import functools
import ipaddress
import socket
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlsplit

from backline.core.errors import Rejected

Resolver = Callable[[str, int], tuple[str, ...]]
"""Turns a host name and a port into IP addresses in the order of preference; raises ``OSError``."""

IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address

_WEB_PORTS = frozenset({80, 443})

# IANA special-purpose address registry (RFC 6890 and its updates). Written out, because what the
# standard library calls global differs between versions of Python.
_REFUSED_IPV4 = tuple(
    ipaddress.IPv4Network(text)
    for text in (
        "0.0.0.0/8",  # this network
        "10.0.0.0/8",  # private
        "100.64.0.0/10",  # carrier-grade NAT; one cloud's metadata service lies here
        "127.0.0.0/8",  # loopback
        "169.254.0.0/16",  # link-local; the metadata service of most clouds
        "172.16.0.0/12",  # private
        "192.0.0.0/24",  # protocol assignments
        "192.0.2.0/24",  # TEST-NET-1
        "192.88.99.0/24",  # 6to4 relays, deprecated
        "192.168.0.0/16",  # private
        "198.18.0.0/15",  # benchmarks
        "198.51.100.0/24",  # TEST-NET-2
        "203.0.113.0/24",  # TEST-NET-3
        "224.0.0.0/4",  # multicast
        "240.0.0.0/4",  # reserved, and broadcast
    )
)

_GLOBAL_IPV6 = ipaddress.IPv6Network("2000::/3")
"""All of IPv6 that is given out; outside lie ``::``, ``::1``, IPv4-mapped, NAT64, unique local and link-local forms."""

_REFUSED_IPV6 = tuple(
    ipaddress.IPv6Network(text)
    for text in (
        "2001::/23",  # protocol assignments; Teredo carries an IPv4 address
        "2001:db8::/32",  # documentation
        "2002::/16",  # 6to4 carries an IPv4 address
        "3fff::/20",  # documentation
    )
)


class DestinationRefusedError(Rejected):
    """The address is one that the product never connects to."""


def is_public(address: str) -> bool:
    """Tell whether an IP address in text form is one of the public internet."""
    try:
        parsed: IPAddress = ipaddress.ip_address(address)
    except ValueError:
        return False
    if isinstance(parsed, ipaddress.IPv4Address):
        return not any(parsed in network for network in _REFUSED_IPV4)
    if parsed.scope_id is not None or parsed not in _GLOBAL_IPV6:
        return False
    return not any(parsed in network for network in _REFUSED_IPV6)


def resolve(host: str, port: int) -> tuple[str, ...]:
    """Return every address of ``host`` as the system knows it, each once."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return tuple(dict.fromkeys(str(entry[4][0]) for entry in found))


@dataclass(frozen=True, slots=True)
class Origin:
    """Scheme, host and port of a URL; the host in lower case and in ASCII."""

    scheme: str
    host: str
    port: int

    @property
    def host_header(self) -> str:
        """Return the value of the ``Host`` header: no port where it is the scheme's own."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        own = 443 if self.scheme == "https" else 80
        return host if self.port == own else f"{host}:{self.port}"


def origin_of(url: str) -> Origin:
    """Return the origin of an absolute URL; raises :class:`DestinationRefusedError` when it has none."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise DestinationRefusedError("This is not a web address.") from None
    if parts.scheme not in ("http", "https") or not host:
        raise DestinationRefusedError("Only web addresses that start with https:// can be opened.")
    if "@" in parts.netloc:
        raise DestinationRefusedError("Web addresses with a user name in them are refused.")
    try:
        name = host if host.isascii() else host.encode("idna").decode("ascii")
    except UnicodeError:
        raise DestinationRefusedError("The host of this web address is malformed.") from None
    if any(character in name for character in "\\%<>\"' \t\r\n\0"):
        raise DestinationRefusedError("The host of this web address is malformed.")
    return Origin(parts.scheme, name.lower().rstrip("."), port or (443 if parts.scheme == "https" else 80))


_origin_once = functools.lru_cache(maxsize=8)(origin_of)


@dataclass(frozen=True, slots=True)
class Reach:
    """What may be reached: the public internet by https and, where it is configured, the sandbox.

    ``sandbox_url`` is set in sandbox mode only. Its origin alone may be http, on any port and in a
    private range.
    """

    sandbox_url: str = ""
    resolver: Resolver = resolve

    def is_sandbox(self, origin: Origin) -> bool:
        """Tell whether ``origin`` is exactly the sandbox's."""
        return bool(self.sandbox_url) and origin == _origin_once(self.sandbox_url)

    def check(self, origin: Origin) -> None:
        """Refuse an origin by its scheme or port; raises :class:`DestinationRefusedError`."""
        if self.is_sandbox(origin):
            return
        if origin.scheme != "https":
            raise DestinationRefusedError("Only web addresses that start with https:// can be opened.")
        if origin.port not in _WEB_PORTS:
            raise DestinationRefusedError("Web addresses with a port of their own are refused.")

    def addresses(self, host: str, port: int) -> tuple[str, ...]:
        """Resolve ``host`` once and return its addresses, all of them checked.

        One bad answer refuses the whole name: an attacker's server may mix a public answer with a
        private one. Raises :class:`DestinationRefusedError`, or ``OSError`` when there is no answer.
        """
        found = self.resolver(host, port)
        if not found:
            raise OSError("The name has no address.")
        if any(self.is_sandbox(Origin(scheme, host, port)) for scheme in ("http", "https")):
            return found
        if not all(is_public(address) for address in found):
            raise DestinationRefusedError("This web address leads into a private network, which is refused.")
        return found
