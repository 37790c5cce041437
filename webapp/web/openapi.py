"""The base of the HTTP API: routes described by schemas, from which the OpenAPI document is made.

A module with routes makes a `Blueprint`, describes each answer with `@bp.response` and each error with `@bp.problems`,
and `create_app` hands it to `Api.register_blueprint`.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from http import HTTPStatus
from typing import Any, TypeVar, cast

import flask_smorest
import flask_smorest.fields
from flask import Flask, Request, current_app
from flask_smorest.utils import prepare_response
from marshmallow import Schema, ValidationError, fields, validate
from marshmallow.utils import is_collection
from webargs.flaskparser import FlaskParser
from werkzeug.datastructures import CombinedMultiDict, FileStorage
from werkzeug.routing import IntegerConverter, Map

from webapp.version import VERSION
from webapp.web.problems import PROBLEM_TYPE, on_http_error

MAX_ID = 2**63 - 1
KEY = "countenance.api"

View = TypeVar("View", bound=Callable[..., Any])

CONFIG = {
    "API_TITLE": "Countenance",
    "API_VERSION": VERSION,
    "OPENAPI_VERSION": "3.1.0",
    "OPENAPI_URL_PREFIX": "/api/v1",
    "OPENAPI_JSON_PATH": "openapi.json",
    "API_SPEC_OPTIONS": {
        "info": {
            "description": (
                "Reads facial expressions in pictures. Expressions, not feelings; not for assessing employees, "
                "job applicants or students. No picture is kept.\n\nErrors are problem documents (RFC 9457); rely on "
                "`code`."
            ),
            "license": {"name": "MIT", "identifier": "MIT"},
        }
    },
}


class WrongPlaceSchema(Schema):
    """One place of a request that is not as described."""

    pointer = fields.String(required=True, metadata={"example": "#/name"})
    detail = fields.String(required=True)


class ProblemSchema(Schema):
    """A problem document (RFC 9457)."""

    type = fields.String(required=True, metadata={"example": "about:blank"})
    title = fields.String(required=True, metadata={"example": "Service Unavailable"})
    status = fields.Integer(required=True, metadata={"example": 503})
    code = fields.String(
        required=True,
        metadata={"description": "Stable name to rely on.", "example": "server_busy"},
    )
    detail = fields.String(
        required=True, metadata={"description": "What was received, what was expected, what to do."}
    )
    retry_after_ms = fields.Integer(metadata={"description": "When trying again makes sense, if it does."})
    errors = fields.List(
        fields.Nested(WrongPlaceSchema), metadata={"description": "With code `invalid_request`."}
    )


class Upload(flask_smorest.fields.Upload):
    """An uploaded file; a form's text field of the same name is none."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **options: Any) -> FileStorage:
        if not isinstance(value, FileStorage):
            raise ValidationError("Expected a file with a name. Received: text.")
        return value


class ShortList(fields.List):
    """A list whose validators, of its length, run before its items are looked at: a long one costs nothing."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **options: Any) -> list[Any]:
        if is_collection(value):
            self._validate(value)
        return super()._deserialize(value, attr, data, **options)


class Id(fields.Integer):
    """The number of something in the database, which stores 64 bits."""

    def __init__(self, **options: Any) -> None:
        super().__init__(strict=True, validate=validate.Range(0, MAX_ID), **options)


class IdConverter(IntegerConverter):
    """The same in a path: a larger number leads nowhere, and one with thousands of digits is not even read."""

    regex = r"[0-9]{1,19}"

    def __init__(self, url_map: Map, **options: Any) -> None:
        super().__init__(url_map, **{"max": MAX_ID, **options})


class _Parser(FlaskParser):
    """Reads requests; JSON that Python cannot hold is as invalid as any other."""

    def _raw_load_json(self, req: Request) -> Any:
        try:
            return super()._raw_load_json(req)
        except json.JSONDecodeError:
            raise
        except (RecursionError, ValueError) as error:  # nested too deeply, or a number of thousands of digits
            raise json.JSONDecodeError(str(error), "…", 0) from None  # an empty text would be no body


class Blueprint(flask_smorest.Blueprint):
    """Routes that stand in the OpenAPI document."""

    ARGUMENTS_PARSER = _Parser()

    def problems(self, *statuses: int) -> Callable[[View], View]:
        """Says which HTTP errors a route may answer with."""

        def describe(view: View) -> View:
            for status in statuses:
                view = self.alt_response(status, HTTPStatus(status).name)(view)
            return view

        return describe


class _MultipartParser(_Parser):
    """Reads files and the fields beside them as one body, which is what the OpenAPI document describes."""

    def load_files(self, req: Request, schema: Schema) -> Any:
        """Returns both; webargs would leave the fields out."""
        return self._makeproxy(CombinedMultiDict([req.files, req.form]), schema)


class MultipartBlueprint(Blueprint):
    """Routes that take files and fields."""

    ARGUMENTS_PARSER = _MultipartParser()


class Api(flask_smorest.Api):
    """flask-smorest with our errors."""

    ERROR_SCHEMA = ProblemSchema

    def handle_http_exception(self, error: Any) -> Any:
        """See `on_http_error`."""
        return on_http_error(error)

    def _register_responses(self) -> None:
        """Describes every error as a problem document; flask-smorest would call it `application/json`."""
        phrases = {status.name: status.phrase for status in HTTPStatus if status >= 400}
        for name, phrase in {**phrases, self.DEFAULT_ERROR_RESPONSE_NAME: "Any other error"}.items():
            response = {"description": phrase, "schema": self.ERROR_SCHEMA}
            prepare_response(response, self.spec, PROBLEM_TYPE)
            self.spec.components.response(name, response, lazy=True)


def init_app(app: Flask) -> Api:
    """Returns the API of an app, without routes yet; serves its document at `/api/v1/openapi.json`."""
    app.config.update(CONFIG)
    app.url_map.converters["int"] = IdConverter
    app.extensions[KEY] = Api(app)
    return cast(Api, app.extensions[KEY])


def document() -> dict[str, Any]:
    """Returns the OpenAPI document of the current app."""
    return cast(Api, current_app.extensions[KEY]).spec.to_dict()
