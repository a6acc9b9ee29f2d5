"""Who owns a tenant file: the documented rules of CODEOWNERS, and what `validate --codeowners` says of them."""

from __future__ import annotations

import pytest
from cli import EXAMPLES, Desk

from reconciler.owners import owners_of, read_owners

# The example of GitHub's page "About code owners", line by line.
DOCUMENTED = """\
# This is a comment.
*       @global-owner1 @global-owner2
*.js    @js-owner #This is an inline comment.
*.go docs@example.com
*.txt @octo-org/octocats
/build/logs/ @doctocat
docs/* docs@example.com
apps/ @octocat
/docs/ @doctocat
/scripts/ @doctocat @octocat
**/logs @octocat
/apps/ @octocat
/apps/github
"""


def owners(text: str, path: str) -> tuple[str, ...] | None:
    lines, problems = read_owners(text, "CODEOWNERS")
    assert problems == ()
    found = owners_of(path, lines)
    return found.owners if found else None


def one(pattern: str, path: str) -> bool:
    return owners(f"{pattern} @x", path) is not None


@pytest.mark.parametrize(
    ("path", "who"),
    [
        ("README.md", ("@global-owner1", "@global-owner2")),
        ("deep/in/a/folder/thing.c", ("@global-owner1", "@global-owner2")),
        ("src/app.js", ("@js-owner",)),
        ("main.go", ("docs@example.com",)),
        ("notes/a.txt", ("@octo-org/octocats",)),
        ("build/logs/today/1.out", ("@octocat",)),
        ("docs/getting-started.md", ("@doctocat",)),
        ("docs/build-app/troubleshooting.md", ("@doctocat",)),
        ("lib/apps/a.c", ("@octocat",)),
        ("scripts/run.sh", ("@doctocat", "@octocat")),
        ("deeply/nested/logs/x", ("@octocat",)),
        ("apps/store/a.js", ("@octocat",)),
        ("apps/github", ()),
        ("apps/github/a.c", ()),
    ],
)
def test_the_documented_example_means_what_its_comments_say(path: str, who: tuple[str, ...]) -> None:
    assert owners(DOCUMENTED, path) == who


@pytest.mark.parametrize(
    ("pattern", "path", "meant"),
    [
        ("docs/*", "docs/a.md", True),
        ("docs/*", "docs/b/a.md", False),
        ("docs/*", "x/docs/a.md", False),
        ("docs/**", "docs/b/a.md", True),
        ("docs/**", "docs", False),
        ("apps/", "x/apps/a", True),
        ("apps/", "apps", False),
        ("/apps/", "x/apps/a", False),
        ("/apps", "apps", True),
        ("/apps", "apps/a/b", True),
        ("**/logs", "logs/a", True),
        ("a/**/b", "a/b", True),
        ("a/**/b", "a/x/y/b", True),
        ("a/**/b", "ab", False),
        ("*", "a/b/c", True),
        ("**", "a/b/c", True),
        ("/**", "a/b/c", True),
        ("/", "a/b", True),
        ("/*", "a", True),
        ("/*", "a/b", False),
        ("*.yaml", "a/b.yaml", True),
        ("*.yaml", "b.yamlx", False),
        ("a?c", "abc", True),
        ("a?c", "a/c", False),
        ("a.c", "abc", False),
        ("/Tenants/", "tenants/a.yaml", False),
        (r"my\ files/", "my files/a", True),
        ("tenants/*.yaml", "tenants/fabrikam.yaml", True),
    ],
)
def test_a_pattern_means_what_is_documented(pattern: str, path: str, meant: bool) -> None:
    assert one(pattern, path) is meant


@pytest.mark.parametrize(
    ("line", "code", "column"),
    [
        ("!docs/ @x", "owner-pattern", 1),
        (r"\#a @x", "owner-pattern", 1),
        ("[ab].c @x", "owner-pattern", 1),
        ("* @x someone", "owner-name", 6),
        ("* @@x", "owner-name", 3),
        ("* @org/", "owner-name", 3),
        ("* a@b", "owner-name", 3),
    ],
)
def test_a_line_the_host_does_not_take_is_a_problem(line: str, code: str, column: int) -> None:
    lines, (problem,) = read_owners(f"# head\n{line}\n", "CODEOWNERS")
    assert lines == ()
    assert (problem.code, str(problem.place)) == (code, f"CODEOWNERS:2:{column}")
    assert problem.hint


@pytest.fixture
def two(desk: Desk) -> Desk:
    desk.declare("fabrikam", "office-365-enterprise-e3", 42)
    desk.declare("contoso", "office-365-enterprise-e3", 42)
    return desk


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("/tenants/ @licensing\n", []),
        ("* @licensing\n", []),
        ("/tenants/fabrikam.yaml @licensing\n", ["no-owner"]),
        ("# nobody\n", ["no-owner", "no-owner"]),
        ("* @licensing\n/tenants/contoso.yaml\n", ["owner-taken-away"]),
        ("/tenants/contoso.yaml\n* @licensing\n", []),
        ("* nobody\n", ["owner-name", "no-owner", "no-owner"]),
    ],
)
def test_each_tenant_file_has_an_owner_or_is_a_problem(text: str, codes: list[str], two: Desk) -> None:
    two.put("CODEOWNERS", text)
    answer = two.run("validate", "tenants", "--codeowners", "CODEOWNERS", "--format", "json")
    assert answer.code == (1 if codes else 0)
    assert [p["code"] for p in answer.json()["problems"]] == codes
    assert all(p["hint"] and p["line"] for p in answer.json()["problems"])


@pytest.mark.parametrize(
    "place", ["CODEOWNERS", ".github/CODEOWNERS", "docs/CODEOWNERS", ".gitlab/CODEOWNERS"]
)
def test_paths_count_from_the_root_of_the_repository_wherever_the_file_stands(place: str, two: Desk) -> None:
    two.put(place, "/tenants/ @licensing\n")
    two.ok("validate", "tenants", "--codeowners", place)
    two.ok("validate", two.folder / "tenants", "--codeowners", two.folder / place)


def test_a_tenant_file_outside_of_the_repository_is_told(two: Desk) -> None:
    two.put("elsewhere/CODEOWNERS", "* @licensing\n")
    answer = two.run("validate", "tenants", "--codeowners", "elsewhere/CODEOWNERS")
    assert answer.code == 1
    assert "owner-outside" in answer.out


def test_a_file_with_several_tenants_is_told_once(two: Desk) -> None:
    first = (two.folder / "tenants/fabrikam.yaml").read_text()
    (two.folder / "tenants/fabrikam.yaml").write_text(
        first + "\n---\n" + first.replace("fabrikam", "litware")
    )
    two.put("CODEOWNERS", "/tenants/contoso.yaml @x\n")
    answer = two.run("validate", "tenants", "--codeowners", "CODEOWNERS")
    assert answer.out.count("no-owner") == 1


def test_a_missing_file_of_owners_is_told(two: Desk) -> None:
    answer = two.run("validate", "tenants", "--codeowners", "nowhere")
    assert answer.code == 1
    assert "nowhere" in answer.both


def test_the_example_names_an_owner_for_every_example(examples: Desk) -> None:
    assert (EXAMPLES / "CODEOWNERS").is_file()
    examples.ok("validate", "examples/tenants", "--codeowners", "examples/CODEOWNERS")
