"""Records in a model's card what a benchmark chose."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from training.artifacts.card import write_card


def record(model_dir: Path, part: str, chosen: dict[str, Any]) -> None:
    """Replaces one part of a card, such as `crop` or `reading`, after training's own check of the whole card.

    Args:
        model_dir: Folder of the artifact.
        part: Name of the part.
        chosen: Content of the part, as `models/card.schema.json` describes it.

    Raises:
        TrainingError: If the card would not fit the schema, or cannot be written; the old card is then intact.
    """
    card = json.loads((model_dir / "card.json").read_text())
    card[part] = chosen
    write_card(model_dir, card)
