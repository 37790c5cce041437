"""What every package shares: label order, image size, and the recipe, the complete settings of one experiment."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

LABELS = ("angry", "disgust", "fear", "happy", "sad", "surprise", "neutral")
"""Label order of the product, which is FER2013's."""

IMAGE_SIZE = 48
"""Side in pixels of a model's input and of the images that the readers return."""

CHOICES = {
    "data": ("fer2013", "ferplus", "ckplus"),
    "optimizer": ("adam", "adamw", "sgd"),
    "loss": ("cross_entropy", "focal", "l2_svm"),
    "schedule": ("constant", "trapezoid"),
}
DATA_ARGUMENTS = {
    "fer2013": "fer2013.tar.gz",
    "ferplus": "fer2013.tar.gz --votes fer2013new.csv",
    "ckplus": "CK+48.zip",
}


@dataclass(frozen=True)
class Augmentation:
    """Strength of each random change to a training image; 0 switches a change off.

    Attributes:
        shift: Maximum shift in each direction, as a share of the side.
        rotation_deg: Maximum rotation in either direction, in degrees.
        zoom: Maximum relative change of scale in either direction.
        flip: Whether half of the images are mirrored.
        brightness: Maximum change of all grey levels, in levels of 255.
        contrast: Maximum relative change of contrast.
        erasing: Probability of random erasing (Zhong et al. 2020).
        gamma: Maximum logarithm of the exponent on grey levels in either direction: a dark room, a bright window.
        noise: Maximum standard deviation of the sensor's noise, in levels of 255.
        small: Probability that the face came from fewer pixels, 35, 50 or 70 % of the side.
        jpeg: Probability of JPEG's traces, at a random quality from 25 to 85.
    """

    shift: float = 0.0
    rotation_deg: float = 0.0
    zoom: float = 0.0
    flip: bool = False
    brightness: float = 0.0
    contrast: float = 0.0
    erasing: float = 0.0
    gamma: float = 0.0
    noise: float = 0.0
    small: float = 0.0
    jpeg: float = 0.0


@dataclass(frozen=True)
class Recipe:
    """One named experiment. With the data it determines the model.

    Cards and run folders store the fields, so a field keeps its name even where the standard term is another one.

    Attributes:
        name: Name of the recipe and of its artifact.
        model: Name of the network, a key of `training.nn.models.MODELS`.
        data: `fer2013` for its labels, `ferplus` for FER+'s votes on the same images, or `ckplus`.
        label_share: Share of FER2013's own label in the targets, in [0, 1); the votes have the rest (`ferplus`).
        init: Name of the artifact whose weights the run starts from; empty for fresh weights.
        init_share: Share of those initial weights in the shipped ones, in [0, 1): 1 - alpha of WiSE-FT (Wortsman et al.
            2021, https://arxiv.org/abs/2109.01903).
        teacher: Name of the artifact whose answers are mixed into the targets (self-distillation); empty for none.
        teacher_share: Weight of the teacher's answers, in [0, 1].
        about: Description in one sentence.
        epochs: Passes over the training split.
        batch_size: Images per step.
        optimizer: `adam`, `adamw`, or `sgd` with Nesterov momentum 0.9.
        loss: `cross_entropy` or `focal` on probabilities, or `l2_svm` on raw scores.
        class_weights: Whether an image's weight in the loss is inversely proportional to its label's share.
        label_prior: Strength tau of logit adjustment in the loss, in [0, 1] (`training.nn.losses.adjust_logits`).
        learning_rate: Peak rate, > 0.
        schedule: `constant`, or `trapezoid`: warm-up, constant, then linear decay to zero (Hägele et al. 2024).
        warmup_epochs: Length of the warm-up from zero (trapezoid).
        decay_epochs: Length of the decay to zero (trapezoid).
        weight_decay: Decoupled weight decay of kernels (adamw, sgd).
        kernel_l2: L2 penalty on the convolutions' kernels, added to the loss.
        dropout: Dropout rate after every block.
        width: Factor on the filters and units of every layer except the last; 1 is the report's network.
        label_smoothing: Share of the target spread over all labels, in [0, 1).
        mixup: Both parameters of the Beta distribution of mixup (Zhang et al. 2018, https://arxiv.org/abs/1710.09412);
            0 for none.
        sam_radius: rho of sharpness-aware steps (`training.nn.sam`), each of which costs two; 0 for ordinary steps.
        ema: Momentum per step of the exponential moving average of the weights, which is validated and shipped; 0 uses
            the last weights.
        clean_statistics: Whether precise batch statistics may replace the trained ones, if they are clearly better on
            validation (`training.evaluation.precise_bn`).
        image_sizes: Training side per stage as `((first_epoch, side), …)`, for progressive resizing.
        augmentation: Strength of the random changes to training images.
        validated: Whether part of a CK+ fold's training images, or people, trains nothing and chooses the epoch.
            Otherwise the fold's last epoch counts.
        seed: Seed of weights, order of the images, dropout and augmentation.

    Raises:
        ValueError: If a value is out of its range or contradicts another one.
    """

    name: str
    model: str
    about: str
    epochs: int
    batch_size: int
    optimizer: str
    learning_rate: float
    data: str = "fer2013"
    label_share: float = 0.0
    init: str = ""
    init_share: float = 0.0
    teacher: str = ""
    teacher_share: float = 0.0
    loss: str = "cross_entropy"
    class_weights: bool = False
    label_prior: float = 0.0
    schedule: str = "constant"
    warmup_epochs: float = 0.0
    decay_epochs: float = 0.0
    weight_decay: float = 0.0
    kernel_l2: float = 0.0
    dropout: float = 0.25
    width: float = 1.0
    label_smoothing: float = 0.0
    mixup: float = 0.0
    sam_radius: float = 0.0
    ema: float = 0.0
    clean_statistics: bool = False
    image_sizes: tuple[tuple[int, int], ...] = ((0, IMAGE_SIZE),)
    augmentation: Augmentation = field(default_factory=Augmentation)
    validated: bool = False
    seed: int = 1

    def __post_init__(self) -> None:
        for name, known in CHOICES.items():
            if getattr(self, name) not in known:
                raise ValueError(
                    f"`{name}` must be one of {', '.join(known)}. Received: {name}={getattr(self, name)!r}"
                )
        if self.epochs < 1 or self.batch_size < 1 or self.learning_rate <= 0:
            raise ValueError(
                "`epochs` and `batch_size` must be >= 1 and `learning_rate` > 0. Received: "
                f"epochs={self.epochs}, batch_size={self.batch_size}, learning_rate={self.learning_rate}"
            )
        if not 0 <= self.dropout < 1 or self.width <= 0:
            raise ValueError(
                "`dropout` must be in [0, 1) and `width` > 0. Received: "
                f"dropout={self.dropout}, width={self.width}"
            )
        self._check_combinations()

    def _check_combinations(self) -> None:
        if bool(self.teacher) != (0 < self.teacher_share <= 1):
            raise ValueError(
                "`teacher` goes with a `teacher_share` in (0, 1]. Received: "
                f"teacher={self.teacher!r}, teacher_share={self.teacher_share}"
            )
        if self.loss == "l2_svm" and (self.label_smoothing or self.mixup or self.label_prior):
            raise ValueError(
                "`label_smoothing`, `mixup` and `label_prior` must be 0 with loss='l2_svm'. Received: "
                f"label_smoothing={self.label_smoothing}, mixup={self.mixup}, label_prior={self.label_prior}"
            )
        if not 0 <= self.label_prior <= 1 or self.mixup < 0 or self.sam_radius < 0:
            raise ValueError(
                "`label_prior` must be in [0, 1], `mixup` and `sam_radius` >= 0. Received: "
                f"label_prior={self.label_prior}, mixup={self.mixup}, sam_radius={self.sam_radius}"
            )
        if not 0 <= self.label_share < 1 or (self.label_share and self.data != "ferplus"):
            raise ValueError(
                "`label_share` must be in [0, 1), and 0 unless data='ferplus'. Received: "
                f"label_share={self.label_share}, data={self.data!r}"
            )
        if not 0 <= self.init_share < 1 or (self.init_share and not self.init):
            raise ValueError(
                "`init_share` must be in [0, 1), and 0 without `init`. Received: "
                f"init_share={self.init_share}, init={self.init!r}"
            )
        if self.clean_statistics and self.balances_labels:
            raise ValueError(
                "`clean_statistics` must be False with `label_prior` or `class_weights`: cross-entropy, "
                "which chooses, favours frequent labels. Received: clean_statistics=True"
            )
        if self.validated and self.data != "ckplus":
            raise ValueError(
                "`validated` must be False unless data='ckplus': the other sets have a validation split. "
                f"Received: data={self.data!r}"
            )
        if self.warmup_epochs + self.decay_epochs > self.epochs:
            raise ValueError(
                "`warmup_epochs` + `decay_epochs` must fit into `epochs`. Received: "
                f"{self.warmup_epochs} + {self.decay_epochs} > {self.epochs}"
            )
        if not self.image_sizes or self.image_sizes[0][0] != 0:
            raise ValueError(f"`image_sizes` must start at epoch 0. Received: image_sizes={self.image_sizes}")

    @property
    def balances_labels(self) -> bool:
        """Whether the loss gives rare labels more weight than their share of the images."""
        return bool(self.class_weights or self.label_prior)

    @property
    def sets_label_shares(self) -> bool:
        """Whether a model learns other shares of the labels than validation has; calibration must not undo that."""
        return self.balances_labels or self.label_share > 0

    @property
    def monitor(self) -> str:
        """The column of the log whose highest value selects the best epoch."""
        return "val_balanced_accuracy" if self.balances_labels else "val_accuracy"

    @property
    def run_name(self) -> str:
        """The name of its run: the recipe's name, with the seed if that is not 1."""
        return self.name if self.seed == 1 else f"{self.name}-seed{self.seed}"

    @property
    def command(self) -> str:
        """The command line that trains it."""
        command = "crossval" if self.data == "ckplus" else "fit"
        seed = "" if self.seed == 1 else f" --seed {self.seed}"
        return f"python -m training {command} {self.name} --data {DATA_ARGUMENTS[self.data]}{seed}"

    def image_size(self, epoch: int) -> int:
        """Returns the training side in pixels for a 0-based epoch."""
        return [size for first, size in self.image_sizes if first <= epoch][-1]

    def as_dict(self) -> dict[str, Any]:
        """Returns the recipe as JSON values, as cards and run folders store it."""
        values = asdict(self)
        values["image_sizes"] = [list(stage) for stage in self.image_sizes]
        return values

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> Recipe:
        """Builds a recipe from `as_dict`'s values. Raises `KeyError`, `TypeError` or `ValueError` if it is none."""
        stages = tuple((int(first), int(size)) for first, size in values["image_sizes"])
        changed = {"image_sizes": stages, "augmentation": Augmentation(**values["augmentation"])}
        return cls(**(values | changed))
