"""Health and the model's card over HTTP; thin."""

from __future__ import annotations

import functools
import json
import logging
import time
from typing import Any

from flask import Flask, Response, g, jsonify, request
from marshmallow import Schema, fields

from webapp.inference.card import SCHEMA_PATH
from webapp.metrics import CONTENT_TYPE
from webapp.services import services
from webapp.version import VERSION
from webapp.web.openapi import Api, Blueprint

log = logging.getLogger(__name__)
bp = Blueprint("server", __name__, description="The server and its model")


class HealthSchema(Schema):
    """A process that answers."""

    status = fields.Constant("ok", required=True)
    version = fields.String(required=True)


class ReadySchema(Schema):
    """A server that has just read a frame."""

    status = fields.Constant("ready", required=True)
    model = fields.String(required=True, metadata={"description": "The model's name."})


@bp.get("/healthz")
@bp.response(200, HealthSchema)
def healthz() -> dict[str, str]:
    """Says that the process answers."""
    return {"status": "ok", "version": VERSION}


@bp.get("/readyz")
@bp.response(200, ReadySchema)
def readyz() -> dict[str, str]:
    """Reads a frame as a visitor's is read, on the same threads, and says whether that worked.

    The app does not start before the model is loaded and has answered its probe; this is for what may break later.
    """
    services().readiness.check()
    return {"status": "ready", "model": services().classifier.card.name}


@bp.get("/metrics")
@bp.response(200, {"type": "string"}, content_type="text/plain", description="Prometheus' text format")
def metrics() -> Response:
    """Returns what the server counts, for Prometheus: docs/guide/operating.md names each figure."""
    return Response(services().metrics.as_text(), content_type=CONTENT_TYPE)


@bp.get("/api/v1/model")
@bp.response(200, {"$ref": "#/components/schemas/Card"}, description="The card")
def model() -> Response:
    """Returns the model's card: labels, how a face is cut, what was measured, limits."""
    return jsonify(services().classifier.card.content)


def count_requests(app: Flask) -> None:
    """Counts every answer of an app by its route, not its address: addresses are without number."""

    @app.before_request
    def begin() -> None:
        g.begun_s = time.perf_counter()

    @app.after_request
    def count(response: Response) -> Response:
        route = request.url_rule.rule if request.url_rule else "none"
        services().metrics.note_request(request.method, route, response.status_code)
        if log.isEnabledFor(logging.DEBUG):
            ms = (time.perf_counter() - g.get("begun_s", time.perf_counter())) * 1000
            log.debug("%s %s: %d in %.0f ms", request.method, route, response.status_code, ms)
        return response


def describe_card(api: Api) -> None:
    """Puts the schema of cards into the OpenAPI document."""
    for name, schema in _card_schemas().items():
        api.spec.components.schema(name, schema)


@functools.cache
def _card_schemas() -> dict[str, dict[str, Any]]:
    """Returns `models/card.schema.json` as OpenAPI wants it: its definitions beside it, not inside."""
    text = SCHEMA_PATH.read_text().replace("#/$defs/", "#/components/schemas/Card.")
    card = json.loads(text)
    inner = {f"Card.{name}": schema for name, schema in card.pop("$defs").items()}
    del card["$schema"], card["$id"]
    return {"Card": card, **inner}
