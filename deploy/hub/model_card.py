"""Writes README.md beside a model's card: the card as people read it, under the header that model hubs read.

    python -m deploy.hub.model_card models/*/

Everything in it comes from `card.json`, which stays what the programs read.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import yaml

README = "README.md"
METRICS = (("accuracy", "Accuracy"), ("balanced_accuracy", "Mean recall of the expressions"))

TEXT = """
# {name}

{purpose}

It reads the expression that a face shows, not what a person feels, and is **not for assessing employees, job applicants
or students**.

- **Input**: {height} x {width} grey pixels, 0 to 255, float32 or uint8 `(n, {height}, {width}, 1)`, cut as `crop` in
  `card.json` says.
- **Output**: probabilities of {labels}, in this order; calibrated with temperature {temperature} on {split}.
- **Parameters**: {parameters:,}. **Files**: {files}.
- **Learned from**: {data}. Split rule: {split_rule}.

## Use

```python
from countenance import Reader

with Reader("{name}") as reader:  # the folder with card.json
    print(reader.read("photo.jpg"))
```

## Figures

| measured on | images | accuracy, % (95 % interval) | mean recall, % |
|---|---|---|---|
{rows}

## Limits

{limits}
"""


def main(folders: list[str]) -> None:
    """Writes the file of each folder."""
    for folder in map(Path, folders):
        if (folder / "card.json").is_file():
            (folder / README).write_text(render(folder), encoding="utf-8")


def render(folder: Path) -> str:
    """Returns the whole file for the artifact in a folder."""
    card = json.loads((folder / "card.json").read_text(encoding="utf-8"))
    header = yaml.safe_dump(front_matter(card), sort_keys=False, allow_unicode=True, width=120)
    return f"---\n{header}---\n{_text(card)}"


def front_matter(card: dict[str, Any]) -> dict[str, Any]:
    """Returns the header's fields: licence, task, libraries, and each figure with its data set."""
    results = [
        {
            "task": {"type": "image-classification", "name": "Facial expression recognition"},
            "dataset": {
                "name": f"{card['data']['name'].partition(':')[0]}, {split}",
                "type": "other",
                "split": split,
            },
            "metrics": [
                {"type": kind, "name": name, "value": round(figures[kind], 4)} for kind, name in METRICS
            ],
        }
        for split, figures in card["metrics"].items()
    ]
    return {
        "license": "mit",
        "pipeline_tag": "image-classification",
        "library_name": "keras" if "model.keras" in card["files"] else "onnx",
        "tags": ["facial-expression-recognition", "emotion", "fer2013", "onnx", "countenance"],
        "language": ["en"],
        "inference": False,
        "model-index": [{"name": card["name"], "results": results}],
    }


def _text(card: dict[str, Any]) -> str:
    rows = [_row(split, figures) for split, figures in card["metrics"].items()]
    return TEXT.format(
        name=card["name"],
        purpose=card.get("purpose", card["recipe"].get("about", "")),
        height=card["input"]["height"],
        width=card["input"]["width"],
        labels=", ".join(card["labels"]),
        temperature=card["calibration"]["temperature"],
        split=card["calibration"]["split"],
        parameters=card["parameters"],
        files=", ".join(f"`{name}` ({file['bytes'] / 1e6:.1f} MB)" for name, file in card["files"].items()),
        data=card["data"]["name"],
        split_rule=card["data"]["split_rule"],
        rows="\n".join(rows),
        limits="\n".join(f"- {limit}" for limit in card["limits"]),
    )


def _row(split: str, figures: dict[str, Any]) -> str:
    low, high = figures["accuracy_interval"]
    interval = f"{100 * figures['accuracy']:.2f} ({100 * low:.1f} to {100 * high:.1f})"
    return f"| {split} | {figures['n']:,} | {interval} | {100 * figures['balanced_accuracy']:.2f} |"


if __name__ == "__main__":
    main(sys.argv[1:])
