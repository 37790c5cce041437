import numpy as np
import pytest

from training.evaluation.metrics import softmax
from training.nn.models import ModelOptions, build


def test_model2_has_the_reports_parameters_layer_by_layer():
    model = build("model2")
    found = [layer.count_params() for layer in model.layers if layer.count_params()]
    # Table 4.2 of the report, convolutions, batch norms and dense layers from the input on.
    assert found == [
        320,
        18496,
        256,
        204928,
        512,
        590336,
        2048,
        2359808,
        2048,
        524544,
        1024,
        131584,
        2048,
        3591,
    ]
    assert model.count_params() == 3_841_543


def test_model1_has_the_reports_size():
    model = build("model1")
    assert model.count_params() == 883_559  # Table 4.5: 0.88M
    assert next(layer for layer in model.layers if layer.name.startswith("flatten")).output.shape == (
        None,
        512,
    )


def test_raw_scores_and_probabilities_share_their_weights():
    scores, probabilities = (build("model1", ModelOptions(softmax=on)) for on in (False, True))
    probabilities.set_weights(scores.get_weights())
    image = np.random.default_rng(0).integers(0, 256, (2, 48, 48, 1), dtype=np.uint8)
    assert probabilities.predict_on_batch(image) == pytest.approx(
        softmax(scores.predict_on_batch(image)), abs=1e-5
    )


def test_model2_has_the_reports_block_outputs():
    model = build("model2")
    pools = [layer.output.shape[1:] for layer in model.layers if layer.name.startswith("max_pooling")]
    assert pools == [(23, 23, 64), (11, 11, 128), (5, 5, 512), (2, 2, 512)]


def test_output_is_a_distribution_for_bytes_and_floats():
    model = build("model2")
    image = np.random.default_rng(0).integers(0, 256, (2, 48, 48, 1), dtype=np.uint8)
    from_bytes, from_floats = model.predict_on_batch(image), model.predict_on_batch(image.astype("float32"))
    assert from_bytes.dtype == np.float32
    assert from_bytes.sum(1) == pytest.approx([1, 1], abs=1e-5)
    assert from_bytes == pytest.approx(from_floats, abs=1e-6)


@pytest.mark.parametrize("size", [34, 36, 42, 49])
def test_smaller_training_images_need_the_same_weights(size):
    shapes = [weight.shape for weight in build("model2").weights]
    assert [weight.shape for weight in build("model2", ModelOptions(image_size=size)).weights] == shapes


@pytest.mark.parametrize("size", [33, 50])
def test_sizes_that_would_change_the_parameters_are_refused(size):
    with pytest.raises(ValueError, match=f"must be 34..49 for Model 2. Received: image_size={size}"):
        build("model2", ModelOptions(image_size=size))


def test_unknown_model_is_refused():
    with pytest.raises(ValueError, match="Received: name='model9'"):
        build("model9")


def test_convolutions_start_with_he_normal_weights():
    kernel = next(w for w in build("model2").weights if w.shape == (3, 3, 512, 512)).numpy()
    assert kernel.std() == pytest.approx(np.sqrt(2 / (9 * 512)), rel=0.02)


def test_width_scales_every_layer_but_the_last():
    def widths(model):
        return [
            getattr(layer, "filters", None) or layer.units
            for layer in model.layers
            if hasattr(layer, "kernel")
        ]

    assert widths(build("model2")) == [32, 64, 128, 512, 512, 256, 512, 7]
    assert widths(build("model2", ModelOptions(width=0.5))) == [16, 32, 64, 256, 256, 128, 256, 7]
    assert widths(build("model2", ModelOptions(width=1.25))) == [40, 80, 160, 640, 640, 320, 640, 7]
    assert widths(build("model1", ModelOptions(width=0.1))) == [8, 8, 8, 8, 16, 16, 104, 8, 7]  # whole eights
