"""A pull request from a stranger: its files cost little, run nothing, and open nothing but what was named.

What is measured is measured by the system: a child process with limits on memory and processor time, and one in
which Python itself reports every file, socket and process that is opened.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import textwrap
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from cli import ROOT, Desk
from test_loading import HOSTILE, MEGABYTE

HEAD = {
    kind: f"apiVersion: reconciler/v1\nkind: {kind}\n" for kind in ("Tenant", "LiveState", "Configuration")
}
SOUND = (
    HEAD["Tenant"] + "metadata: {name: fabrikam}\n"
    "spec: {tenant: fabrikam.example, subscriptions: [{plan: office-365-enterprise-e3, licenses: 42}]}\n"
)
SEEN = (
    HEAD["LiveState"] + "metadata: {name: fabrikam, observedAt: 2026-11-23T10:00:00Z}\n"
    "spec: {tenant: fabrikam.example, subscriptions: [{id: a-1, plan: office-365-enterprise-e3, licenses: 40}]}\n"
)
LONG = "x" * MEGABYTE


def spec(text: str) -> str:
    """A tenant file that is sound but for one more member."""
    return SOUND.removesuffix("}\n") + f", {text}}}\n"


def subscriptions(text: str) -> str:
    """A tenant file with these subscriptions."""
    return SOUND.replace("[{plan: office-365-enterprise-e3, licenses: 42}]", text)


# What the loader's own tests do not have: sound YAML that would do harm behind the loader.
MORE = {
    "a name": HEAD["Tenant"] + f"metadata: {{name: {LONG}}}\nspec: {{}}\n",
    "a kind": f"apiVersion: reconciler/v1\nkind: {LONG}\n",
    "a member": HEAD["Tenant"] + "".join(f"{LONG[:190]}{i}: 1\n" for i in range(5000)),
    "a plan": subscriptions(f"[{{plan: {LONG}, licenses: 5}}]"),
    "many subscriptions": subscriptions("[" + "{plan: nothing, licenses: 5}, " * 30_000 + "]"),
    "many names": subscriptions(
        "["
        + ", ".join(
            f"{{name: n{i}, plan: office-365-enterprise-e{i % 3}, licenses: 5}}" for i in range(9_000)
        )
        + "]"
    ),
    "a reason": spec(f"suspend: {{reason: {LONG}, owner: o, until: 2026-12-24}}"),
    "a domain": spec("website: {domain: " + "a." * (MEGABYTE // 2) + "a}"),
    "a number": SOUND.replace("42", "9" * MEGABYTE),
    "windows": spec("windows: [" + "{allow: 'Sat 20:00-24:00', timezone: Europe/Oslo}, " * 18_000 + "]"),
    "time zones": spec("windows: [{allow: 'Sat 20:00-24:00', timezone: " + "../" * 300_000 + "etc/passwd}]"),
    "days": spec("windows: [{allow: '" + "Mon," * 250_000 + " 20:00-24:00', timezone: Europe/Oslo}]"),
    "merge keys": "a: &a {b: 1}\n" + "c: {<<: [" + "*a, " * 200_000 + "]}\n",
    "python objects": "- !!python/object/apply:os.system ['touch harm']\n" * 15_000,
    "labels": HEAD["Tenant"]
    + "metadata: {name: a, labels: {"
    + ", ".join(f"k{i}: v" for i in range(60_000))
    + "}}\nspec: {}\n",
    "many tenants": "---\n".join(SOUND for _ in range(4000)),
}
ALL = {**HOSTILE, **MORE}
# One loader reads every kind, and refuses these for what another one of the list is refused for as well. Each costs
# half a second of reading, so they are taken for a tenant file alone.
ALIKE = {
    *("far duplicate", "labels", "many empty entries", "many names", "many subscriptions", "many tenants"),
    *("nested lists", "windows"),
}

# Runs each command given as JSON, with little more memory than it takes to run one that is harmless, and at most
# three seconds of processor time for each. Past either the child dies, by the system's hand.
LIMITED = """
    import contextlib, io, json, resource, sys
    from reconciler.cli import run

    def said(words):
        out = io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(out):
            code = run(words)
        return code, out.getvalue()

    harmless, hostile = json.loads(sys.stdin.read())
    for words in harmless:
        said(words)
    pages = int(open("/proc/self/statm").read().split()[0])
    most = pages * resource.getpagesize() + int(sys.argv[1]) * 2**20
    resource.setrlimit(resource.RLIMIT_AS, (most, most))
    hard = resource.getrlimit(resource.RLIMIT_CPU)[1]
    for words in hostile:
        print("begun", json.dumps(words), flush=True)
        used = resource.getrusage(resource.RUSAGE_SELF)
        resource.setrlimit(resource.RLIMIT_CPU, (int(used.ru_utime + used.ru_stime) + 3, hard))
        print(json.dumps(said(words)), flush=True)
"""


def child(program: str, *words: object, text: str = "", **more: Any) -> subprocess.CompletedProcess[str]:
    """Run a Python program in a process of its own."""
    return subprocess.run(
        [sys.executable, "-P", "-c", textwrap.dedent(program), *map(str, words)],
        input=text,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
        **{"env": {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"}, **more},
    )


COMMANDS: dict[str, Callable[[str], list[str]]] = {
    "a tenant file": lambda file: ["validate", file],
    "a live state": lambda file: ["plan", "sound.yaml", "--live", file],
    "a configuration": lambda file: ["validate", "sound.yaml", "--config", file],
    "a catalogue": lambda file: ["validate", "sound.yaml", "--config", f"{file}.config"],
}


@pytest.mark.skipif(
    not Path("/proc/self/statm").exists(), reason="needs /proc, to know how large a process is"
)
@pytest.mark.parametrize("what", COMMANDS)
def test_a_hostile_file_costs_little_whatever_it_is_taken_for(desk: Desk, what: str) -> None:
    desk.put("sound.yaml", SOUND)
    desk.put("seen.yaml", SEEN)
    hostile = []
    for i, (name, text) in enumerate(ALL.items()):
        if name in ALIKE and what != "a tenant file":
            continue
        desk.put(f"{i}.yaml", text)
        desk.put(f"{i}.yaml.config", HEAD["Configuration"] + f"catalogue: ./{i}.yaml\n")
        hostile.append((name, COMMANDS[what](f"{i}.yaml")))
    harmless = [["validate", "sound.yaml"], ["plan", "sound.yaml", "--live", "seen.yaml"]]
    done = child(LIMITED, 96, text=json.dumps([harmless, [words for _, words in hostile]]), cwd=desk.folder)
    lines = done.stdout.splitlines()
    assert done.returncode == 0, (
        ALL.keys() and hostile[len(lines) // 2][0],
        done.returncode,
        done.stderr[-2000:],
    )
    for (name, _), line in zip(hostile, lines[1::2], strict=True):
        code, told = json.loads(line)
        assert code == 1, name
        assert "Traceback" not in told, name
        assert len(told) < 100_000, (name, len(told))
        assert told.replace("\n", "").isprintable(), name


# Runs the commands and writes down whatever Python is about to open, run or ask: its audit events.
WATCHED = """
    import json, os, sys
    events, quiet = [], False
    TOLD = ("open", "os.listdir", "os.scandir", "import", "sqlite3.connect", "exec", "compile")
    SAID = ("socket.", "subprocess.", "os.", "pty.", "urllib.", "http.", "ftplib.", "ctypes.", "pickle.", "shutil.")

    def hook(event, words):
        if not quiet and (event in TOLD or event.startswith(SAID)):
            events.append([event, [w if isinstance(w, (int, str, type(None))) else str(w) for w in words]])

    commands = json.loads(sys.stdin.read())
    sys.addaudithook(hook)
    from reconciler.cli import run
    codes = [run(words) for words in commands]
    quiet = True
    print("WATCHED" + json.dumps([codes, events]))
"""
HARM = """\
# yaml-language-server: $schema=http://127.0.0.1:9/schema.json
apiVersion: reconciler/v1
kind: Tenant
$schema: http://127.0.0.1:9/schema.json
$ref: file:///etc/passwd
metadata:
  name: !include /etc/passwd
  labels: {a: "file:///etc/passwd", b: !!python/object/apply:os.system ["touch ran"]}
<<: !!python/name:os.system
spec:
  tenant: file:///etc/passwd
  website: {domain: "http://127.0.0.1:9/"}
  subscriptions:
    - {name: "$(touch ran)", plan: /etc/passwd, licenses: "`touch ran`"}
    - {plan: "http://127.0.0.1:9/", subscriptionId: "file:///etc/passwd"}
  acknowledge: {noWayBack: "file:///etc/passwd", backup: {taken: 2026-11-20, where: "https://127.0.0.1:9/"}}
  windows: [{allow: "Sat 20:00-24:00", timezone: ../../../etc/passwd}, {deny: 2026-12-24, timezone: /etc/passwd}]
  suspend: {reason: "{0.__class__}", owner: "%(touch ran)s", until: 2026-12-24}
"""
# The same where the schema does not stop it.
FITTING = """\
apiVersion: reconciler/v1
kind: Tenant
metadata: {name: harm, labels: {a: "file:///etc/passwd", b: "http://127.0.0.1:9/"}}
spec:
  tenant: 127.0.0.1
  website: {domain: 127.0.0.1}
  subscriptions: [{name: main, plan: office-365-enterprise-e3, licenses: 42}]
  acknowledge: {backup: {taken: 2026-11-20, where: "https://127.0.0.1:9/ $(touch ran)"}}
  windows: [{allow: "Sat 20:00-24:00", timezone: Europe/Oslo}]
  suspend: {reason: "file:///etc/passwd", owner: "{0.__class__}", until: 2026-12-24}
  unmanaged: [{plan: exchange-online-plan-1, reason: "http://127.0.0.1:9/"}]
"""
MARKS = ("touch ran", "/etc/passwd", "127.0.0.1:9", "0.__class__")
# What Python opens to run at all: itself, its libraries, ours, their byte code, and the tables of time zones.
BYTECODE = os.environ.get("PYTHONPYCACHEPREFIX", sys.prefix)
OURS = {
    os.path.realpath(p)
    for p in (sys.prefix, sys.base_prefix, BYTECODE, ROOT / "reconciler", ROOT / "schemas")
}
ZONES = ("/usr/share/zoneinfo", "/usr/lib/zoneinfo", "/usr/share/lib/zoneinfo", "/etc/zoneinfo")


def watched(folder: Path, *commands: Sequence[str]) -> tuple[list[int], list[tuple[str, list[Any]]]]:
    """Exit codes, and every event of opening, running or asking."""
    done = child(WATCHED, text=json.dumps(commands), cwd=folder)
    assert done.returncode == 0, done.stderr
    codes, events = json.loads(done.stdout.rpartition("WATCHED")[2])
    return codes, [(event, words) for event, words in events]


def strange(folder: Path, allowed: Sequence[str], events: Sequence[tuple[str, list[Any]]]) -> list[Any]:
    """What was opened beside Python, the package, and what was named; and whatever was run, asked or changed."""
    known = (*OURS, *ZONES, *(os.path.realpath(folder / path) for path in allowed))
    found: list[Any] = []
    for event, words in events:
        if event in ("open", "os.listdir", "os.scandir"):
            path = os.path.realpath(folder / str(words[0]))
            flags = words[2] if event == "open" else os.O_RDONLY
            reads = flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC) == 0
            if not reads or not any((path + os.sep).startswith(k + os.sep) for k in known):
                found.append((event, words))
        elif event in ("exec", "compile", "import"):
            # Code made on the way is that of dataclasses and the like, and says nothing of a file's.
            if any(word in str(words) for word in (*MARKS, os.fspath(folder))):
                found.append((event, words))
        else:
            found.append((event, words))
    return found


def test_loading_opens_what_was_named_and_asks_and_runs_nothing(desk: Desk) -> None:
    desk.put("tenants/harm.yaml", HARM)
    desk.put("tenants/fitting.yaml", FITTING)
    desk.put("tenants/sound.yaml", SOUND)
    desk.put("live/seen.yaml", SEEN)
    desk.put("live/harm.yaml", HARM.replace("kind: Tenant", "kind: LiveState"))
    desk.put("elsewhere/secret.yaml", "password: hidden")
    for name in ("yaml", "click", "sitecustomize", "reconciler"):
        desk.put(f"tenants/{name}.py", "open('ran', 'w')")
    codes, events = watched(
        desk.folder,
        ["validate", "tenants"],
        ["validate", "tenants/fitting.yaml", "tenants/sound.yaml"],
        ["plan", "tenants", "--live", "live"],
        ["plan", "tenants", "--live", "live/seen.yaml", "--format", "json"],
    )
    assert codes == [1, 0, 1, 1]
    assert strange(desk.folder, ("tenants", "live"), events) == []
    opened = {os.path.basename(str(words[0])) for event, words in events if event == "open"}
    assert {"harm.yaml", "fitting.yaml", "sound.yaml", "seen.yaml"} <= opened
    assert not (desk.folder / "ran").exists()


def test_what_is_watched_for_is_seen(desk: Desk) -> None:
    """The watch itself: without this, the test above could be blind."""
    desk.put("tenants/sound.yaml", SOUND)
    desk.put("elsewhere/sound.yaml", SOUND)
    codes, events = watched(
        desk.folder, ["validate", "elsewhere"], ["plan", "tenants", "--out", "a.plan.json"]
    )
    assert codes == [0, 0]
    seen = {
        (event, os.path.basename(str(words[0])))
        for event, words in strange(desk.folder, ("tenants",), events)
    }
    assert ("open", "sound.yaml") in seen
    assert any(event == "os.rename" for event, _ in seen)


@pytest.mark.git
def test_in_a_repository_git_alone_is_run_and_never_one_that_lies_there(desk: Desk) -> None:
    desk.put("tenants/sound.yaml", SOUND)
    desk.put("live/seen.yaml", SEEN)
    subprocess.run(["git", "init", "-q"], cwd=desk.folder, check=True)
    codes, events = watched(desk.folder, ["plan", "tenants", "--live", "live"])
    assert codes == [0]
    odd = strange(desk.folder, ("tenants", "live"), events)
    run = [words for event, words in odd if event == "subprocess.Popen"]
    assert {words[0] for words in run} == {shutil.which("git")}
    # What git is started with: pipes, which have numbers and no names, and nothing to read from.
    odd = [each for each in odd if each[0] not in ("subprocess.Popen", "os.fork_exec", "os.posix_spawn")]
    assert [words for _, words in odd if words[0] != os.devnull and not isinstance(words[0], int)] == []


def test_code_that_lies_in_the_working_folder_is_not_run(
    desk: Desk, tmp_path_factory: pytest.TempPathFactory
) -> None:
    for name in ("yaml", "click", "jsonschema", "sitecustomize", "usercustomize", "reconciler", "json"):
        desk.put(f"{name}.py", "open('ran', 'w')")
    desk.put("sound.yaml", SOUND)
    # What pip makes of the entry point.
    script = tmp_path_factory.mktemp("bin") / "reconciler"
    script.write_text("from reconciler.cli import main\nmain()\n", encoding="utf-8")
    words = [sys.executable, script, "validate", "sound.yaml"]
    done = subprocess.run(
        words, cwd=desk.folder, capture_output=True, text=True, env={**os.environ, "PYTHONPATH": str(ROOT)}
    )
    assert (done.returncode, done.stdout) == (0, "1 tenant, no problems.\n"), done.stderr
    assert not (desk.folder / "ran").exists()
