"""The experiments of the report, as far as it describes them."""

from __future__ import annotations

from dataclasses import replace

from training.config import Augmentation, Recipe

# The report, section 4: Adam, batch 64, shifts up to 10 % and flips, dropout 0.25, He normal weights, 50 to 100 epochs.
# It gives neither the learning rate nor the strength of the L2 penalty: ours are Adam's default and 1e-4.
REPORT_MODEL2_FER2013 = Recipe(
    name="report-model2-fer2013",
    model="model2",
    about="The report's Table 4.3 with augmentation: 67.60 % validation, 68.66 % test.",
    epochs=50,
    batch_size=64,
    optimizer="adam",
    learning_rate=1e-3,
    kernel_l2=1e-4,
    dropout=0.25,
    augmentation=Augmentation(shift=0.1, flip=True),
)

# The report's other rows on FER2013. Each changes one setting of the recipe above.
REPORT_MODEL2_FER2013_PLAIN = replace(
    REPORT_MODEL2_FER2013,
    name="report-model2-fer2013-plain",
    about="The report's Table 4.3 without augmentation: 63.59 % validation, 64.56 % test.",
    augmentation=Augmentation(),
)
REPORT_MODEL2_FER2013_SVM = replace(
    REPORT_MODEL2_FER2013,
    name="report-model2-fer2013-svm",
    about="The report's Table 4.4, L2 multiclass SVM in place of cross-entropy: 65.64 %.",
    loss="l2_svm",
)
REPORT_MODEL1_FER2013 = replace(
    REPORT_MODEL2_FER2013,
    name="report-model1-fer2013",
    model="model1",
    about="The report's Table 4.5, the small Model 1: 62.16 %.",
)
REPORT_MODEL1_FER2013_SVM = replace(
    REPORT_MODEL1_FER2013,
    name="report-model1-fer2013-svm",
    about="Model 1 with the L2 multiclass SVM, to complete models, losses and data sets; the report gives no figure.",
    loss="l2_svm",
)

# CK+, section 4.3.2 of the report: batch 7, no augmentation.
REPORT_MODEL2_CKPLUS = replace(
    REPORT_MODEL2_FER2013,
    name="report-model2-ckplus",
    about="The report's Table 4.5, Model 2 on CK+: 97.97 %.",
    data="ckplus",
    batch_size=7,
    augmentation=Augmentation(),
)
REPORT_MODEL2_CKPLUS_SVM = replace(
    REPORT_MODEL2_CKPLUS,
    name="report-model2-ckplus-svm",
    about="The report's Table 4.4, L2 multiclass SVM on CK+: 93.55 %.",
    loss="l2_svm",
)
REPORT_MODEL1_CKPLUS = replace(
    REPORT_MODEL2_CKPLUS,
    name="report-model1-ckplus",
    model="model1",
    about="The report's Table 4.5, Model 1 on CK+: 93.92 %.",
)
REPORT_MODEL1_CKPLUS_SVM = replace(
    REPORT_MODEL1_CKPLUS,
    name="report-model1-ckplus-svm",
    about="Model 1 on CK+ with the L2 multiclass SVM; the report gives no figure.",
    loss="l2_svm",
)


def _validated(recipe: Recipe) -> Recipe:
    """Returns a CK+ recipe whose epoch is chosen by validation, as the report watched it."""
    about = f"{recipe.about.rstrip('.')}; a part of the training images, or people, chooses the epoch."
    return replace(recipe, name=f"{recipe.name}-validated", about=about, validated=True)


# At batch 7 and a constant rate the last epoch is chance. The report had a validation part and says no more of it.
REPORT_CKPLUS_VALIDATED = tuple(
    _validated(recipe)
    for recipe in (
        REPORT_MODEL2_CKPLUS,
        REPORT_MODEL2_CKPLUS_SVM,
        REPORT_MODEL1_CKPLUS,
        REPORT_MODEL1_CKPLUS_SVM,
    )
)
