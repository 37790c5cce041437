"""Cards: what they say of their data, and those that a benchmark writes are checked as training checks its own."""

import json
import shutil
from pathlib import Path

import pytest

from benchmarks.training.cards import record
from training.artifacts.card import DATA_NAMES, data_limits
from training.errors import TrainingError

CARD = Path(__file__).parents[2] / "models" / "model2-fer2013" / "card.json"


def test_one_part_is_replaced_and_the_rest_stays(tmp_path):
    shutil.copy(CARD, tmp_path)
    crop = {"shape": "eyes", "margin": 0.2, "align": True}
    record(tmp_path, "crop", crop)
    before, after = (json.loads(path.read_text()) for path in (CARD, tmp_path / "card.json"))
    assert after == before | {"crop": crop}


def test_a_part_that_does_not_fit_the_schema_is_refused(tmp_path):
    shutil.copy(CARD, tmp_path)
    with pytest.raises(TrainingError, match="does not fit card.schema.json at crop"):
        record(tmp_path, "crop", {"shape": "round"})
    assert (tmp_path / "card.json").read_bytes() == CARD.read_bytes()


@pytest.mark.parametrize("balanced", [False, True])
@pytest.mark.parametrize("data", DATA_NAMES)
def test_every_data_set_has_its_limits_however_its_labels_count(data, balanced):
    assert len(data_limits(data, balanced=balanced)) >= 2


def test_a_model_of_balanced_votes_says_what_it_pays_for_that():
    assert "calls some neutral faces sad" in " ".join(data_limits("ferplus", balanced=True))
    assert "neutral faces sad" not in " ".join(data_limits("ferplus", balanced=False))
