"""The API's documentation: complete, light, and tried in a real browser under the page's own security policy."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.support.app import JPEG, make_app
from tests.support.browser.axe import violations
from tests.support.browser.chrome import DESKTOP, PHONE
from webapp.pages.api_page import METHODS, make_api_page

MOST_BYTES = 120_000

TINY = {
    "tags": [{"name": "things", "description": "Things"}],
    "paths": {
        "/things/{thing_id}": {
            "parameters": [
                {
                    "in": "path",
                    "name": "thing_id",
                    "required": True,
                    "schema": {"type": "integer", "minimum": 0},
                }
            ],
            "post": {
                "tags": ["things"],
                "summary": "Reads a thing.",
                "parameters": [
                    {"in": "query", "name": "kind", "required": True, "schema": {"enum": ["a", "b"]}}
                ],
                "requestBody": {
                    "content": {"multipart/form-data": {"schema": {"$ref": "#/components/schemas/Up"}}}
                },
                "responses": {
                    "422": {"$ref": "#/components/responses/WRONG"},
                    "200": {
                        "description": "OK",
                        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Thing"}}},
                    },
                    "default": {"description": "Any other error"},
                },
            },
        }
    },
    "components": {
        "responses": {"WRONG": {"description": "NOT_GOOD"}},
        "schemas": {
            "Up": {
                "properties": {"files": {"type": "array", "items": {"type": "string", "format": "binary"}}},
                "required": ["files"],
            },
            "Thing": {
                "properties": {
                    "share": {"type": "number", "minimum": 0, "maximum": 1},
                    "inner": {"$ref": "#/components/schemas/Thing"},
                }
            },
        },
    },
}


def test_a_document_becomes_fields_outlines_and_a_command_line():
    (group,) = make_api_page(TINY, "https://faces.example")
    (one,) = group.operations
    assert (group.about, one.key, one.method, one.summary) == (
        "Things",
        "post-things-thing-id",
        "POST",
        "Reads a thing.",
    )
    assert [(field.name, field.place, field.required) for field in one.fields] == [
        ("thing_id", "path", True),
        ("kind", "query", True),
        ("files", "form", True),
    ]
    assert one.fields[1].choices == ("a", "b")
    assert one.fields[2].is_file and one.fields[2].is_many
    assert [(answer.status, answer.about) for answer in one.answers] == [("200", "OK"), ("422", "Not good")]
    assert '"share": "number 0..1"' in one.answers[0].outline
    assert one.answers[0].outline.count("share") == 4  # a schema that holds itself ends
    assert one.curl == "curl -X POST -F files=@FILE 'https://faces.example/things/{thing_id}?kind=…'"


def test_every_route_of_the_document_is_on_the_page():
    client = make_app().test_client()
    text = client.get("/api").get_data(as_text=True)
    paths = client.get("/api/v1/openapi.json").json["paths"]
    routes = [(method, path) for path, item in paths.items() for method in METHODS if method in item]
    assert len(routes) > 30
    for method, path in routes:
        assert f'data-method="{method.upper()}" data-path="{path}"' in text
    assert len(text.encode()) < MOST_BYTES


@pytest.mark.browser
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_documentation_is_drawn_from_here_alone_and_can_be_tried(server, open_page, scheme):
    page, watch = open_page(f"{server.url}/api", color_scheme=scheme)
    route = page.locator("#get-readyz")
    assert page.locator("summary", has_text="/readyz").count() == 1
    route.locator("summary").click()
    route.get_by_role("button", name="Send").click()
    expect(route.locator("[data-part=answer]")).to_contain_text("200")
    expect(route.locator("[data-part=answer]")).to_contain_text("model2-ferplus-balanced")
    photos = page.locator("#post-api-v1-photos")
    photos.locator("summary").click()
    photos.locator("[name=photos]").set_input_files(
        {"name": "a.jpg", "mimeType": "image/jpeg", "buffer": JPEG}
    )
    photos.get_by_role("button", name="Send").click()
    expect(photos.locator("[data-part=answer]")).to_contain_text('"faces": []')
    assert watch.errors == []
    assert watch.hosts == {server.url.removeprefix("http://")}


@pytest.mark.browser
@pytest.mark.parametrize(("scheme", "size"), [("light", PHONE), ("dark", DESKTOP)])
def test_axe_finds_nothing_also_when_all_is_open(server, open_page, scheme, size):
    page, _ = open_page(f"{server.url}/api", color_scheme=scheme, viewport=size)
    page.evaluate("for (const one of document.querySelectorAll('details')) one.open = true")
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= size["width"]


@pytest.mark.browser
def test_a_link_to_a_route_opens_it(server, open_page):
    page, _ = open_page(f"{server.url}/api#post-api-v1-photos")
    expect(page.locator("#post-api-v1-photos [name=photos]")).to_be_visible()
