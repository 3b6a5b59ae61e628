"""Text of people inside our sentences, where no template can put it into ``<bdi>``."""

from __future__ import annotations

import unicodedata

_FIRST_STRONG_ISOLATE, _POP_ISOLATE = "\u2068", "\u2069"
_TURNING = frozenset({"R", "AL", "AN", "RLE", "RLO", "RLI", "LRE", "LRO", "LRI", "FSI", "PDF", "PDI"})
"""Classes of characters (Unicode Standard Annex 9) that can change the direction of what stands after them."""


def isolated(text: str) -> str:
    """Return ``text`` wrapped so that its direction does not spill into the sentence around it, if it needs that."""
    if any(unicodedata.bidirectional(character) in _TURNING for character in text):
        return f"{_FIRST_STRONG_ISOLATE}{text}{_POP_ISOLATE}"
    return text
