"""Languages: which there are, which one a visitor reads, and what pages need of it.

A language is one file, `translations/<code>/LC_MESSAGES/messages.po`. It is compiled in memory at the start, so there
is no compiled copy that could be missing or old (docs/guide/translating.md).
"""

from __future__ import annotations

import io
import json
import tomllib
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, BinaryIO, cast

from babel import Locale
from babel.messages.catalog import Catalog, Message
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import Translations
from flask import Flask, current_app, request
from flask_babel import Babel, Domain, format_decimal, format_timedelta, get_locale, gettext, lazy_gettext

SOURCE = "en"
COOKIE = "language"
DOMAIN = "messages"
SCRIPTS = "static/js/"
KEY = "countenance.languages"

EXPRESSIONS = {
    "angry": lazy_gettext("angry"),
    "disgust": lazy_gettext("disgusted"),
    "fear": lazy_gettext("fearful"),
    "happy": lazy_gettext("happy"),
    "sad": lazy_gettext("sad"),
    "surprise": lazy_gettext("surprised"),
    "neutral": lazy_gettext("neutral"),
}
"""The labels as pages show them, all as adjectives of a face, as `adjective` in static/js/shared/words.js has them;
everywhere else they are these keys."""


@dataclass(frozen=True)
class ScriptMessage:
    """A text of the pages' JavaScript.

    Attributes:
        string: Its translation; a list holds plural forms.
        rooms: The folders of `static/js` whose modules use it; a module beside them is its page's.
    """

    string: str | list[str]
    rooms: frozenset[str]


@dataclass(frozen=True)
class Language:
    """One language of the pages.

    Attributes:
        code: Code for `<html lang>`, such as `de` or `pt-BR`.
        name: Name in the language itself.
        translations: Translations of the templates and of Python's texts.
        script_messages: Texts of the pages' JavaScript, by the English one.
    """

    code: str
    name: str
    translations: Translations
    script_messages: Mapping[str, ScriptMessage]

    def messages_of(self, rooms: Collection[str]) -> dict[str, str | list[str]]:
        """Returns the translations of some rooms' texts: a page carries no others."""
        return {
            text: one.string for text, one in self.script_messages.items() if not one.rooms.isdisjoint(rooms)
        }


class _Catalogues(Domain):
    """Flask-Babel's translations, from memory instead of from compiled files."""

    def __init__(self, languages: Mapping[str, Language]) -> None:
        super().__init__(domain=DOMAIN)
        self.cache = {(code.replace("-", "_"), DOMAIN): one.translations for code, one in languages.items()}


def init_app(app: Flask, folder: Path) -> None:
    """Gives an app its languages: English, and every one that has a file in `folder`."""
    languages = load_languages(folder)
    app.extensions[KEY] = languages
    babel = Babel(app, default_locale=SOURCE, locale_selector=_select)
    babel.domain_instance = _Catalogues(languages)
    app.jinja_env.policies["ext.i18n.trimmed"] = True
    app.jinja_env.filters.update(
        confidence=confidence,
        duration=duration,
        expression=expression,
        number=number,
        percent=percent,
        translated=gettext,
    )
    app.jinja_env.globals.update(languages=languages.values(), language=_language)


def load_languages(folder: Path) -> dict[str, Language]:
    """Reads the languages.

    Args:
        folder: Holds `<code>/LC_MESSAGES/messages.po`, one for each language other than English.

    Returns:
        By code, in alphabetical order.
    """
    languages = {SOURCE: Language(SOURCE, _own_name(SOURCE), Translations(), {})}
    for path in folder.glob(f"*/LC_MESSAGES/{DOMAIN}.po"):
        code = path.parts[-3].replace("_", "-")
        with path.open("rb") as file:
            catalogue = read_po(file, locale=path.parts[-3])
        languages[code] = Language(code, _own_name(code), _compile(catalogue), _script_messages(catalogue))
    return dict(sorted(languages.items()))


def choose(code: str) -> Language | None:
    """Returns the language of this app with that code, if there is one."""
    return cast("dict[str, Language]", current_app.extensions[KEY]).get(code)


def current_code() -> str:
    """Returns the code of the visitor's language."""
    return _language().code


def expression(label: str) -> str:
    """Returns a label as the visitor reads it; an unknown one as it is."""
    return str(EXPRESSIONS.get(label, label))


def to_translate(text: str) -> str:
    """Marks a text that is kept in English and shown in the visitor's language; `make messages` finds the calls."""
    return text


def percent(share: float, digits: int = 0) -> str:
    """Returns a share, 0..1, in percent as the visitor writes numbers; it never breaks across lines."""
    return f"{format_decimal(100 * share, format='0.' + '0' * digits)}\u00a0%"


def confidence(share: float) -> str:
    """Returns a probability that the model gives, 0..1, in percent: at most 99 %, for no reading is certain."""
    return percent(min(share, 0.99))


def number(value: float) -> str:
    """Returns a number as the visitor writes it, with one decimal at most."""
    return format_decimal(value, format="#,##0.#")


def duration(seconds: float) -> str:
    """Returns how long something takes, in the visitor's language and the largest unit that fits."""
    return format_timedelta(timedelta(seconds=round(seconds)))


def extract_card(file: BinaryIO, *_: Any, **__: Any) -> Iterator[tuple[int, str, str, list[str]]]:
    """Yields the sentences of a model's card that pages show; Babel calls this (pyproject.toml)."""
    card = json.load(file)
    purpose = [card["purpose"]] if "purpose" in card else []
    for text in [*purpose, *card["limits"], card["data"]["name"], card["data"]["split_rule"]]:
        yield 1, "gettext", text, []


def extract_policies(file: BinaryIO, *_: Any, **__: Any) -> Iterator[tuple[int, str, str, list[str]]]:
    """Yields the titles and sentences of the shipped music policies; Babel calls this (pyproject.toml)."""
    for policy in tomllib.load(file).values():
        yield 1, "gettext", policy["title"], []
        yield 1, "gettext", policy["summary"], []


def _select() -> str:
    """The language that was chosen, else the one that the browser asks for, else English."""
    codes = current_app.extensions[KEY]
    asked = [code for code, quality in request.accept_languages if quality > 0]
    chosen = request.cookies.get(COOKIE)
    code = (
        chosen
        if chosen in codes
        else next((found for one in asked if (found := _nearest(one, codes))), SOURCE)
    )
    return str(code).replace("-", "_")


def _nearest(asked: str, codes: Iterable[str]) -> str | None:
    """Returns the language that was asked for, else one that differs in the region: `de` for `de-AT`.

    Werkzeug's `best_match` would prefer any exact match further down the visitor's list.
    """

    def main_part(code: str) -> str:
        return code.lower().partition("-")[0]

    exact = (code for code in codes if code.lower() == asked.lower())
    related = (code for code in codes if main_part(code) == main_part(asked))
    return next(exact, None) or next(related, None)


def _language() -> Language:
    languages: Mapping[str, Language] = current_app.extensions[KEY]
    return languages.get(str(get_locale()).replace("_", "-"), languages[SOURCE])


def _own_name(code: str) -> str:
    name = Locale.parse(code, sep="-").get_display_name()
    return name[:1].upper() + name[1:] if name else code


def _compile(catalogue: Catalog) -> Translations:
    compiled = io.BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return Translations(compiled)


def _script_messages(catalogue: Catalog) -> dict[str, ScriptMessage]:
    ready = ((message, _rooms_of(message)) for message in catalogue if message.string and not message.fuzzy)
    return dict(_pair(message, rooms) for message, rooms in ready if rooms)


def _rooms_of(message: Message) -> frozenset[str]:
    places = (Path(place).relative_to(SCRIPTS) for place, _ in message.locations if place.startswith(SCRIPTS))
    return frozenset(place.parts[0].removesuffix(".js") for place in places)


def _pair(message: Message, rooms: frozenset[str]) -> tuple[str, ScriptMessage]:
    """The key of a plural is its singular, as in `static/js/shared/i18n.js`."""
    if isinstance(message.id, str):
        return message.id, ScriptMessage(str(message.string), rooms)
    return message.id[0], ScriptMessage(list(message.string or ()), rooms)
