"""What is said at a code host, over HTTP: one comment, one issue for each cause, and clear words when it fails."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cli import Answer, Desk
from code_host import TOKEN, CodeHost, Fault, code_host, environment

from reconciler.adapters import hosts
from reconciler.adapters.hosts import Patience

KINDS = ("github", "gitlab", "azure-devops")
MARK = "<!-- reconciler:plan -->"


@pytest.fixture
def host() -> Iterator[CodeHost]:
    with code_host() as double:
        yield double


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """No waiting between tries; what would have been waited is told."""
    waits: list[float] = []
    patience = Patience(connect=2, read=0.3, whole=5, tries=3, sleep=waits.append)
    made = hosts.client_at
    monkeypatch.setattr(hosts, "client_at", lambda spot: made(spot, patience))
    return waits


def at(kind: str, host: CodeHost, desk: Desk, monkeypatch: pytest.MonkeyPatch, **more: str) -> None:
    event = desk.put("event.json", json.dumps({"pull_request": {"number": 12}}))
    for name, value in {**environment(kind, host, str(event)), **more}.items():
        monkeypatch.setenv(name, value)


def say_plan(desk: Desk, kind: str, text: str = "### Plan\n\n1 to switch\n", *more: str) -> Answer:
    desk.put("plan.md", text)
    answer = desk.run("comment", "--on", kind, "--file", "plan.md", *more)
    assert TOKEN not in answer.both
    assert "Traceback" not in answer.both
    return answer


# the one comment


@pytest.mark.parametrize("kind", KINDS)
def test_the_comment_is_written_once_edited_in_place_and_left_alone_when_it_says_the_same(
    kind: str, host: CodeHost, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    at(kind, host, desk, monkeypatch)
    host.comment("looks good to me", "ola")
    assert say_plan(desk, kind).code == 0
    assert say_plan(desk, kind).out.startswith("comment already says this")
    assert say_plan(desk, kind, "### Plan\n\n2 to switch\n").out.startswith("comment edited")
    (ours,) = [c for c in host.comments if c["author"] == host.me]
    assert ours["body"] == f"{MARK}\n\n### Plan\n\n2 to switch\n"
    assert [line.split()[0] for line in host.writes] == ["POST", "PUT" if kind == "gitlab" else "PATCH"]


@pytest.mark.parametrize("kind", KINDS)
def test_a_marker_somebody_else_has_written_is_not_ours_to_edit(
    kind: str, host: CodeHost, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    at(kind, host, desk, monkeypatch)
    host.comment(f"{MARK}\n\nnothing to see here", "mallory")
    assert say_plan(desk, kind).out.startswith("comment created")
    assert host.comments[0]["body"].endswith("nothing to see here")


@pytest.mark.parametrize("kind", ["github", "gitlab"])
def test_a_comment_behind_many_others_is_found_page_by_page(
    kind: str, host: CodeHost, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    at(kind, host, desk, monkeypatch)
    for number in range(250):
        host.comment(f"remark {number}", "ola")
    assert say_plan(desk, kind).code == 0
    assert say_plan(desk, kind, "other").out.startswith("comment edited")
    assert len([line for line in host.asked if "page=3" in line]) == 2
    assert len(host.comments) == 251


def test_two_runs_at_once_leave_one_comment_that_says_it(
    host: CodeHost, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    at("github", host, desk, monkeypatch)
    host.comment(f"{MARK}\n\nold")
    host.comment(f"{MARK}\n\nolder still")
    assert say_plan(desk, "github").code == 0
    assert host.comments[0]["body"].endswith("1 to switch\n")
    assert "Superseded" in host.comments[1]["body"]
    assert say_plan(desk, "github").out.splitlines() == [
        "comment already says this: https://host.example/101"
    ]


def test_plans_with_names_have_comments_of_their_own(
    host: CodeHost, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    at("github", host, desk, monkeypatch)
    for name in ("norway", "sweden", "norway"):
        assert say_plan(desk, "github", name, "--name", name).code == 0
    assert [c["body"] for c in host.comments] == [
        f"<!-- reconciler:plan:{name} -->\n\n{name}\n" for name in ("norway", "sweden")
    ]
    assert desk.run("comment", "--on", "github", "--file", "plan.md", "--name", "a --> b").code == 64


def test_the_result_can_be_read_by_a_program(
    host: CodeHost, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    at("github", host, desk, monkeypatch)
    document = say_plan(desk, "github", "text", "--format", "json")
    assert json.loads(document.out) == {
        "host": "github",
        "done": [{"did": "create", "key": None, "number": 101, "url": "https://host.example/101"}],
    }


def test_at_gitlab_no_line_of_a_comment_is_a_command(
    host: CodeHost, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    at("gitlab", host, desk, monkeypatch)
    assert say_plan(desk, "gitlab", "plan\n/approve\n/merge\na/b\n").code == 0
    assert host.comments[0]["body"] == f"{MARK}\n\nplan\n\\/approve\n\\/merge\na/b\n"


def test_at_azure_devops_a_thread_of_ours_holds_no_pull_request(
    host: CodeHost, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    at("azure-devops", host, desk, monkeypatch)
    assert say_plan(desk, "azure-devops").code == 0
    assert host.comments[0]["status"] == "closed"


def test_a_merge_request_from_a_fork_is_in_the_project_it_goes_to(
    host: CodeHost, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    at("gitlab", host, desk, monkeypatch, CI_PROJECT_ID="99", CI_MERGE_REQUEST_PROJECT_ID="7")
    assert say_plan(desk, "gitlab").code == 0
    assert len(host.comments) == 1


def test_an_account_the_host_does_not_tell_of_is_noticed(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    with code_host(me="our-app[bot]") as host:
        at("github", host, desk, monkeypatch)
        answer = say_plan(desk, "github")
        assert answer.code == 1
        assert "--author our-app[bot]" in answer.err
        assert say_plan(desk, "github", "text", "--author", "our-app[bot]").code == 0
        assert len(host.comments) == 1


# what goes wrong


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("fault", "said"),
    [
        (Fault("GET", 401), "Is it still good?"),
        (Fault("POST", 403, body=b'{"message": "Resource not accessible"}'), "(403): POST"),
        (Fault("POST", 404), "shows nothing there (404)"),
        (Fault("POST", 422, body=b'{"message": "Validation Failed"}'), "It says: Validation Failed"),
        (Fault("POST", 429, {"Retry-After": "60"}), "Try again in 60 s"),
        (Fault("POST", 403, {"Retry-After": "60"}), "asks to slow down"),
        (Fault("POST", 429), "asks to slow down (status 429)"),
        (Fault("POST", 500), "is not well (status 500)"),
        (Fault("POST", 301, {"Location": "http://127.0.0.1:1/"}), "redirect is not followed"),
        (Fault("POST", 418), "status 418"),
        (Fault("POST", 201, body=b"<html>"), "is not JSON"),
        (Fault("POST", 201, body=b"[" * 100_000), "is not JSON"),
        (Fault("POST", 201, body=b"{}"), "does not understand"),
        (Fault("POST", 201, body=b"[]"), "does not understand"),
        (Fault("POST", hang=True), "did not answer"),
        (Fault("GET", 200, body=b"{"), "is not JSON"),
        (Fault("GET", 200, body=b"null"), "does not understand"),
        (Fault("GET", 200, body=b'{"value": [7]}'), "does not understand"),
        (Fault("GET", 200, {"Content-Length": "999"}, b"["), "could not be reached"),
        (Fault("GET", 200, {"X": "\xff" * 70_000}), "could not be reached"),
        (Fault("POST", 422, body=json.dumps({"message": f"bad token {TOKEN}\n\x1b[2J"}).encode()), "***"),
    ],
    ids=lambda value: value if isinstance(value, str) else value.begins,
)
def test_a_refusal_is_told_in_one_line_with_what_to_do_and_without_the_token(
    kind: str, fault: Fault, said: str, host: CodeHost, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    at(kind, host, desk, monkeypatch)
    # A read is tried three times.
    host.faults += [fault] * (3 if fault.begins == "GET" and "reached" in said else 1)
    answer = say_plan(desk, kind)
    assert answer.code == 1
    assert said in answer.err
    assert answer.out == ""
    assert len(answer.err.splitlines()) == 1
    assert answer.err.startswith("error: ")
    assert answer.err.isascii()
    assert answer.err.strip().isprintable()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    "fault", [Fault("POST", 500), Fault("POST", 429, {"Retry-After": "1"}), Fault("POST", hang=True)]
)
def test_a_write_is_sent_once_whatever_comes_of_it(
    kind: str, fault: Fault, host: CodeHost, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    at(kind, host, desk, monkeypatch)
    host.faults.append(fault)
    assert say_plan(desk, kind).code == 1
    assert len(host.writes) == 1


@pytest.mark.parametrize("kind", KINDS)
def test_a_write_whose_answer_got_lost_is_found_and_edited_by_the_next_run(
    kind: str, host: CodeHost, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    at(kind, host, desk, monkeypatch)
    host.faults.append(Fault("POST", 502, after=True))
    assert "the next run finds it" in say_plan(desk, kind).err
    assert say_plan(desk, kind, "other").out.startswith("comment edited")
    assert len(host.comments) == 1


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_read_is_tried_again_when_the_host_says_later(
    kind: str, status: int, host: CodeHost, desk: Desk, monkeypatch: pytest.MonkeyPatch, quick: list[float]
) -> None:
    at(kind, host, desk, monkeypatch)
    host.faults += [Fault("GET", status, {"Retry-After": "7"}), Fault("GET", status)]
    assert say_plan(desk, kind).code == 0
    assert quick == [7.0, 2.0]


def test_a_host_that_asks_for_an_hour_is_not_waited_for(
    host: CodeHost, desk: Desk, monkeypatch: pytest.MonkeyPatch, quick: list[float]
) -> None:
    at("github", host, desk, monkeypatch)
    host.faults.append(Fault("GET /repos", 429, {"Retry-After": "3600"}))
    assert "Try again in 3600 s" in say_plan(desk, "github").err
    assert quick == []
    assert host.writes == []


def test_a_next_page_at_another_address_is_not_asked_with_the_token(
    host: CodeHost, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    at("github", host, desk, monkeypatch)
    with code_host() as other:
        link = f'<{other.base}/repos/o/r/issues/12/comments?page=2>; rel="next"'
        host.faults.append(Fault("GET /repos", 200, {"Link": link}, b"[]"))
        assert "another address" in say_plan(desk, "github").err
        assert other.asked == []
    assert host.writes == []


def test_pages_without_end_come_to_one(host: CodeHost, desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    at("github", host, desk, monkeypatch)
    link = f'<{host.base}/repos/o/r/issues/12/comments?page=2>; rel="next"'
    host.faults += [Fault("GET /repos", 200, {"Link": link}, b"[]") for _ in range(200)]
    assert "more than 100 pages" in say_plan(desk, "github").err


def test_an_answer_that_drips_without_end_comes_to_one(
    host: CodeHost, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    at("github", host, desk, monkeypatch)
    ticks = iter(range(0, 100_000, 60))
    slow = Patience(connect=2, read=2, whole=90, clock=lambda: float(next(ticks)))
    monkeypatch.setattr(hosts, "client_at", lambda spot: hosts.CLIENTS[spot.host](spot, slow))
    host.faults.append(Fault("GET /user", drip=True))
    assert "did not answer" in say_plan(desk, "github").err


@pytest.mark.parametrize(
    ("base", "said"),
    [
        ("http://api.example.com", "https address"),
        ("ftp://127.0.0.1", "https address"),
        ("https://ola:hunter2@api.example.com", "https address"),
        ("https://api.example.com?x=1", "https address"),
        ("https://[", "https address"),
        ("nonsense", "https address"),
    ],
)
def test_the_token_goes_over_https_or_stays_on_this_machine(
    base: str, said: str, desk: Desk, host: CodeHost, monkeypatch: pytest.MonkeyPatch
) -> None:
    at("github", host, desk, monkeypatch, GITHUB_API_URL=base)
    answer = say_plan(desk, "github")
    assert answer.code == 1
    assert said in answer.err
    assert "hunter2" not in answer.both


def test_a_host_nobody_answers_at_is_told(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    with code_host() as gone:
        pass
    at("github", gone, desk, monkeypatch)
    answer = say_plan(desk, "github")
    assert answer.code == 1
    assert "could not be reached" in answer.err


def test_a_certificate_nobody_vouches_for_ends_it_before_the_token_is_sent(
    desk: Desk, host: CodeHost, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The double speaks plain HTTP: no handshake, no certificate, and so nothing is sent.
    at("github", host, desk, monkeypatch, GITHUB_API_URL=host.base.replace("http:", "https:"))
    answer = say_plan(desk, "github")
    assert answer.code == 1
    assert "error: " in answer.err
    assert host.asked == []


@pytest.mark.parametrize("kind", KINDS)
def test_everything_the_environment_lacks_is_named_at_once(
    kind: str, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    needed = environment(kind, CodeHost())
    for name in (*needed, "CI_MERGE_REQUEST_PROJECT_ID", "SYSTEM_TEAMPROJECT"):
        monkeypatch.delenv(name, raising=False)
    answer = say_plan(desk, kind)
    assert answer.code == 1
    assert [name for name in needed if name in answer.err]
    assert "Missing" in answer.err


@pytest.mark.parametrize(
    ("kind", "changed", "said"),
    [
        ("github", {"GITHUB_TOKEN": ""}, "GITHUB_TOKEN holds no token"),
        ("azure-devops", {"SYSTEM_ACCESSTOKEN": "$(System.AccessToken)"}, "holds no token"),
        ("github", {"GITHUB_TOKEN": f"{TOKEN}\nx"}, "can be no token"),
        ("github", {"GITHUB_REPOSITORY": "../../user"}, "OWNER/REPOSITORY"),
        ("github", {"GITHUB_EVENT_PATH": "nowhere.json"}, "nowhere.json can not be read"),
        ("gitlab", {"CI_MERGE_REQUEST_IID": "twelve"}, "which is not a number"),
        ("gitlab", {"CI_MERGE_REQUEST_IID": ""}, "--number"),
        ("azure-devops", {"SYSTEM_PULLREQUEST_PULLREQUESTID": "$(System.X)"}, "--number"),
    ],
)
def test_an_environment_that_is_not_right_is_told(
    kind: str, changed: dict[str, str], said: str, host: CodeHost, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    at(kind, host, desk, monkeypatch, **changed)
    answer = say_plan(desk, kind)
    assert answer.code == 1
    assert said in answer.err
    assert host.writes == []


@pytest.mark.parametrize(
    ("event", "number"),
    [
        ({"pull_request": {"number": 12}}, 12),
        ({"issue": {"number": 12, "pull_request": {}}}, 12),
        ({"issue": {"number": 12}}, None),
        ({"ref": "refs/heads/main"}, None),
        ({"pull_request": {"number": "12"}}, None),
        ({"pull_request": {"number": True}}, None),
        ([], None),
    ],
)
def test_the_number_is_that_of_the_pull_request_the_event_is_about(
    event: Any, number: int | None, host: CodeHost, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    at("github", host, desk, monkeypatch)
    desk.put("event.json", json.dumps(event))
    answer = say_plan(desk, "github")
    assert (answer.code == 0) == (number is not None)
    assert number is not None or "--number" in answer.err


def test_a_token_given_in_place_of_a_variables_name_is_not_said_back(desk: Desk) -> None:
    desk.put("plan.md", "text")
    answer = desk.run("comment", "--on", "github", "--file", "plan.md", "--token-env", TOKEN)
    assert answer.code == 64
    assert TOKEN not in answer.both


def test_the_token_is_read_from_the_variable_that_was_named(
    host: CodeHost, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    at("github", host, desk, monkeypatch, GITHUB_TOKEN="wrong", MY_BOT=TOKEN)
    assert say_plan(desk, "github").code == 1
    assert say_plan(desk, "github", "text", "--token-env", "MY_BOT").code == 0


@pytest.mark.parametrize("text", ["", " \n"])
def test_a_comment_that_says_nothing_is_not_written(text: str, host: CodeHost, desk: Desk) -> None:
    assert "nothing to say" in say_plan(desk, "github", text).err
    assert "nowhere.md" in desk.run("comment", "--on", "github", "--file", "nowhere.md").err


def test_a_text_the_host_would_cut_is_not_sent(
    host: CodeHost, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    at("github", host, desk, monkeypatch)
    answer = say_plan(desk, "github", "x" * 70_000)
    assert answer.code == 1
    assert "65536" in answer.err
    assert host.asked == []


def test_a_read_whose_connection_broke_is_tried_again(
    host: CodeHost, desk: Desk, monkeypatch: pytest.MonkeyPatch, quick: list[float]
) -> None:
    at("github", host, desk, monkeypatch)
    host.faults.append(Fault("GET", 200, {"Content-Length": "999"}, b"["))
    assert say_plan(desk, "github").code == 0
    assert quick == [1.0]


# issues


def drift_file(desk: Desk, *deltas: int, **changed: Any) -> Path:
    """What `drift` prints when the licences of fabrikam rose by these numbers."""
    from test_conversation import drift_document

    return desk.put(
        "drift.json", json.dumps({**drift_document({d: ["fabrikam"] for d in deltas}), **changed})
    )


@pytest.mark.parametrize("kind", ["github", "gitlab"])
def test_each_cause_has_an_issue_that_is_opened_edited_and_closed(
    kind: str, host: CodeHost, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    at(kind, host, desk, monkeypatch)
    for name in ("CI_MERGE_REQUEST_IID", "GITHUB_EVENT_PATH"):
        monkeypatch.delenv(name, raising=False)

    def run(*deltas: int) -> list[str]:
        drift_file(desk, *deltas)
        lines = desk.ok("issues", "--on", kind, "--from", "drift.json").out.splitlines()
        return [line.split(" (")[0] for line in lines]

    assert run(8, 5) == ["issue opened", "issue opened"]
    assert run(8, 5) == ["issue already says this"] * 2
    assert run(8) == ["issue already says this", "issue closed"]
    assert run() == ["issue closed"]
    assert run() == ["No drift, and no issue about any is open."]
    assert [i["state"] for i in host.issues] == ["closed", "closed"]
    assert host.issues[0]["labels"] == ["reconciler-drift"]
    assert "It was put right" in host.issues[0]["body"]


def test_a_pull_request_with_the_label_is_no_issue(
    host: CodeHost, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    at("github", host, desk, monkeypatch)
    drift_file(desk, 8)
    desk.ok("issues", "--on", "github", "--from", "drift.json")
    host.issues[0]["more"] = {"pull_request": {}}
    drift_file(desk)
    assert "no issue about any is open" in desk.ok("issues", "--on", "github", "--from", "drift.json").out


def test_a_drift_of_snapshots_opens_and_closes_nothing(desk: Desk, host: CodeHost) -> None:
    drift_file(desk, snapshot=True)
    answer = desk.run("issues", "--on", "github", "--from", "drift.json")
    assert answer.code == 1
    assert "--live" in answer.err


@pytest.mark.parametrize("text", ["", "{", "[]", '{"format_version": "2.0"}', '{"format_version": "1.0"}'])
def test_what_drift_did_not_print_is_refused(text: str, desk: Desk) -> None:
    desk.put("drift.json", text)
    answer = desk.run("issues", "--on", "github", "--from", "drift.json")
    assert answer.code == 1
    assert "drift.json is not what" in answer.err


def test_azure_devops_has_no_issues_of_this_kind(desk: Desk) -> None:
    drift_file(desk)
    answer = desk.run("issues", "--on", "azure-devops", "--from", "drift.json")
    assert answer.code == 64
    assert "github and gitlab" in answer.err


# approvals

DIGEST = "sha256:" + "ab" * 32


def review(state: str = "APPROVED", who: str = "kari", at: str = "2026-11-23T11:00:00Z", **more: Any) -> Any:
    return {
        "user": {"login": who},
        "state": state,
        "commit_id": "head1",
        "author_association": "MEMBER",
        "submitted_at": at,
        **more,
    }


def approved(desk: Desk) -> Answer:
    return desk.run("approved", "--on", "github")


def test_the_digest_a_review_approved_is_printed_alone(
    host: CodeHost, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    at("github", host, desk, monkeypatch)
    assert say_plan(desk, "github", "text", "--digest", DIGEST).code == 0
    assert approved(desk).code == 1
    host.reviews = [review(), {"user": {"login": "per"}, "state": "PENDING"}]
    answer = approved(desk)
    assert answer.code == 0
    assert answer.out == f"{DIGEST}\n"
    assert "kari" in answer.err


@pytest.mark.parametrize(
    "reviews",
    [
        [review(at="2026-11-23T09:59:59Z")],
        [review(at="2026-11-23T10:00:00Z")],
        [review(commit_id="head0")],
        [review(author_association="NONE")],
        [review(who="author")],
        [review("COMMENTED")],
        [review(), review("DISMISSED", at="2026-11-23T12:00:00Z")],
        [review(), review("CHANGES_REQUESTED", who="per")],
        [],
    ],
)
def test_what_is_no_approval_of_what_stands_there_now_gives_no_digest(
    reviews: list[Any], host: CodeHost, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    at("github", host, desk, monkeypatch)
    assert say_plan(desk, "github", "text", "--digest", DIGEST).code == 0
    host.reviews = reviews
    answer = approved(desk)
    assert answer.code == 1
    assert answer.out == ""


def test_a_digest_in_the_comment_of_another_is_not_approved(
    host: CodeHost, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    at("github", host, desk, monkeypatch)
    host.comment(f"{MARK}\n<!-- reconciler:digest {DIGEST} -->\n\nplan", "mallory")
    host.reviews = [review()]
    assert "no comment of github-actions[bot]" in approved(desk).err
    assert desk.run("approved", "--on", "gitlab").code == 64
