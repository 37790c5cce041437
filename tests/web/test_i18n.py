"""Languages: every text of a page is in every catalogue, and every visitor gets the right one."""

from __future__ import annotations

import json
import re
from functools import cache
from html.parser import HTMLParser
from pathlib import Path

import jinja2
import pytest
from babel.messages.catalog import Catalog
from babel.messages.frontend import CommandLineInterface
from babel.messages.jslexer import Token, tokenize
from babel.messages.pofile import read_po

from tests.support.app import make_app
from tests.support.fakes import FakeClassifier
from tests.support.servers import ROOT, SHIPPED

FOLDER = ROOT / "translations"
CODES = sorted(path.parts[-3] for path in FOLDER.glob("*/LC_MESSAGES/messages.po"))
ATTRIBUTES = {"alt", "aria-label", "aria-description", "content", "placeholder", "title", "data-confirm"}
NAMES = {"Countenance", "width=device-width, initial-scale=1, viewport-fit=cover", "light dark"}
TECHNICAL = {
    *(
        '"ArrowRight"',
        '"ArrowLeft"',
        '"Escape"',
        '"Enter"',
        '"Home"',
        '"End"',
        '"Tab"',
        '"Delete"',
        '"Backspace"',
    ),  # names of keys
    '"system-ui, sans-serif"',  # a font
    *('"io server disconnect"', '"not connected"', '"no answer"'),  # socket.io's and the channel's own
}
PLACEHOLDER = re.compile(r"%\(\w+\)s|%%|<[^>]+>")


def catalogue(code: str) -> Catalog:
    with (FOLDER / code / "LC_MESSAGES" / "messages.po").open("rb") as file:
        return read_po(file, locale=code)


@pytest.fixture(scope="module")
def texts(tmp_path_factory) -> Catalog:
    """What `make messages` finds in the sources now."""
    out = tmp_path_factory.mktemp("messages") / "messages.pot"
    options = [
        "-F",
        str(ROOT / "pyproject.toml"),
        *("-k", "lazy_gettext"),
        *("-k", "to_translate"),
        "--add-location=file",
        "-o",
        str(out),
    ]
    folders = [str(ROOT)]
    CommandLineInterface().run(["pybabel", "-q", "extract", *options, *folders])
    with out.open("rb") as file:
        return read_po(file)


def forms(text: str | tuple[str, ...]) -> tuple[str, ...]:
    return (text,) if isinstance(text, str) else tuple(text)


@pytest.mark.parametrize("code", CODES)
def test_every_text_is_translated(texts, code):
    known = catalogue(code)
    missing = [
        message.id
        for message in texts
        if message.id
        and ((found := known.get(message.id)) is None or found.fuzzy or not all(forms(found.string)))
    ]
    assert missing == [], (
        f"translate them in translations/{code} after `make messages` (docs/guide/translating.md)"
    )


@pytest.mark.parametrize("code", CODES)
def test_a_script_finds_its_texts_by_their_place(texts, code):
    """The server sends a page's modules the messages that stand in them; an old catalogue does not know where."""
    known = catalogue(code)
    for message in texts:
        if message.id and any(place.startswith("static/js/") for place, _ in message.locations):
            assert any(place.startswith("static/js/") for place, _ in known.get(message.id).locations), (
                f"run `make messages`: {message.id}"
            )


@pytest.mark.parametrize("code", CODES)
def test_translations_keep_placeholders_and_markup(code):
    for message in catalogue(code):
        if not message.id:
            continue
        wanted = sorted(PLACEHOLDER.findall(forms(message.id)[-1]))
        for form in forms(message.string):
            assert sorted(PLACEHOLDER.findall(form)) == wanted, message.id


def test_german_speaks_of_feelings_only_where_english_does():
    for message in catalogue("de"):
        if message.id and re.search(r"[Gg]ef[uü]hl|fühl|[Ee]motion", " ".join(forms(message.string))):
            assert re.search(r"feel|emotion", " ".join(forms(message.id))), message.id


class Literals(HTMLParser):
    """Collects the text and the visible attributes of a template."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_data(self, data: str) -> None:
        self.found.append(data)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.found += [value or "" for name, value in attributes if name in ATTRIBUTES]


def untranslated(source: str) -> list[str]:
    """Returns the words of a template that are not in `_()` or `{% trans %}`."""
    html, inside, tag = [], False, None
    for _, kind, value in jinja2.Environment(extensions=["jinja2.ext.i18n"]).lex(source):
        if kind == "data" and not inside:
            html.append(value)
        elif kind in {"block_begin", "variable_begin"}:
            tag = None
        elif kind == "name" and tag is None:
            tag = value
            inside = True if value == "trans" else False if value == "endtrans" else inside
    parser = Literals()
    parser.feed("".join(html))
    words = [" ".join(text.split()) for text in parser.found]
    return [text for text in words if re.search(r"[^\W\d_]{2,}", text) and text not in NAMES]


@pytest.mark.parametrize("path", sorted((ROOT / "templates").glob("**/*.html")), ids=lambda path: path.name)
def test_templates_hold_no_untranslated_text(path):
    assert untranslated(path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("<p>Good day</p>", ["Good day"]),
        ("<p>{{ _('Good day') }}</p>", []),
        ("<p>{% trans %}Good day{% endtrans %} all</p>", ["all"]),
        ('<img alt="A face" src="face.png">', ["A face"]),
        ("<img alt=\"{{ _('A face') }}\">", []),
    ],
)
def test_untranslated_text_is_found(source, found):
    assert untranslated(source) == found


def bare_sentences(source: str) -> list[str]:
    """Returns the strings of a module that read like sentences and are not arguments of gettext or ngettext."""
    found, call, depth = [], 0, 0
    tokens = list(tokenize(source))
    for at, token in enumerate(tokens):
        if token.type == "operator" and token.value == "(":
            depth += 1
            if at and tokens[at - 1].value in {"gettext", "ngettext"}:
                call = call or depth
        elif token.type == "operator" and token.value == ")":
            call = 0 if call == depth else call
            depth -= 1
        elif is_text(token, call) and is_sentence(re.sub(r"\$\{[^}]*\}", "", token.value[1:-1])):
            found.append(token.value)
    return found


def is_text(token: Token, call: int) -> bool:
    return token.type == "template_string" or (token.type == "string" and not call)


def is_sentence(text: str) -> bool:
    """Several words, or one that begins with a capital and has only small letters after it."""
    if re.search(r"[{};=<>#/]|\b\d+(px|%)|^use strict$", text):
        return False
    return bool(
        re.search(r"[^\W\d_]{2,}[,.]? [^\W\d_]{2,}", text) or re.fullmatch(r"[A-Z][a-z]{2,}[.:…]?", text)
    )


@pytest.mark.parametrize("path", sorted((ROOT / "static/js").glob("**/*.js")), ids=lambda path: path.name)
def test_modules_hold_no_untranslated_text(path):
    assert [text for text in bare_sentences(path.read_text(encoding="utf-8")) if text not in TECHNICAL] == []


def test_bare_sentences_are_found():
    source = (
        'const a = "No face here."; b(gettext("Good day to you")); c(`Hello ${x} there friend`, "Camera");'
    )
    assert bare_sentences(source) == ['"No face here."', "`Hello ${x} there friend`", '"Camera"']


@cache
def app():
    classifier = FakeClassifier()
    classifier.card.content = json.loads((SHIPPED / "card.json").read_text())
    return make_app(classifier=classifier)


def page(path: str = "/model", language: str = "en", cookie: str | None = None) -> str:
    client = app().test_client()
    if cookie:
        client.set_cookie("language", cookie)
    return client.get(path, headers={"Accept-Language": language}).get_data(as_text=True)


@pytest.mark.parametrize(
    ("asked", "cookie", "language"),
    [
        ("de", None, "de"),
        ("de-AT,en;q=0.5", None, "de"),
        ("en-GB,de;q=0.9", None, "en"),
        ("ja", None, "en"),
        ("de;q=0, ja", None, "en"),
        ("ja, DE-ch;q=0.3", None, "de"),
        ("", None, "en"),
        ("de", "en", "en"),
        ("en", "de", "de"),
        ("de", "xx", "de"),
    ],
)
def test_the_choice_counts_first_then_the_browser_then_english(asked, cookie, language):
    assert f'<html lang="{language}">' in page("/", asked, cookie)


def test_german_pages_have_german_words_numbers_and_expressions():
    text = page(language="de")
    accuracy = json.loads((SHIPPED / "card.json").read_text())["metrics"]["PrivateTest"]["accuracy"]
    assert f"<strong>{100 * accuracy:.1f}\u00a0%</strong>".replace(".", ",") in text
    assert "von 3.137 Testbildern" in text
    assert '<span class="measure-name">fröhlich</span>' in text
    assert "seine zahlen zählen nur fotos, bei denen die meisten einig waren" in text.lower()


def messages_of(path: str) -> dict:
    (block,) = re.findall(r'<script type="application/json" id="messages">(.*?)</script>', page(path, "de"))
    return json.loads(block)


def modules_of(path: str) -> set[Path]:
    """Returns the modules that a page loads, at once or later."""
    (entry,) = re.findall(r'<script type="module" src="/static/[^/]+/(js/[^"]+)"', page(path))
    found, new = set(), {ROOT / "static" / entry}
    while new:
        found |= new
        imports = r"""(?:from|import) ?\(?["'](\.[^"']+\.js)["']"""
        named = {
            (one.parent / name).resolve()
            for one in new
            for name in re.findall(imports, one.read_text(encoding="utf-8"))
        }
        new = {one for one in named - found if "vendor" not in one.parts}
    return found


@pytest.mark.parametrize("path", ["/", "/photos", "/music"])
def test_a_page_has_the_messages_of_all_its_modules(path, texts):
    names = tuple(one.relative_to(ROOT).as_posix() for one in modules_of(path))
    sent = messages_of(path)["messages"]
    wanted = {
        message.id if isinstance(message.id, str) else message.id[0]
        for message in texts
        if message.id and any(place.endswith(names) for place, _ in message.locations)
    }
    assert len(wanted) > 30
    assert sorted(wanted - sent.keys()) == []


def test_modules_get_their_own_messages_and_no_others():
    sent = messages_of("/")
    assert sent["language"] == "de"
    assert sent["messages"]["The camera is off."] == "Die Kamera ist aus."
    assert sent["messages"]["%(num)s face."] == ["%(num)s Gesicht.", "%(num)s Gesichter."]
    assert "About" not in sent["messages"]
    assert not any("playlist" in text.lower() for text in sent["messages"])  # of the music page


@pytest.mark.parametrize(
    ("back", "goes_to"),
    [
        ("/model", "/model"),
        ("https://evil.example/", "/"),
        ("//evil.example/", "/"),
        ("/\\evil.example", "/"),
        ("", "/"),
        ("/about?x=1#y", "/about"),
    ],
)
def test_choosing_a_language_is_remembered_and_stays_on_the_site(back, goes_to):
    client = app().test_client()
    answer = client.post("/language", data={"language": "de", "back": back})
    assert (answer.status_code, answer.headers["Location"]) == (303, goes_to)
    assert re.fullmatch(
        r"language=de; Expires=[^;]+; Max-Age=31536000; HttpOnly; Path=/; SameSite=Lax",
        answer.headers["Set-Cookie"],
    )
    assert '<html lang="de">' in client.get("/about").get_data(as_text=True)


def test_an_unknown_language_is_refused_in_words():
    answer = app().test_client().post("/language", data={"language": "tlh"})
    assert (answer.status_code, answer.json["code"]) == (400, "bad_request")
    assert "Set-Cookie" not in answer.headers


def test_caches_keep_the_languages_apart():
    assert {"Accept-Language", "Cookie"} <= set(app().test_client().get("/about").vary)


def test_a_third_language_is_a_file(tmp_path: Path):
    from webapp.web.i18n import load_languages

    file = tmp_path / "pt_BR" / "LC_MESSAGES" / "messages.po"
    file.parent.mkdir(parents=True)
    file.write_text('msgid "About"\nmsgstr "Sobre"\n')
    languages = load_languages(tmp_path)
    assert list(languages) == ["en", "pt-BR"]
    assert languages["pt-BR"].name == "Português (Brasil)"
    assert languages["pt-BR"].translations.gettext("About") == "Sobre"
