"""Writes sbom.cdx.json, a software bill of materials in CycloneDX 1.6: `make sbom`.

In it are the packages that requirements.txt installs, the browser packages of package.json and the models. Tools of
tests and training are left out: no server runs them.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.support.packages import installed, normal, top_level
from webapp.paths import PACKAGES as ROOT
from webapp.version import VERSION

TARGET = ROOT / "sbom.cdx.json"
ROOT_REF = "countenance"

Component = dict[str, Any]


def run_json(*command: str | Path) -> dict[str, Any]:
    """Runs a command in the repository and returns the JSON that it prints."""
    return json.loads(subprocess.run(command, cwd=ROOT, check=True, capture_output=True).stdout)


def python_packages() -> dict[str, Any]:
    """Returns the packages of this environment as CycloneDX."""
    program = Path(sys.executable).parent / "cyclonedx-py"
    return run_json(program, "environment", "--output-reproducible", "--of", "JSON", sys.executable)


def browser_packages() -> dict[str, Any]:
    """Returns the packages of package-lock.json that pages use as CycloneDX."""
    return run_json("npm", "sbom", "--sbom-format", "cyclonedx", "--omit", "dev", "--package-lock-only")


def models() -> list[Component]:
    """Returns a component for each file of each model in models/."""
    found = []
    for path in sorted(ROOT.glob("models/*/card.json")):
        card = json.loads(path.read_text(encoding="utf-8"))
        for name, entry in card["files"].items():
            found.append(
                {
                    "type": "machine-learning-model",
                    "bom-ref": f"models/{path.parent.name}/{name}",
                    "name": f"{card['name']}/{name}",
                    "version": card["created"],
                    "licenses": [{"license": {"id": "MIT"}}],
                    "hashes": [{"alg": "SHA-256", "content": entry["sha256"]}],
                }
            )
    return found


def merged() -> dict[str, Any]:
    """Returns one bill of all that a server runs or serves."""
    wanted = set(installed(top_level()))
    python, browser = python_packages(), browser_packages()
    components = [one for one in python["components"] if normal(one["name"]) in wanted]
    components += browser["components"]
    weights = models()
    refs = {one["bom-ref"] for one in (*components, *weights)}
    direct = {normal(line.name) for line in top_level()}
    own = [one["bom-ref"] for one in components if normal(one["name"]) in direct]
    own += [
        ref
        for one in browser["dependencies"]
        if one["ref"] == browser["metadata"]["component"]["bom-ref"]
        for ref in one.get("dependsOn", [])
    ]
    needs = [
        {"ref": one["ref"], "dependsOn": [ref for ref in one.get("dependsOn", []) if ref in refs]}
        for bill in (python, browser)
        for one in bill["dependencies"]
        if one["ref"] in refs
    ]
    return {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {
            "component": {
                "type": "application",
                "bom-ref": ROOT_REF,
                "name": "countenance",
                "version": VERSION,
                "licenses": [{"license": {"id": "MIT"}}],
            }
        },
        "components": [*components, *weights],
        "dependencies": [
            {"ref": ROOT_REF, "dependsOn": sorted({*own, *(one["bom-ref"] for one in weights)})},
            *needs,
        ],
    }


def main() -> None:
    bill = merged()
    TARGET.write_text(json.dumps(bill, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    print(f"{TARGET.name}: {len(bill['components'])} components.")


if __name__ == "__main__":
    main()
