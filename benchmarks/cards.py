"""Writes what a benchmark chose into a model's card."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any


def record(model_dir: Path, part: str, chosen: dict[str, Any]) -> None:
    """Replaces one part of a card, such as `crop` or `reading`; the rest stays as it is.

    Args:
        model_dir: The artifact's folder.
        part: Which one.
        chosen: As `models/card.schema.json` has it.
    """
    path = model_dir / "card.json"
    card = json.loads(path.read_text())
    card[part] = chosen
    path.write_text(json.dumps(card, indent=1) + "\n")
