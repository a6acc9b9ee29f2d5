"""The built wheel, installed by itself, finds its schemas and catalogues from any folder."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import pytest
from cli import EXAMPLES, ROOT
from states import on_a_server

from reconciler.adapters.store.revisions import REVISION

pytestmark = pytest.mark.wheel
MIGRATIONS = "reconciler/adapters/store/migrations"


def said(*words: object, cwd: Path) -> str:
    done = subprocess.run(
        [str(word) for word in words], cwd=cwd, capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A wheel built from this checkout."""
    # Looked for here and not above: where the tests are left out, nobody need be told what they would need.
    missing = [name for name in ("build", "hatchling") if importlib.util.find_spec(name) is None]
    assert not missing, f"{', '.join(missing)} not installed: pip install -e '.[dev]'"
    folder = tmp_path_factory.mktemp("wheel")
    said(sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", folder, ROOT, cwd=folder)
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def tool(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The installed program, in an environment that has this one's libraries but not this checkout."""
    folder = tmp_path_factory.mktemp("installed") / "environment"
    venv.create(folder, with_pip=False)
    (site,) = folder.glob("lib/python*/site-packages")
    said(
        *(sys.executable, "-m", "pip", "--quiet", "--python", folder / "bin" / "python"),
        *("install", "--no-deps", "--no-index", wheel),
        cwd=folder,
    )
    libraries = [path for path in sys.path if path.endswith("site-packages")]
    (site / "libraries.pth").write_text("\n".join(libraries) + "\n", encoding="utf-8")
    return folder / "bin" / "reconciler"


def test_the_wheel_holds_schemas_catalogues_and_no_tests(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
    for schema in (ROOT / "schemas").glob("*.json"):
        assert f"reconciler/schemas/{schema.name}" in names
    assert "reconciler/catalogues/office365-2014.yaml" in names
    steps = [file for kind in ("*.py", "*.sql") for file in (ROOT / MIGRATIONS).rglob(kind)]
    assert ROOT / MIGRATIONS / f"versions/r{REVISION}.sql" in steps
    assert {str(file.relative_to(ROOT)) for file in steps} <= set(names)
    assert "reconciler/py.typed" in names
    for part in ("templates", "static"):
        for file in (ROOT / "reconciler" / "web" / part).iterdir():
            assert f"reconciler/web/{part}/{file.name}" in names
    tops = {name.split("/")[0] for name in names}
    assert all(top == "reconciler" or top.endswith(".dist-info") for top in tops)
    assert not any(".reconciler/" in name or "__pycache__" in name for name in names)


def test_the_installed_program_finds_what_it_brought_from_any_folder(tool: Path, tmp_path: Path) -> None:
    where = said(tool.parent / "python", "-c", "import reconciler; print(reconciler.__file__)", cwd=tmp_path)
    assert where.startswith(str(tool.parent.parent))
    assert json.loads(said(tool, "schema", "tenant", cwd=tmp_path))["title"]
    assert "office-365-enterprise-e3" in said(tool, "catalogue", cwd=tmp_path)
    assert "reconciler" in said(tool, "version", cwd=tmp_path)
    words = ("plan", EXAMPLES / "tenants", "--live", EXAMPLES / "live", "--format", "json")
    document = json.loads(said(tool, *words, cwd=tmp_path))
    assert len(document["tenants"]) == 33
    assert document["snapshot"] is True
    assert list(tmp_path.iterdir()) == []


def test_the_installed_program_makes_the_tables_of_a_database_by_what_it_brought(
    tool: Path, tmp_path: Path
) -> None:
    with on_a_server("template0") as empty:
        assert f"revision {REVISION}" in said(tool, "db", "upgrade", "--state", empty.where, cwd=tmp_path)
        assert "all as recorded" in said(tool, "db", "check", "--state", empty.where, cwd=tmp_path)
