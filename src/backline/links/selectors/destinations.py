"""Where artists' own addresses lead, for the operator."""

from __future__ import annotations

from django.db import connection

from backline.links.destinations import is_listed


def unlisted_hosts() -> dict[str, int]:
    """Return the hosts that are not listed and how many addresses of artists lead to each, the most first."""
    with connection.cursor() as cursor:
        cursor.execute(
            r"""
            SELECT substring(url from '^https://([^/?#]+)') AS host, count(*) AS addresses FROM (
                SELECT url FROM links_serviceedit WHERE service LIKE 'other-%' AND url <> '' AND NOT is_hidden
                UNION ALL
                SELECT way->>'url' FROM links_smartlink, jsonb_array_elements(sub_links) AS way
                UNION ALL
                SELECT way->>'url' FROM links_artistlinksettings, jsonb_array_elements(sub_links) AS way
            ) AS every GROUP BY host ORDER BY addresses DESC, host
            """
        )
        counted = [(host, int(addresses)) for host, addresses in cursor.fetchall() if host]
    return {host: addresses for host, addresses in counted if not is_listed(host)}
