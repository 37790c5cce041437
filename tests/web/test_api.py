"""The base of the HTTP API: its document and its errors."""

import json

import pytest
from jsonschema import Draft202012Validator
from marshmallow import Schema, fields, validate

from tests.support.app import make_app
from tests.support.fakes import FakeClassifier
from tests.support.servers import SHIPPED
from webapp.web.openapi import Blueprint


def document(app=None):
    return (app or make_app()).test_client().get("/api/v1/openapi.json").json


def test_the_document_describes_the_routes_and_their_errors():
    found = document()
    assert found["openapi"] == "3.1.0"
    assert {"/healthz", "/readyz", "/api/v1/model"} <= set(found["paths"])
    assert found["paths"]["/readyz"]["get"]["summary"].startswith("Reads a frame as a visitor")


def test_two_apps_have_the_same_document():
    assert document() == document()


def references(part):
    if isinstance(part, dict):
        yield from ([part["$ref"]] if isinstance(part.get("$ref"), str) else [])
        part = list(part.values())
    if isinstance(part, list):
        for inner in part:
            yield from references(inner)


def test_every_reference_of_the_document_leads_somewhere():
    found = document()
    targets = set(references(found))
    assert "#/components/schemas/Card" in targets
    for target in targets:
        place = found
        for key in target.removeprefix("#/").split("/"):
            place = place[key]


def test_the_shipped_card_fits_the_schema_in_the_document():
    found = document()
    card = json.loads((SHIPPED / "card.json").read_text())
    schema = {"$ref": "#/components/schemas/Card", "components": found["components"]}
    Draft202012Validator(schema).validate(card)
    with pytest.raises(Exception, match="angry"):
        Draft202012Validator(schema).validate({**card, "labels": ["angry"]})


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_answers_fit_the_document(path):
    app = make_app()
    found = document(app)
    content = found["paths"][path]["get"]["responses"]["200"]["content"]["application/json"]
    schema = {**content["schema"], "components": found["components"]}
    answer = app.test_client().get(path).json
    Draft202012Validator(schema).validate(answer)
    with pytest.raises(Exception, match="required"):
        Draft202012Validator(schema).validate({})


class InnerSchema(Schema):
    weight = fields.Float(required=True, validate=validate.Range(0, 1))


class SongSchema(Schema):
    title = fields.String(required=True)
    parts = fields.List(fields.Nested(InnerSchema))


def with_a_route_that_reads_json():
    bp = Blueprint("songs", __name__)

    @bp.post("/songs")
    @bp.arguments(SongSchema)
    @bp.response(201, SongSchema)
    @bp.problems(409)
    def add(song):
        return song

    app = make_app()
    app.extensions["flask-smorest"]["apis"][""]["ext_obj"].register_blueprint(bp)
    return app


def test_a_request_that_does_not_fit_says_every_wrong_place():
    answer = with_a_route_that_reads_json().test_client().post("/songs", json={"parts": [{"weight": 2}]})
    assert (answer.status_code, answer.mimetype) == (422, "application/problem+json")
    assert (answer.json["code"], answer.json["type"]) == ("invalid_request", "about:blank")
    assert {one["pointer"]: one["detail"] for one in answer.json["errors"]} == {
        "#/parts/0/weight": "Must be greater than or equal to 0 and less than or equal to 1.",
        "#/title": "Missing data for required field.",
    }
    assert "title: Missing data" in answer.json["detail"]


def test_what_is_no_json_is_an_invalid_request_too():
    client = with_a_route_that_reads_json().test_client()
    answer = client.post("/songs", data=b"{", content_type="application/json")
    assert (answer.status_code, answer.json["code"]) == (400, "invalid_request")
    assert answer.json["errors"] == [{"pointer": "#/", "detail": "Invalid JSON body."}]


def test_a_request_that_fits_is_answered():
    answer = with_a_route_that_reads_json().test_client().post("/songs", json={"title": "One"})
    assert (answer.status_code, answer.json) == (201, {"title": "One"})


def test_errors_are_described_as_problem_documents():
    app = with_a_route_that_reads_json()
    found = document(app)
    responses = found["paths"]["/songs"]["post"]["responses"]
    assert set(responses) == {"201", "409", "422", "default"}
    conflict = found["components"]["responses"]["CONFLICT"]
    assert set(conflict["content"]) == {"application/problem+json"}


def test_an_unforeseen_failure_is_a_problem_document_without_detail():
    app = make_app()
    app.config["PROPAGATE_EXCEPTIONS"] = False

    def view():
        raise RuntimeError("secret")

    app.add_url_rule("/broken", view_func=view)
    answer = app.test_client().get("/broken")
    assert (answer.status_code, answer.json["code"]) == (500, "internal_server_error")
    assert "secret" not in answer.get_data(as_text=True)


def test_the_documentation_page_takes_everything_from_here():
    app = make_app(classifier=FakeClassifier())
    text = app.test_client().get("/api").get_data(as_text=True)
    assert "/api/v1/photos" in text
    assert "http" not in text.replace("http-equiv", "").replace(
        "http://localhost", ""
    )  # the server's own address
    scripts = text.count("<script") - text.count('<script type="application/json"')
    assert scripts == text.count("<script src=") + text.count('<script type="module" src=')
    assert "api_docs" not in app.test_client().get("/").get_data(as_text=True)
