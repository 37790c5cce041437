from types import SimpleNamespace

import pytest

from tests.support.servers import ROOT
from webapp.core.label_state import Hysteresis, LabelThresholds
from webapp.errors import SettingsError
from webapp.recognition.detection.blazeface import Passes
from webapp.settings import Settings, all_settings, as_markdown


def test_defaults_are_those_of_the_table():
    settings = Settings.from_env({})
    assert settings.port == 8000
    assert settings.model_dir == ROOT / "models" / "model2-ferplus-balanced"
    assert settings.async_mode == "eventlet"


def test_the_environment_overrides():
    settings = Settings.from_env({"PORT": "81", "MODEL_DIR": "/elsewhere", "MIN_CONFIDENCE": " 0.5 "})
    assert (settings.port, str(settings.model_dir), settings.min_confidence) == (81, "/elsewhere", 0.5)


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("PORT", "http", "a whole number from 1 to 65535"),
        ("PORT", "70000", "a whole number from 1 to 65535"),
        ("PORT", "80.5", "a whole number"),
        ("PORT", "8_000", "a whole number"),
        ("PORT", "٨٠٠٠", "a whole number"),
        ("PORT", "9" * 5000, "a whole number"),
        ("MAX_FRAME_BYTES", "4194304", "a whole number from 1024 to 2097152"),
        ("MIN_CONFIDENCE", "1e-1", "a number from 0 to 1"),
        ("MIN_CONFIDENCE", "", "a number from 0 to 1"),
        ("MIN_CONFIDENCE", "nan", "a number from 0 to 1"),
        ("MIN_CONFIDENCE", "50", "a number from 0 to 1"),
        ("ASYNC_MODE", "gevent", "one of eventlet, threading"),
        ("HOST", " ", "a text"),
        ("MODEL_DIR", "", "a folder"),
        ("LOG_LEVEL", "loud", "one of debug, info"),
    ],
)
def test_an_impossible_value_is_named_with_what_was_expected(name, value, expected):
    with pytest.raises(
        SettingsError, match=f"The setting {name} must be {expected}.*Received: '{value.strip()[:80]}"
    ):
        Settings.from_env({name: value})


def test_what_a_model_chose_is_used_unless_the_operator_says_otherwise():
    assert Settings.from_env({}).min_confidence is None
    card = SimpleNamespace(
        labels=("happy", "sad"),
        content={"reading": {"sure_from": 0.6, "unsure_below": 0.45, "lead": 0.2, "smoothing_s": 0.3}},
    )
    reading = LabelThresholds.of_card(card, min_confidence=None, smoothing_s=None, settle_s=1.0)
    assert (reading.hysteresis.sure_from, reading.hysteresis.margin, reading.smoothing_s) == (0.6, 0.2, 0.3)
    assert reading.hysteresis.unsure_below == pytest.approx(0.45)
    reading = LabelThresholds.of_card(card, min_confidence=0.1, smoothing_s=2.0, settle_s=1.0)
    assert (reading.hysteresis, reading.smoothing_s) == (Hysteresis(0.1, 0.0, 0.2), 2.0)


def test_the_detector_threshold_is_the_measured_one():
    assert Settings.from_env({}).detect_threshold == Passes().min_score


def test_an_ipv6_host_has_brackets_in_addresses():
    assert Settings.from_env({"HOST": "::1"}).url_host == "[::1]"
    assert Settings.from_env({}).url_host == "127.0.0.1"


def test_secret_key_is_random_unless_given():
    assert Settings.from_env({}).secret_key != Settings.from_env({}).secret_key
    assert Settings.from_env({"SECRET_KEY": "x"}).secret_key == "x"


def test_the_documentation_holds_this_table():
    assert as_markdown() in (ROOT / "docs" / "reference" / "settings.md").read_text()
    assert [name.lower() for name, _ in all_settings()] == list(Settings.__dataclass_fields__)
