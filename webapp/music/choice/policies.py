"""Policies: from a mood's place on the plane to the place of the next song. Data, written as TOML."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from webapp.core.affect import Point

NAME_LIMIT = 40
SENTENCE_LIMIT = 200


@dataclass(frozen=True)
class Policy:
    """Where music goes from a mood.

    The iso principle of music therapy (Altshuler 1948): meet people where they are, then move in small steps.

    Attributes:
        name: Its key in the file.
        title: For people.
        summary: One sentence for people.
        goal: Place to which it leads; `None` stays at the mood.
        own_goal: Whether the visitor chooses the goal.
        hold: Songs at the mood's own place before the first step, >= 0.
        step: Distance by which each further song is nearer to the goal, > 0.
    """

    name: str
    title: str
    summary: str
    goal: Point | None = None
    own_goal: bool = False
    hold: int = 1
    step: float = 0.3

    def target(self, mood: Point, *, songs: int, goal: Point | None = None) -> Point:
        """Returns where the next song should be.

        Args:
            mood: The settled or chosen one.
            songs: Number of songs heard since it settled, >= 0.
            goal: The visitor's, where the policy leaves it to them.
        """
        goal = goal if self.own_goal and goal is not None else self.goal
        if goal is None:
            return mood
        return mood.moved(goal, self.step * max(0, songs + 1 - self.hold))


class PolicyError(ValueError):
    """A policy file that does not say what a policy file says; the message names the place."""


KEYS = {field.name for field in fields(Policy)} - {"name"}


def parse_policies(text: str) -> dict[str, Policy]:
    """Reads a policy file.

    Args:
        text: TOML: one table per policy; docs/reference/music.md describes the keys.

    Returns:
        The policies by name, in the file's order; at least one.

    Raises:
        PolicyError: If the file is not TOML, or a key or value is not one that policies have.
    """
    try:
        tables = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise PolicyError(f"The policy file is not TOML: {error}.") from error
    if not tables:
        raise PolicyError("The policy file must have at least one table, such as [match]. Received: none.")
    return {name: _policy(name, table) for name, table in tables.items()}


def _policy(name: str, table: Any) -> Policy:
    if not isinstance(table, Mapping):
        raise PolicyError(f"`{name}` must be a table, [{name}]. Received: {table!r}")
    if unknown := sorted(set(table) - KEYS):
        raise PolicyError(f"[{name}] has a key {unknown[0]!r}; known are {', '.join(sorted(KEYS))}.")
    return Policy(
        name=_text(name, "name", name, NAME_LIMIT),
        title=_text(name, "title", table.get("title"), NAME_LIMIT),
        summary=_text(name, "summary", table.get("summary"), SENTENCE_LIMIT),
        goal=_point(name, table["goal"]) if "goal" in table else None,
        own_goal=_flag(name, table.get("own_goal", False)),
        hold=int(_number(name, "hold", table.get("hold", 1), int, (0, 100))),
        step=_number(name, "step", table.get("step", 0.3), (int, float), (0.01, 3)),
    )


def _text(table: str, key: str, value: Any, limit: int) -> str:
    if not isinstance(value, str) or not 1 <= len(value.strip()) <= limit:
        raise PolicyError(f"[{table}] {key} must be a text of 1 to {limit} characters. Received: {value!r}")
    return value.strip()


def _flag(table: str, value: Any) -> bool:
    if not isinstance(value, bool):
        raise PolicyError(f"[{table}] own_goal must be true or false. Received: {value!r}")
    return value


def _number(table: str, key: str, value: Any, kind: Any, within: tuple[float, float]) -> float:
    low, high = within
    if isinstance(value, bool) or not isinstance(value, kind) or not low <= value <= high:
        words = "a whole number" if kind is int else "a number"
        raise PolicyError(f"[{table}] {key} must be {words} from {low} to {high}. Received: {value!r}")
    return value


def _point(table: str, value: Any) -> Point:
    if not isinstance(value, Mapping) or set(value) != {"valence", "arousal"}:
        raise PolicyError(f"[{table}] goal must be {{ valence = …, arousal = … }}. Received: {value!r}")
    sides = [
        _number(table, f"goal.{side}", value[side], (int, float), (-1, 1)) for side in ("valence", "arousal")
    ]
    return Point(*sides)
