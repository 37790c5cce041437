"""The API against its own OpenAPI document; a longer run against a real server: `make fuzz`."""

import json

import pytest
import schemathesis
from hypothesis import Phase, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.specs.openapi.checks import positive_data_acceptance

from tests.support.fakes import FakeClassifier, FakeDetector
from tests.support.servers import SHIPPED
from webapp import create_app
from webapp.core.geometry import Box
from webapp.settings import Settings

EXAMPLES = 12


@pytest.fixture(scope="module")
def api(tmp_path_factory):
    classifier = FakeClassifier()
    classifier.card.content = json.loads((SHIPPED / "card.json").read_text())
    data = tmp_path_factory.mktemp("data")
    app = create_app(
        Settings.from_env({"ASYNC_MODE": "threading", "DATA_DIR": str(data)}),
        classifier=classifier,
        detector=FakeDetector(Box(0, 0, 9, 9)),
    )
    app.config["PROPAGATE_EXCEPTIONS"] = False  # as in a server: a failure is a 500, which no check forgives
    return schemathesis.openapi.from_wsgi("/api/v1/openapi.json", app)


@pytest.mark.slow
@pytest.mark.parametrize("mode", list(GenerationMode))
def test_every_route_keeps_its_word(api, mode):
    """Requests that fit the document, and requests that do not.

    Some rules, such as "not blank", cannot be said in the document, so not everything that fits it must be accepted.
    """
    broken = {}
    for result in api.get_all_operations():
        operation = result.ok()

        @settings(
            max_examples=EXAMPLES, deadline=None, derandomize=True, database=None, phases=[Phase.generate]
        )
        @given(case=operation.as_strategy(generation_mode=mode))
        def keep_their_word(case):
            case.call_and_validate(excluded_checks=[positive_data_acceptance])

        try:
            keep_their_word()
        except Unsatisfiable:  # nothing can be wrong with a request that takes nothing
            continue
        except (Exception, BaseExceptionGroup) as failure:
            broken[operation.label] = [failure, *getattr(failure, "exceptions", ())]
    assert broken == {}
