"""Asks for known vulnerabilities of what servers run with: `make audit`.

Exit codes: 0 if all packages were looked up and none is vulnerable, 1 if one is, 2 if some could not be looked up.
pip-audit alone exits with 0 where its service knows not one package.
"""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from webapp.paths import PACKAGES as ROOT


@dataclass
class Outcome:
    """What was found out about some packages.

    Attributes:
        num_checked: Packages that were looked up.
        vulnerable: One line for each known vulnerability.
        unchecked: Reasons, each with the number of packages that could not be looked up for it.
    """

    num_checked: int = 0
    vulnerable: list[str] = field(default_factory=list)
    unchecked: dict[str, int] = field(default_factory=dict)


def run(*command: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, cwd=ROOT, check=False, capture_output=True, text=True, timeout=300)


def last_line(text: str) -> str:
    return next((line.strip() for line in reversed(text.splitlines()) if line.strip()), "no reason given")


def read_pip_audit(output: str, errors: str = "") -> Outcome:
    """Reads what `pip-audit --format json` prints."""
    try:
        packages: list[dict[str, Any]] = json.loads(output)["dependencies"]
    except (ValueError, KeyError, TypeError):
        return Outcome(unchecked={last_line(errors or output): 0})
    found = Outcome()
    for package in packages:
        if "skip_reason" in package:
            reason = package["skip_reason"].partition(":")[0]
            found.unchecked[reason] = found.unchecked.get(reason, 0) + 1
            continue
        found.num_checked += 1
        for one in package.get("vulns", []):
            fixed = ", ".join(one.get("fix_versions") or []) or "no version yet"
            found.vulnerable.append(f"{package['name']} {package['version']}: {one['id']}, fixed in {fixed}")
    return found


def read_npm_audit(output: str, errors: str = "") -> Outcome:
    """Reads what `npm audit --json` prints."""
    try:
        report = json.loads(output)
        num_checked = report["metadata"]["dependencies"]["total"]
        vulnerable = report["vulnerabilities"]
    except (ValueError, KeyError, TypeError):
        reason = report.get("message") if isinstance(report := _json(output), dict) else None
        return Outcome(unchecked={str(reason or last_line(errors or output)): 0})
    return Outcome(num_checked, [f"{name}: {entry['severity']}" for name, entry in vulnerable.items()])


def _json(text: str) -> object:
    try:
        return json.loads(text)
    except ValueError:
        return None


def report(name: str, outcome: Outcome) -> int:
    """Prints an outcome and returns its exit code."""
    for line in outcome.vulnerable:
        print(f"{name}: VULNERABLE {line}")
    for reason, number in outcome.unchecked.items():
        print(f"{name}: NOT AUDITED, {f'{number} packages' if number else 'no package'}: {reason}")
    if outcome.num_checked:
        print(
            f"{name}: {outcome.num_checked} packages looked up, {len(outcome.vulnerable)} known vulnerabilities."
        )
    return 1 if outcome.vulnerable else 2 if outcome.unchecked else 0


def main() -> int:
    pip_audit = run(
        Path(sys.executable).parent / "pip-audit",
        *("--format", "json", "--progress-spinner", "off"),
        *("--disable-pip", "--require-hashes", "--requirement", "requirements.lock"),
    )
    npm = run("npm", "audit", "--omit=dev", "--json")
    codes = [
        report("Python", read_pip_audit(pip_audit.stdout, pip_audit.stderr)),
        report("browser", read_npm_audit(npm.stdout, npm.stderr)),
    ]
    if 2 in codes:
        print("Run it where the advisories can be reached: PyPI's JSON API and npm's audit service.")
    return 1 if 1 in codes else max(codes)


if __name__ == "__main__":
    sys.exit(main())
