"""What an editor makes of the schemas: a real YAML language server is asked what a person would be shown.

``python tests/test_editor.py --write`` puts the plans of the shipped catalogue into the schemas' suggestions.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cli import EXAMPLES, ROOT
from language_server import Editor

from reconciler.adapters import files

# Pinned: what is told to whom differs from version to version. This one runs on Node.js 18 as well.
SERVER = "yaml-language-server@1.23.0"
TENANT = EXAMPLES / "tenants" / "fabrikam.yaml"
LIVE = EXAMPLES / "live" / "fabrikam.yaml"
CONFIG = EXAMPLES / "reconciler.yaml"
CATALOGUE = ROOT / "reconciler" / "catalogues" / "office365-2014.yaml"
TEXT = {file: file.read_text(encoding="utf-8") for file in (TENANT, LIVE, CONFIG, CATALOGUE)}
# Where a plan is named: members of which schema.
PLANS = [
    ("tenant", "spec.subscriptions.[].plan"),
    ("tenant", "spec.acknowledge.noWayBack"),
    ("tenant", "spec.unmanaged.[].plan"),
    ("live", "spec.subscriptions.[].plan"),
]
# Loaded into the server before anything else: every way out is closed, and whoever tries it is written down.
NO_NETWORK = """
const net = require('net'), dns = require('dns'), fs = require('fs');
const refuse = (what) => (...words) => {
  fs.appendFileSync(process.env.TRIED, what + ' ' + String(words[0] && words[0].host || words[0]) + '\\n');
  throw new Error('there is no network here');
};
net.Socket.prototype.connect = refuse('connect');
dns.lookup = refuse('lookup');
"""

# the schemas, without a server


def member(schema: dict[str, Any], path: str) -> dict[str, Any]:
    """The schema of one member, by a path such as ``spec.subscriptions.[].plan``."""
    for word in path.split("."):
        schema = schema["items"] if word == "[]" else schema["properties"][word]
    return schema


def suggestions() -> list[dict[str, str]]:
    """What an editor is to offer where a plan is named: each key of the shipped catalogue, with its name."""
    plans = files.load_catalogue("office365-2014").plans.values()
    return [{"label": plan.key, "description": plan.name, "body": plan.key} for plan in plans]


@pytest.mark.parametrize(("name", "path"), PLANS)
def test_an_editor_is_told_every_plan_of_the_catalogue(name: str, path: str) -> None:
    assert member(files.schema(name), path)["defaultSnippets"] == suggestions(), (
        "python tests/test_editor.py --write puts them in"
    )


@pytest.mark.parametrize("file", TEXT, ids=lambda file: file.name)
def test_the_modeline_of_an_example_leads_to_a_schema_of_this_checkout(file: Path) -> None:
    (path,) = [
        line.partition("$schema=")[2]
        for line in TEXT[file].splitlines()
        if line.startswith("# yaml-language-server: ")
    ]
    assert (file.parent / path).resolve().parent == ROOT / "schemas"


def write() -> None:
    """Put the plans into the schemas, behind the examples of each place that names one."""
    for name, path in PLANS:
        file = ROOT / "schemas" / f"{name}.schema.json"
        schema = json.loads(file.read_text(encoding="utf-8"))
        place = member(schema, path)
        members = {key: value for key, value in place.items() if key != "defaultSnippets"}
        place.clear()
        for key, value in members.items():
            place[key] = value
            if key == "examples":
                place["defaultSnippets"] = suggestions()
        file.write_text(json.dumps(schema, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


# with a server


def installed() -> Path:
    """The server, installed once into the cache folder of the user, by npm."""
    npm = shutil.which("npm")
    assert npm, "npm is not here; `apt-get install nodejs npm` brings it"
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "reconciler-tests"
    place = cache / SERVER
    if not place.exists():
        # Beside its place, then renamed: an installation that broke off is never taken for one.
        draft = cache / f"{SERVER}.{os.getpid()}"
        draft.mkdir(parents=True)
        words = [npm, "install", "--prefix", draft, "--ignore-scripts", "--no-audit", "--no-fund", SERVER]
        done = subprocess.run(words, capture_output=True, text=True, timeout=300, check=False)
        if done.returncode == 0 and not place.exists():
            draft.rename(place)
        shutil.rmtree(draft, ignore_errors=True)
        assert done.returncode == 0, done.stdout + done.stderr
    return place / "node_modules" / "yaml-language-server" / "bin" / "yaml-language-server"


@pytest.fixture(scope="module")
def editor(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Editor]:
    """An editor with this checkout open, and no network."""
    folder = tmp_path_factory.mktemp("editor")
    (folder / "no-network.js").write_text(NO_NETWORK, encoding="utf-8")
    tried = folder / "tried"
    words = ["node", "--require", str(folder / "no-network.js"), str(installed()), "--stdio"]
    with Editor(words, ROOT, {**os.environ, "TRIED": str(tried)}) as editor:
        yield editor
    assert not tried.exists(), tried.read_text(encoding="utf-8")


def words(found: list[dict[str, Any]]) -> list[tuple[int, str, str]]:
    """Line (from 1), who says it, and what is said, of each diagnostic."""
    return [(d["range"]["start"]["line"] + 1, d["source"], d["message"]) for d in found]


def line_of(text: str, word: str) -> int:
    return text[: text.index(word)].count("\n") + 1


@pytest.mark.npm
@pytest.mark.parametrize("file", TEXT, ids=lambda file: file.name)
def test_a_sound_file_has_nothing_underlined(editor: Editor, file: Path) -> None:
    assert editor.diagnostics(file, TEXT[file]) == []


@pytest.mark.npm
def test_inside_spec_our_members_are_offered_with_our_words(editor: Editor) -> None:
    spec = files.schema("tenant")["properties"]["spec"]["properties"]
    offered = editor.completions(TENANT, TEXT[TENANT] + "  |\n")
    assert set(offered) == set(spec) - {"tenant", "subscriptions", "acknowledge"}
    assert {label: item["documentation"] for label, item in offered.items()} == {
        label: spec[label]["description"] for label in offered
    }


@pytest.mark.npm
def test_an_empty_file_is_begun_by_the_editor(editor: Editor) -> None:
    head = "# yaml-language-server: $schema=../../schemas/tenant.schema.json\n|"
    begun = editor.completions(TENANT, head)["Tenant"]["insertText"]
    assert "apiVersion: reconciler/v1\nkind: Tenant\nmetadata:\n  name: " in begun


@pytest.mark.npm
@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        (TENANT, "plan: office-365-enterprise-e3", "plan: |"),
        (TENANT, "noWayBack: office-365-enterprise-e3", "noWayBack: |"),
        (LIVE, "plan: office-365-small-business", "plan: |"),
    ],
)
def test_where_a_plan_is_named_the_keys_of_the_catalogue_are_offered(
    editor: Editor, file: Path, old: str, new: str
) -> None:
    offered = editor.completions(file, TEXT[file].replace(old, new, 1))
    named = {each["label"]: each["description"] for each in suggestions()}
    assert set(named) <= set(offered) <= {*named, "true", "false", "null"}
    assert {key: offered[key]["documentation"] for key in named} == named


@pytest.mark.npm
@pytest.mark.parametrize(
    ("file", "more", "offered"),
    [
        (TENANT, "  mode: |\n", {"apply", "report"}),
        (TENANT, "  waivers:\n    - rule: |\n", {"backup-missing", "outside-window"}),
        (LIVE, "      |\n", {"version", "unread"}),
        (CONFIG, "|\n", {"state", "catalogue", "tenants", "limits", "drift"}),
        (CONFIG, "catalogue: |\n", {"office365-2014"}),
        (CONFIG, "drift:\n  confirm:\n    |\n", {"default", "licenses-above", "unhealthy"}),
    ],
)
def test_what_may_stand_there_is_offered(editor: Editor, file: Path, more: str, offered: set[str]) -> None:
    assert offered <= set(editor.completions(file, TEXT[file] + more))


@pytest.mark.npm
@pytest.mark.parametrize(
    ("file", "old", "new", "schema", "path"),
    [
        (TENANT, "licenses: 42", "lice|nses: 42", "tenant", "spec.subscriptions.[].licenses"),
        (TENANT, "plan: off", "pl|an: off", "tenant", "spec.subscriptions.[].plan"),
        (LIVE, "assigned: 18", "assi|gned: 18", "live", "spec.subscriptions.[].assigned"),
        (CONFIG, "backend: sim", "back|end: sim", "config", "backend"),
        (CATALOGUE, "confidence: ", "confi|dence: ", "catalogue", "spec.pairs.[].confidence"),
    ],
)
def test_a_member_is_explained_where_the_mouse_rests(
    editor: Editor, file: Path, old: str, new: str, schema: str, path: str
) -> None:
    told = member(files.schema(schema), path)
    # Markdown: a backslash only says that the sign behind it is meant.
    shown = editor.hover(file, TEXT[file].replace(old, new, 1)).replace("\\", "")
    assert told["title"] in shown
    assert told["description"] in shown
    assert f"{schema}.schema.json" in shown


@pytest.mark.npm
@pytest.mark.parametrize(
    ("file", "old", "new", "who", "what"),
    [
        (TENANT, "licenses: 42", "licences: 42", "Subscription", "Property licences is not allowed."),
        (TENANT, "licenses: 42", "licenses: many", "Licences", 'Incorrect type. Expected "integer".'),
        (TENANT, "licenses: 42", "licenses: 0", "Licences", "Value is below the minimum of 1."),
        (TENANT, "kind: Tenant", "kind: Tennant", "Kind of document", 'Value must be "Tenant".'),
        (
            LIVE,
            "assigned: 18",
            "assigned: some",
            "Assigned",
            "Incorrect type. Expected one of integer, null.",
        ),
        (CONFIG, "backend: simulator", "backends: x", "Configuration", "Property backends is not allowed."),
        (CATALOGUE, "confidence: certain", "confidence: sure", "Confidence", "Value is not accepted."),
    ],
)
def test_what_does_not_fit_is_underlined_by_our_schema(
    editor: Editor, file: Path, old: str, new: str, who: str, what: str
) -> None:
    text = TEXT[file].replace(old, new, 1)
    ((line, source, message),) = words(editor.diagnostics(file, text))
    assert (line, source) == (line_of(text, new), f"yaml-schema: {who}")
    assert message.startswith(what)


@pytest.mark.npm
def test_a_word_of_the_wrong_form_is_told_in_words_and_not_as_a_pattern(editor: Editor) -> None:
    text = TEXT[TENANT].replace("tenant: fabrikam.onmicrosoft.com", "tenant: fabrikam")
    ((_, _, message),) = words(editor.diagnostics(TENANT, text))
    assert message == member(files.schema("tenant"), "spec.tenant")["description"]


@pytest.mark.npm
def test_a_file_elsewhere_is_helped_by_a_schema_that_was_printed(editor: Editor, tmp_path: Path) -> None:
    (tmp_path / "tenant.schema.json").write_text(json.dumps(files.schema("tenant")), encoding="utf-8")
    text = TEXT[TENANT].replace("../../schemas/tenant.schema.json", "tenant.schema.json")
    assert editor.diagnostics(tmp_path / "a.yaml", text) == []
    assert len(editor.diagnostics(tmp_path / "a.yaml", text.replace("licenses: 42", "licences: 42"))) == 1


if __name__ == "__main__" and "--write" in sys.argv:
    write()
