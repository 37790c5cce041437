"""One top-level class name, one meaning: a reader who meets a name knows which class it is."""

import ast
from collections import defaultdict

from tests.support.servers import ROOT


def test_no_two_classes_of_webapp_share_a_name():
    places = defaultdict(list)
    for path in sorted((ROOT / "webapp").rglob("*.py")):
        for node in ast.parse(path.read_text()).body:
            if isinstance(node, ast.ClassDef):
                places[node.name].append(path.relative_to(ROOT).as_posix())
    assert len(places) > 100
    assert {name: found for name, found in places.items() if len(found) > 1} == {}
