"""Whether an address belongs to a company that rents out servers. The address goes no further than this question."""

from __future__ import annotations

from collections.abc import Callable

import structlog

_CACHE_SIZE = 50_000
_log = structlog.get_logger(__name__)

HOSTING = frozenset(
    {
        8075, 14061, 14618, 16276, 16509, 20473, 24940, 31898, 36352, 37963, 39351, 40021, 45090, 45102, 46606,
        51167, 53667, 55286, 60781, 63949, 132203, 136907, 197540, 200019, 202053, 213230, 396982, 398101,
    }
)  # fmt: skip
"""Networks of Amazon, Microsoft, Google Cloud, OVH, Hetzner, DigitalOcean, Linode, Vultr, Oracle, Alibaba, Tencent,
Contabo, Leaseweb and the like, by number (RFC 6793). Left out are those through which people are led as well: Apple's
private relay (Akamai, Cloudflare, Fastly), VPN providers' (M247, Datacamp) and company gateways (Zscaler)."""


class Networks:
    """Knows networks by the operator's database (``BACKLINE_ASN_DATABASE``); without one it knows none."""

    def __init__(self, database: str = "") -> None:
        self._known: dict[str, bool] = {}
        self._look_up: Callable[[str], object] | None = None
        if database:
            try:
                import maxminddb  # noqa: PLC0415 only where an operator has a file

                self._look_up = maxminddb.open_database(database).get
            except Exception as error:  # noqa: BLE001 a page is worth more than a doubt about a bot
                _log.error("networks.database_unusable", file=database, problem=str(error))

    def is_data_centre(self, address: str) -> bool:
        """Tell whether an address is of a hosting company's network."""
        if self._look_up is None:
            return False
        known = self._known.get(address)
        if known is None:
            known = self._ask(address)
            if len(self._known) >= _CACHE_SIZE:
                self._known.clear()
            self._known[address] = known
        return known

    def _ask(self, address: str) -> bool:
        try:
            record = self._look_up(address.removeprefix("::ffff:")) if self._look_up else None
        except ValueError:  # no address
            return False
        return isinstance(record, dict) and record.get("autonomous_system_number") in HOSTING
