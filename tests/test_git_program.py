"""How git is run, with programs that stand in for it: bounded in time and size, ended with all it started."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from reconciler.adapters.git import program
from reconciler.adapters.git.access import Access, Token, granted
from reconciler.adapters.git.bare import Bare
from reconciler.adapters.git.complaints import shown, told
from reconciler.adapters.git.program import Answer, NoProgram, TooMuch, TooSlow
from reconciler.errors import SourceUnreadable
from reconciler.repository import repository

SECRET = "ghp_hunter2hunter2"


@pytest.fixture
def stand_in(tmp_path: Path) -> Path:
    return tmp_path / "git"


def put(script: Path, text: str) -> dict[str, str]:
    script.write_text(f"#!/bin/sh\n{text}\n", encoding="utf-8")
    script.chmod(0o755)
    return {"PATH": f"{script.parent}:{os.environ['PATH']}"}


def test_it_is_told_all_and_heard_to_its_end(stand_in: Path) -> None:
    environment = put(stand_in, 'cat; echo "$@" >&2; exit 3')
    given = os.urandom(3_000_000)
    answer = program.ask(("one", "two"), environment, limit=20, given=given)
    assert (answer.code, answer.out, answer.err) == (3, given, b"one two\n")


def test_one_that_does_not_listen_is_heard_all_the_same(stand_in: Path) -> None:
    environment = put(stand_in, "exec <&-; echo done")
    assert program.ask((), environment, limit=20, given=b"x" * 1_000_000).word == "done"


def test_one_that_does_not_end_is_ended(stand_in: Path) -> None:
    environment = put(stand_in, "exec tail -f /dev/null")
    with pytest.raises(TooSlow):
        program.ask((), environment, limit=0.1)


def test_one_that_leaves_another_running_behind_it_is_not_waited_for(stand_in: Path) -> None:
    environment = put(stand_in, "tail -f /dev/null &")
    with pytest.raises(TooSlow):
        program.ask((), environment, limit=0.3)


def test_one_that_says_too_much_is_ended(stand_in: Path) -> None:
    environment = put(stand_in, "exec yes")
    with pytest.raises(TooMuch):
        program.ask((), environment, limit=20, most=100_000)


def test_of_endless_complaints_only_the_beginning_is_kept(stand_in: Path) -> None:
    environment = put(stand_in, "yes complaint | head -c 1000000 >&2; echo done")
    answer = program.ask((), environment, limit=20)
    assert (answer.word, len(answer.err)) == ("done", 64 * 1024)


def test_where_there_is_none_it_is_said(tmp_path: Path) -> None:
    with pytest.raises(NoProgram):
        program.ask((), {"PATH": str(tmp_path)}, limit=1)


def test_files_may_not_grow_past_the_limit(
    stand_in: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    big = tmp_path / "big"
    environment = put(stand_in, f"head -c 1000000 /dev/zero >{big}")
    monkeypatch.setenv("PATH", environment["PATH"])
    answer = Bare(tmp_path, 20, 100_000, {"url": "x"}).ask(())
    assert b"File too large" in answer.err
    assert big.stat().st_size <= 100_000


def test_a_bare_repository_gets_nothing_of_the_caller_s_environment(
    stand_in: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", put(stand_in, "env")["PATH"])
    for name in (
        "FLEET_TOKEN",
        "GIT_SSH_COMMAND",
        "GIT_CONFIG_PARAMETERS",
        "SSH_ASKPASS",
        "RECONCILER_STATE",
    ):
        monkeypatch.setenv(name, SECRET)
    monkeypatch.setenv("https_proxy", "http://proxy.example")
    lines = Bare(tmp_path, 20, 100_000, {"url": "x"}).ask(()).out.decode().splitlines()
    assert not [line for line in lines if SECRET in line]
    assert {"GIT_CONFIG_NOSYSTEM=1", "GIT_CONFIG_GLOBAL=/dev/null", "GIT_TERMINAL_PROMPT=0"} <= set(lines)
    assert {"GIT_ALLOW_PROTOCOL=none", f"HOME={tmp_path}", "https_proxy=http://proxy.example"} <= set(lines)


# What it complains of


@pytest.mark.parametrize(
    ("says", "code"),
    [
        ("fatal: couldn't find remote ref refs/heads/x", "BranchMissing"),
        ("error: file write error: No space left on device\nfatal: index-pack failed", "DiskFull"),
        ("fatal: write error: File too large\nfatal: fetch-pack: invalid index-pack output", "TooLarge"),
        ("error: cannot lock ref: unable to create '/x.lock': Permission denied", "MirrorUnusable"),
        ("error: unable to create temporary file: Read-only file system", "MirrorUnusable"),
        ("error: object 1: hasDotdot: contains '..'\nfatal: fsck error in packed object", "CommitUnreadable"),
        ("fatal: Authentication failed for 'https://git.example/x/'", "AccessDenied"),
        (
            "fatal: could not read Username for 'https://git.example': terminal prompts disabled",
            "AccessDenied",
        ),
        ("fatal: unable to access 'https://x/': The requested URL returned error: 403", "AccessDenied"),
        ("fatal: unable to access 'https://x/': The requested URL returned error: 404", "RepositoryMissing"),
        ("fatal: unable to access 'https://x/': The requested URL returned error: 503", "GitUnreachable"),
        ("fatal: unable to access 'https://x/': SSL certificate problem: unable to get", "GitUnreachable"),
        ("fatal: unable to access 'https://x/': Could not resolve host: x", "GitUnreachable"),
        ("fatal: the remote end hung up unexpectedly", "GitUnreachable"),
        ("fatal: bad object refs/fetched/x", "GitFailed"),
        ("error: inflate: data stream error\nfatal: early EOF", "GitFailed"),
        ("something nobody foresaw", "GitFailed"),
        ("", "GitFailed"),
    ],
)
def test_a_complaint_has_one_word_for_machines(says: str, code: str) -> None:
    facts = {"url": "https://git.example/x", "branch": "main", "most": 1}
    found = told(Answer(128, b"", says.encode()), facts)
    assert found.code == code
    assert "https://git.example/x" in str(found) or code == "BranchMissing"


def test_what_is_told_is_the_first_line_that_tells_something() -> None:
    err = b"@@@@@@@@\nwarning: redirecting to x\n\nfatal: no such thing\nfatal: second\n"
    assert Answer(128, b"", err).said == "no such thing"
    assert Answer(128, b"", b"").said == "exit code 128"


def test_what_stands_before_an_at_in_a_url_is_covered() -> None:
    assert shown(f"https://ola:{SECRET}@git.example/x") == "https://***@git.example/x"
    assert len(shown("x" * 10_000)) == 400


# Secrets


def test_a_token_is_in_a_pipe_and_nowhere_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FLEET_TOKEN", SECRET)
    access = Access(Token(variable="FLEET_TOKEN"), "ola")
    with granted(repository("https://git.example:8443/x"), access, 60) as grant:
        (pipe,) = grant.handed
        assert SECRET not in repr((grant.words, grant.variables, access))
        assert os.read(pipe, 1000).decode() == f"username=ola\npassword={SECRET}\n"
        assert os.read(pipe, 1000) == b""
        assert any(word.startswith("credential.https://git.example:8443.helper=") for word in grant.words)
        assert grant.covered(f"said {SECRET}!") == "said ***!"
    with pytest.raises(OSError, match="Bad file descriptor"):
        os.fstat(pipe)


def test_a_token_goes_to_no_other_way_of_fetching(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FLEET_TOKEN", SECRET)
    for word in ("/srv/git/x", "git@git.example:x"):
        with granted(repository(word), Access(Token(variable="FLEET_TOKEN")), 60) as grant:
            assert (grant.handed, grant.words, grant.secret) == ((), (), None)


def test_a_token_that_was_changed_counts_at_once(tmp_path: Path) -> None:
    file = tmp_path / "token"
    token = Token(file=file)
    file.write_text("first\n", encoding="utf-8")
    assert token.read() == "first"
    file.write_text("second", encoding="utf-8")
    assert token.read() == "second"
    file.unlink()
    with pytest.raises(SourceUnreadable, match="token can not be read"):
        token.read()
