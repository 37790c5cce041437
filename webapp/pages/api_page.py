"""The OpenAPI document as the page `/api` shows it. Pure."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

METHODS = ("get", "post", "put", "patch", "delete")
MOST_LEVELS = 4
"""Levels of an answer that are drawn; the model's card goes deeper."""
JSON, FORM = "application/json", "multipart/form-data"


@dataclass(frozen=True)
class Field:
    """One value that a request takes.

    Attributes:
        name: Name on the wire.
        place: `path`, `query` or `form`.
        kind: Type in words.
        required: Whether a request without it is refused.
        about: Description, or nothing.
        choices: Values it may have; empty if there is no list.
        is_file: Whether it is an uploaded file.
        is_many: Whether it may be given several times.
    """

    name: str
    place: str
    kind: str
    required: bool
    about: str
    choices: tuple[str, ...] = ()
    is_file: bool = False
    is_many: bool = False


@dataclass(frozen=True)
class Answer:
    """One answer of a route: its status, what it means, and the outline of its content."""

    status: str
    about: str
    outline: str


@dataclass(frozen=True)
class Operation:
    """One method of a route.

    Attributes:
        key: Anchor in the page.
        method: In upper case.
        path: With placeholders in braces.
        summary: First sentence of the description.
        description: The rest, or nothing.
        fields: What goes into path, query and form.
        body: Outline of the JSON body, or nothing.
        answers: In the order of their status; errors that every route may give are left out.
        curl: A command line that asks it.
    """

    key: str
    method: str
    path: str
    summary: str
    description: str
    fields: tuple[Field, ...]
    body: str
    answers: tuple[Answer, ...]
    curl: str


@dataclass(frozen=True)
class Group:
    """The operations of one tag."""

    name: str
    about: str
    operations: tuple[Operation, ...]


def make_api_page(document: Mapping[str, Any], base_url: str) -> tuple[Group, ...]:
    """Turns an OpenAPI document into what the page shows.

    Args:
        document: OpenAPI 3.1, as flask-smorest makes it.
        base_url: Address of the server, without a slash at the end, for the command lines.
    """
    reader = _Reader(document, base_url)
    found = list(reader.operations())
    return tuple(
        Group(
            tag["name"], tag.get("description", ""), tuple(one for name, one in found if name == tag["name"])
        )
        for tag in document["tags"]
    )


class _Reader:
    def __init__(self, document: Mapping[str, Any], base_url: str) -> None:
        self._document = document
        self._base_url = base_url

    def operations(self) -> Iterator[tuple[str, Operation]]:
        for path, item in self._document["paths"].items():
            for method in METHODS:
                if method in item:
                    parameters = [*item.get("parameters", []), *item[method].get("parameters", [])]
                    yield item[method]["tags"][0], self._operation(method, path, item[method], parameters)

    def _operation(
        self, method: str, path: str, found: Mapping[str, Any], parameters: list[Any]
    ) -> Operation:
        content = found.get("requestBody", {}).get("content", {})
        fields = (*map(self._parameter, parameters), *self._form_fields(content))
        body = self._outline_text(content[JSON]["schema"]) if JSON in content else ""
        statuses = sorted(status for status in found["responses"] if status != "default")
        return Operation(
            key=re.sub(r"[^a-z0-9]+", "-", f"{method} {path}").strip("-"),
            method=method.upper(),
            path=path,
            summary=found.get("summary", ""),
            description=found.get("description", ""),
            fields=fields,
            body=body,
            answers=tuple(self._answer(status, found["responses"][status]) for status in statuses),
            curl=self._curl(method, path, fields, body),
        )

    def _resolve(self, found: Mapping[str, Any]) -> Mapping[str, Any]:
        while "$ref" in found:
            *_, kind, name = found["$ref"].split("/")
            found = self._document["components"][kind][name]
        return found

    def _parameter(self, found: Mapping[str, Any]) -> Field:
        schema = self._resolve(found["schema"])
        return Field(
            name=found["name"],
            place=found["in"],
            kind=_kind(schema),
            required=found.get("required", False),
            about=found.get("description", ""),
            choices=tuple(str(one) for one in schema.get("enum", ()) if one is not None),
        )

    def _form_fields(self, content: Mapping[str, Any]) -> Iterator[Field]:
        if FORM not in content:
            return
        schema = self._resolve(content[FORM]["schema"])
        for name, found in schema.get("properties", {}).items():
            inner = self._resolve(found)
            one = self._resolve(inner.get("items", inner))
            is_file = one.get("format") == "binary" or "contentMediaType" in one
            yield Field(
                name=name,
                place="form",
                kind="file" if is_file else _kind(inner),
                required=name in schema.get("required", ()),
                about=inner.get("description", ""),
                choices=tuple(str(choice) for choice in inner.get("enum", ()) if choice is not None),
                is_file=is_file,
                is_many="items" in inner,
            )

    def _answer(self, status: str, found: Mapping[str, Any]) -> Answer:
        found = self._resolve(found)
        content = found.get("content", {})
        outline = self._outline_text(content[JSON].get("schema", {})) if JSON in content else ""
        about = found.get("description", "")
        return Answer(status, _phrase(about), outline)

    def _outline_text(self, schema: Mapping[str, Any]) -> str:
        return json.dumps(self._outline(schema, MOST_LEVELS), indent=2, ensure_ascii=False)

    def _outline(self, schema: Mapping[str, Any], levels: int) -> Any:
        schema = self._resolve(schema)
        if "properties" in schema:
            if levels == 0:
                return "…"
            return {name: self._outline(one, levels - 1) for name, one in schema["properties"].items()}
        if "items" in schema:
            return [self._outline(schema["items"], levels)]
        return _kind(schema)

    def _curl(self, method: str, path: str, fields: tuple[Field, ...], body: str) -> str:
        words = ["curl"] if method == "get" else ["curl", "-X", method.upper()]
        for one in fields:
            if one.place == "form" and one.required:
                words += ["-F", f"{one.name}={'@FILE' if one.is_file else one.kind}"]
        if body:
            words += ["--json", "@body.json"]
        query = "&".join(f"{one.name}=…" for one in fields if one.place == "query" and one.required)
        address = f"{self._base_url}{path}{'?' + query if query else ''}"
        return " ".join([*words, shlex.quote(address) if query or "{" in path else address])


def _phrase(about: str) -> str:
    """Returns the name of an HTTP status, such as `NOT_FOUND`, as people write it; any other text as it is."""
    return about.replace("_", " ").capitalize() if about.isupper() and len(about) > len("OK") else about


def _kind(schema: Mapping[str, Any]) -> str:
    """Returns a type in words, with its range."""
    if "enum" in schema:
        return " | ".join(str(one) for one in schema["enum"])
    if "const" in schema:
        return str(schema["const"])
    kind = schema.get("type", "any")
    words = " or ".join(kind) if isinstance(kind, list) else str(kind)
    low, high = schema.get("minimum"), schema.get("maximum")
    if low is not None and high is not None and high < 1e9:
        return f"{words} {low:g}..{high:g}"
    return words
