"""Named experiments, the report's and ours. Their times and accuracies are in docs/guide/training.md."""

from __future__ import annotations

from training.config import Recipe
from training.errors import TrainingError
from training.recipes.ours import (
    MODEL1_FER2013,
    MODEL2_CKPLUS,
    MODEL2_FER2013,
    MODEL2_FER2013_BEST,
    MODEL2_FER2013_DISTILLED,
    MODEL2_FER2013_LONG,
    MODEL2_FER2013_MIXUP,
    MODEL2_FER2013_SAM,
    MODEL2_FERPLUS,
    MODEL2_FERPLUS_BALANCED,
    MODEL2_VOTES_AND_LABELS,
    MODEL2_VOTES_AND_LABELS_BALANCED,
    MODEL2_VOTES_AND_LABELS_SAM,
)
from training.recipes.report import (
    REPORT_CKPLUS_VALIDATED,
    REPORT_MODEL1_CKPLUS,
    REPORT_MODEL1_CKPLUS_SVM,
    REPORT_MODEL1_FER2013,
    REPORT_MODEL1_FER2013_SVM,
    REPORT_MODEL2_CKPLUS,
    REPORT_MODEL2_CKPLUS_SVM,
    REPORT_MODEL2_FER2013,
    REPORT_MODEL2_FER2013_PLAIN,
    REPORT_MODEL2_FER2013_SVM,
)

RECIPES = {
    recipe.name: recipe
    for recipe in (
        REPORT_MODEL2_FER2013,
        REPORT_MODEL2_FER2013_PLAIN,
        REPORT_MODEL2_FER2013_SVM,
        REPORT_MODEL1_FER2013,
        REPORT_MODEL1_FER2013_SVM,
        MODEL2_FER2013,
        MODEL2_FER2013_DISTILLED,
        MODEL2_FER2013_LONG,
        MODEL2_FER2013_SAM,
        MODEL2_FER2013_BEST,
        MODEL2_FER2013_MIXUP,
        MODEL1_FER2013,
        MODEL2_FERPLUS,
        MODEL2_FERPLUS_BALANCED,
        MODEL2_VOTES_AND_LABELS,
        MODEL2_VOTES_AND_LABELS_SAM,
        MODEL2_VOTES_AND_LABELS_BALANCED,
        REPORT_MODEL2_CKPLUS,
        REPORT_MODEL2_CKPLUS_SVM,
        REPORT_MODEL1_CKPLUS,
        REPORT_MODEL1_CKPLUS_SVM,
        *REPORT_CKPLUS_VALIDATED,
        MODEL2_CKPLUS,
    )
}


def get_recipe(name: str) -> Recipe:
    """Returns a recipe by name.

    Raises:
        TrainingError: If the name is unknown; the message lists the known names.
    """
    if name not in RECIPES:
        raise TrainingError(f"Unknown recipe {name!r}. Known: {', '.join(RECIPES)}.")
    return RECIPES[name]
