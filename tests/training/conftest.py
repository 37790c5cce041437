"""What several tests of the training start from."""

from __future__ import annotations

from pathlib import Path

import pytest

from training.data import Faces, read_fer2013


@pytest.fixture(scope="session")
def finished_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a finished run of `TINY`; nobody changes its files."""
    from tests.training.test_fit import run, tiny_model
    from training.nn import models

    folder = tmp_path_factory.mktemp("finished") / "run"
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(models.MODELS, "tiny", tiny_model)
        run(folder)
    return folder


@pytest.fixture(scope="session")
def real_fer2013(shared_data: Path) -> dict[str, Faces]:
    """The whole of FER2013, which takes seconds to read; nobody changes it."""
    return read_fer2013(shared_data / "fer2013.tar.gz")
