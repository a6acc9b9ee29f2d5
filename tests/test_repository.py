"""What names a repository, what git would take for something else, and what may be a secret."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.errors import RepositoryRefused
from reconciler.repository import Repository, Way, is_remote, repository, wrong_branch

SECRET = "hunter2"


@pytest.mark.parametrize(
    ("word", "way", "host"),
    [
        ("https://git.example/fleet.git", Way.HTTPS, "https://git.example"),
        ("https://git.example:8443/a/b/fleet", Way.HTTPS, "https://git.example:8443"),
        ("https://[::1]:8443/fleet", Way.HTTPS, "https://[::1]:8443"),
        ("http://localhost:3000/fleet.git", Way.HTTP, "http://localhost:3000"),
        ("http://127.0.0.1/fleet.git", Way.HTTP, "http://127.0.0.1"),
        ("http://[::1]:3000/fleet.git", Way.HTTP, "http://[::1]:3000"),
        ("ssh://git@git.example/fleet.git", Way.SSH, ""),
        ("ssh://git.example:2222/fleet.git", Way.SSH, ""),
        ("git@git.example:team/fleet.git", Way.SSH, ""),
        ("git.example:fleet.git", Way.SSH, ""),
        ("git@[::1]:fleet.git", Way.SSH, ""),
        ("/srv/git/fleet.git", Way.FOLDER, ""),
        ("/srv/git/a::b:c.git", Way.FOLDER, ""),
        ("file:///srv/git/fleet.git", Way.FOLDER, ""),
    ],
)
def test_these_are_fetched_from(word: str, way: Way, host: str) -> None:
    assert repository(word) == Repository(way, word, host)
    assert is_remote(word) == (not word.startswith("/"))


def test_a_scheme_is_written_as_git_knows_it() -> None:
    assert repository("HTTPS://git.example/fleet").url == "https://git.example/fleet"


@pytest.mark.parametrize(
    "word",
    [
        "",
        "-",
        "--upload-pack=touch /tmp/ran",
        "-oProxyCommand=touch /tmp/ran",
        "ext::sh -c 'touch /tmp/ran'",
        "fd::17",
        "testgit::/srv/git/fleet.git",
        "git://git.example/fleet.git",
        "ftp://git.example/fleet.git",
        "http://git.example/fleet.git",
        "http://localhost.git.example/fleet.git",
        "http://127.0.0.1.git.example/fleet.git",
        "file://git.example/fleet.git",
        "ssh://-oProxyCommand=touch/fleet.git",
        "ssh://git@-oProxyCommand=touch/fleet.git",
        "ssh://-l@git.example/fleet.git",
        "ssh://git.example/-fleet.git",
        "ssh://git.example/",
        "git@git.example:-fleet.git",
        "-oProxyCommand=touch:fleet.git",
        "git.example:",
        "https://",
        "https:///fleet.git",
        "https://git.example",
        "https://git.example\\@evil.example/fleet.git",
        "https://git.example:port/fleet.git",
        "https://git.example/fleet\nx",
        "https://git.example/%0afleet",
        "https://git.example/\x1b[2J",
        "https://git.example/" + "x" * 3000,
        "tenants/fleet.git",
    ],
)
def test_these_are_not(word: str) -> None:
    with pytest.raises(RepositoryRefused) as caught:
        repository(word)
    assert caught.value.hint
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "word",
    [
        f"https://{SECRET}@git.example/fleet.git",
        f"https://git:{SECRET}@git.example/fleet.git",
        f"http://git:{SECRET}@localhost/fleet.git",
        f"ssh://git:{SECRET}@git.example/fleet.git",
        f"git:{SECRET}@git.example:fleet.git",
        f"https://git.example/fleet.git?private_token={SECRET}",
        f"https://git.example/fleet.git#{SECRET}",
        f"ftp://git:{SECRET}@git.example/fleet.git",
        f"ext::{SECRET}",
        f"--{SECRET}",
        f"https://git.example/%00{SECRET}",
    ],
)
def test_a_secret_in_it_is_refused_and_not_repeated(word: str) -> None:
    with pytest.raises(RepositoryRefused) as caught:
        repository(word)
    assert SECRET not in f"{caught.value} {caught.value.hint}"


@given(st.text(max_size=60))
def test_any_word_is_either_taken_or_refused(word: str) -> None:
    try:
        found = repository(word)
    except RepositoryRefused:
        return
    assert not found.url.startswith("-")
    assert "::" not in found.url.partition("/")[0]
    assert found.way is Way.SSH or "@" not in found.host


@pytest.mark.parametrize("name", ["main", "release/2026-11", "a.b", "ø", "x@y", "a-b_c"])
def test_these_can_be_branches(name: str) -> None:
    assert not wrong_branch(name)


@pytest.mark.parametrize(
    "name",
    [
        *(
            "",
            "-x",
            "--upload-pack=x",
            "a b",
            "a\nb",
            "a..b",
            "a:b",
            "+main:x",
            "a~1",
            "a^",
            "a?",
            "a*",
            "a[",
        ),
        *("a\\b", "@", "a@{1}", "/a", "a/", "a//b", ".a", "a/.b", "a.lock", "a.lock/b", "a.", "x" * 300),
    ],
)
def test_these_can_not(name: str) -> None:
    assert wrong_branch(name)
