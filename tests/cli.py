"""The command line in a folder of its own: words in; exit code, stdout and stderr out.

Most tests run the tool in this process, which is quick. ``Desk.start`` runs a real one, for what only a process
shows: signals, terminals, two runs at once.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from reconciler.cli import run

ROOT = Path(__file__).parent.parent
EXAMPLES = ROOT / "examples"
WRITES = frozenset({"order_switch", "set_licenses"})
Document = dict[str, Any]


@dataclass(frozen=True)
class Answer:
    """What a command said and ended with."""

    code: int
    out: str
    err: str

    @property
    def both(self) -> str:
        """Everything that was said."""
        return self.out + self.err

    def json(self) -> Any:
        """The result as a value; stdout holds nothing but it."""
        return json.loads(self.out)


class Desk:
    """A working folder with the tool at hand. Paths given to commands are relative to it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    # what stands in the folder

    def examples(self) -> Desk:
        """Put a fresh copy of the examples into the folder."""
        shutil.copytree(EXAMPLES, self.folder / "examples", ignore=shutil.ignore_patterns(".reconciler"))
        return self

    def put(self, path: str, text: str) -> Path:
        """Write a file."""
        file = self.folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
        return file

    def configure(self, **members: Any) -> Desk:
        """Name the embedded service as the backend, so that it holds what is loaded into it."""
        base = {"apiVersion": "reconciler/v1", "kind": "Configuration", "backend": "simulator"}
        self.put("reconciler.yaml", json.dumps({**base, **members}))
        return self

    def declare(self, name: str, plan: str, licenses: int | None = None, **spec: Any) -> Document:
        """Write a tenant file for one subscription called main."""
        wanted: Document = {"name": "main", "plan": plan}
        if licenses is not None:
            wanted["licenses"] = licenses
        document = tenant_file(name, [wanted], **spec)
        self.put(f"tenants/{name}.yaml", json.dumps(document, ensure_ascii=False))
        return document

    def live(self, document: Document) -> Document:
        """Write a live state, named after its tenant."""
        self.put(f"live/{document['metadata']['name']}.yaml", json.dumps(document))
        return document

    # the tool

    def run(self, *words: object) -> Answer:
        """Run a command in this process."""
        out, err = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            code = run([str(word) for word in words])
        return Answer(code, out.getvalue(), err.getvalue())

    def ok(self, *words: object) -> Answer:
        """Run a command that must end with 0."""
        answer = self.run(*words)
        assert answer.code == 0, answer.both
        return answer

    def plan(self, *words: object) -> Document:
        """Plan as JSON; ``words`` are the paths and options."""
        document: Document = self.run("plan", *words, "--format", "json").json()
        return document

    def apply(self, *words: object) -> Answer:
        """Apply without asking."""
        return self.run("apply", *(words or ("tenants",)), "--auto-approve")

    def start(self, *words: object, **options: Any) -> subprocess.Popen[str]:
        """Start the tool as a process of its own."""
        return subprocess.Popen(
            [sys.executable, "-m", "reconciler", *map(str, words)],
            **{
                "cwd": self.folder,
                "stdin": subprocess.DEVNULL,
                "stdout": subprocess.PIPE,
                "stderr": subprocess.PIPE,
                "text": True,
                "env": {**os.environ, "PYTHONPATH": str(ROOT)},
                **options,
            },
        )

    # what the service says happened

    def calls(self) -> list[Document]:
        """Every call the service got, oldest first."""
        calls: list[Document] = self.ok("simulator", "log", "--format", "json").json()["calls"]
        return calls

    def asked(self) -> list[Document]:
        """Every write this tool asked for, taken or not."""
        return [c for c in self.calls() if c["operation"] in WRITES and c["caller"] == "reconciler"]

    def taken(self) -> list[Document]:
        """Every write of this tool that the service says came to pass."""
        return [c for c in self.asked() if c["taken"]]

    def standing(self, name: str) -> list[tuple[str, int]]:
        """Plan and licences of each subscription, as they stand at the service."""
        document = self.ok("simulator", "show", name, "--format", "json").json()
        return [(s["plan"], s["licenses"]) for s in document["spec"]["subscriptions"]]


def last_line_of(code: str, folder: Path, **environment: str) -> str:
    """Run Python in a process of its own, and return the last line it prints: what is imported there is told so."""
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        cwd=folder,
        timeout=60,
        env={"PYTHONPATH": str(ROOT), "PATH": "", **environment},
    )
    return done.stdout.splitlines()[-1]


def tenant_file(name: str, subscriptions: list[Document], **spec: Any) -> Document:
    """A tenant file as a value."""
    return {
        "apiVersion": "reconciler/v1",
        "kind": "Tenant",
        "metadata": {"name": name},
        "spec": {"tenant": f"{name}.onmicrosoft.com", "subscriptions": subscriptions, **spec},
    }


def tenant_of(plan: Document, name: str) -> Document:
    """One tenant of a change plan."""
    (found,) = [t for t in plan["tenants"] if t["name"] == name]
    document: Document = found
    return document


def verdicts(plan: Document) -> dict[str, str]:
    """Each tenant's verdict."""
    return {t["name"]: t["verdict"] for t in plan["tenants"]}
