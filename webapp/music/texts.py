"""Texts from elsewhere: what no database and no page can hold is left out."""

from __future__ import annotations

import re

UNFIT = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]+")


def clean(text: str, limit: int) -> str:
    """Returns one line without control characters and halves of characters, cut to a length."""
    return " ".join(UNFIT.sub(" ", text).split())[:limit].strip()


def is_clean(text: str) -> bool:
    """Whether a text holds nothing that would be left out."""
    return UNFIT.search(text) is None
