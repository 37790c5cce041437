"""Health and the model's card over HTTP; thin."""

from __future__ import annotations

import functools
import json
from typing import Any

from flask import Response, jsonify
from marshmallow import Schema, fields

from webapp.inference.card import SCHEMA_PATH
from webapp.services import services
from webapp.version import VERSION
from webapp.web.openapi import Api, Blueprint

bp = Blueprint("server", __name__, description="The server and its model")


class HealthSchema(Schema):
    """A process that answers."""

    status = fields.Constant("ok", required=True)
    version = fields.String(required=True)


class ReadySchema(Schema):
    """A server that can read expressions."""

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
    """Says that the model is loaded and has answered its probe: the app does not start otherwise."""
    return {"status": "ready", "model": services().classifier.card.name}


@bp.get("/api/v1/model")
@bp.response(200, {"$ref": "#/components/schemas/Card"}, description="The card")
def model() -> Response:
    """Returns the model's card: labels, how a face is cut, what was measured, limits."""
    return jsonify(services().classifier.card.content)


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
