"""Where a request comes from: its address, behind trusted proxies only, and the country of that address."""

from __future__ import annotations

import asyncio
import ipaddress
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path

import structlog

_CACHE_SIZE = 50_000
_CACHED_CHARACTERS = 100
_log = structlog.get_logger(__name__)

Lookup = Callable[[str], str]
"""An address in, ISO 3166-1 alpha-2 in capitals out, empty when unknown."""


class Proxies:
    """Which peers may speak for others, and what they say."""

    def __init__(self, trusted: Sequence[str]) -> None:
        self._networks = tuple(ipaddress.ip_network(text, strict=False) for text in trusted)
        self._known: dict[str, bool] = {}
        self._clients: dict[str, str] = {}

    def trusts(self, peer: str) -> bool:
        """Tell whether ``peer`` is one of our own proxies."""
        if not self._networks:
            return False
        known = self._known.get(peer)
        if known is None:
            known = self._is_inside(peer)
            if len(self._known) < _CACHE_SIZE:
                self._known[peer] = known
        return known

    def client(self, peer: str, forwarded_for: str) -> str:
        """Return the fan's address: the last one of ``X-Forwarded-For`` that is not our proxy, if ``peer`` is one.

        Whatever stands left of it was written by the fan and is not believed.
        """
        if not self.trusts(peer):
            return peer
        client = self._clients.get(forwarded_for)
        if client is None:
            client = self._first_outside(forwarded_for)
            if len(self._clients) >= _CACHE_SIZE:
                self._clients.clear()
            if len(forwarded_for) <= _CACHED_CHARACTERS:
                self._clients[forwarded_for] = client
        return client or peer

    def _first_outside(self, forwarded_for: str) -> str:
        for text in reversed(forwarded_for[-2_000:].split(",")):
            try:
                address = str(ipaddress.ip_address(text.strip()))
            except ValueError:
                break
            if not self._is_inside(address):
                return address
        return ""

    def _is_inside(self, text: str) -> bool:
        try:
            address = ipaddress.ip_address(text)
        except ValueError:
            return False
        return any(address in network for network in self._networks)


def country_code(text: str) -> str:
    """Return a country that a proxy names, in capitals; empty when it is not two letters or means "unknown"."""
    code = text.strip().upper()
    return code if len(code) == 2 and code.isascii() and code.isalpha() and code not in ("XX", "ZZ") else ""


class Countries:
    """The country of an address, from a file on this machine. Empty until the file is loaded."""

    def __init__(self, database: str = "") -> None:
        self._database = database
        self._lookup: Lookup | None = None
        self._known: dict[str, str] = {}

    @property
    def is_ready(self) -> bool:
        """Tell whether addresses can be looked up."""
        return self._lookup is not None

    async def load(self) -> None:
        """Read the file in a thread; on failure every country stays unknown and the log says why."""
        try:
            self._lookup = await asyncio.to_thread(_open_mmdb if self._database else _open_bundled, self._database)
        except Exception as error:  # noqa: BLE001 a country is worth much, a page is worth more
            _log.error("country.database_unusable", file=self._database or "bundled", problem=str(error))
        self._known.clear()

    def of(self, address: str) -> str:
        """Return the country of an address, empty when unknown."""
        known = self._known.get(address)
        if known is not None:
            return known
        if self._lookup is None:
            return ""
        country = country_code(self._lookup(address))
        if len(self._known) >= _CACHE_SIZE:
            self._known.clear()
        self._known[address] = country
        return country


def _open_mmdb(path: str) -> Lookup:
    import maxminddb  # noqa: PLC0415 only where an operator has a file

    reader = maxminddb.open_database(path)

    def look_up(address: str) -> str:
        try:
            record = reader.get(_without_mapping(address))
        except ValueError:
            return ""
        country = record.get("country") if isinstance(record, dict) else None
        code = country.get("iso_code") if isinstance(country, dict) else None
        return code if isinstance(code, str) else ""

    return look_up


def _open_bundled(_: str) -> Lookup:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # its source has escapes that the compiler warns about
        import geoip2fast  # noqa: PLC0415 50 MiB and a tenth of a second, off the way to the first answer

    file = Path(geoip2fast.__file__).with_name("geoip2fast-ipv6.dat.gz")
    reader = geoip2fast.GeoIP2Fast(geoip2fast_data_file=str(file))

    def look_up(address: str) -> str:
        return str(reader.lookup(_without_mapping(address)).country_code)

    return look_up


def _without_mapping(address: str) -> str:
    return address.removeprefix("::ffff:") if address.startswith("::ffff:") and "." in address else address
