"""``microsoft`` in the configuration: what is read, every problem with its place, and no secret in any of them."""

from __future__ import annotations

from pathlib import Path

import pytest
from cli import Desk

from reconciler.adapters import files
from reconciler.adapters.files.configuration import VARIABLES
from reconciler.adapters.files.microsoft import Cloud, Credential, MicrosoftConfig
from reconciler.errors import FilesBroken, Problem
from reconciler.model import Place
from reconciler.secret_places import Kept, Reference

HEAD = "apiVersion: reconciler/v1\nkind: Configuration\n"
LIVE = HEAD + "backend: microsoft\n"
READER, WRITER = "3c6f1b1e-9a51-4c5a-8a1f-2f4f6f0d8a01", "b8d2e6a4-7f0c-4f43-9a5e-6a1f6f5f2c02"
READS = f"reader: {{clientId: {READER}, secretFrom: {{environment: S}}}}"
SECRET = "hunter2~8Q/secret"
NOWHERE = Place("", 0, 0)


def load(desk: Desk, text: str) -> files.Config:
    desk.put("conf/reconciler.yaml", text)
    return files.load_config(desk.folder / "conf")


def problems(desk: Desk, text: str) -> tuple[Problem, ...]:
    with pytest.raises(FilesBroken) as caught:
        load(desk, text)
    return caught.value.problems


def kept(where: Kept, name: str | Path) -> Reference:
    return Reference(where, str(name), NOWHERE)


def test_all_of_it_is_read_and_its_paths_are_the_configuration_s_own(desk: Desk) -> None:
    here = desk.folder / "conf"
    found = load(
        desk,
        LIVE + "microsoft:\n  partner: contoso.onmicrosoft.com\n  cloud: china\n"
        "  addresses: {partnerCenter: 'http://127.0.0.1:8080/', graph: 'https://graph.example', login: 'http://[::1]:1'}\n"
        f"  reader: {{clientId: {READER}, secretFrom: {{environment: READER_SECRET}},"
        " refreshTokenFrom: {keyring: r/t}}\n"
        f"  writer: {{clientId: {WRITER}, certificateFrom: {{file: writer.pem}}}}\n"
        "  raiseWithoutEtag: true\n  licenseTransfer: false\n  callsPerMinute: 120\n",
    ).microsoft
    assert found == MicrosoftConfig(
        partner="contoso.onmicrosoft.com",
        cloud=Cloud.CHINA,
        partner_center="http://127.0.0.1:8080",
        graph="https://graph.example",
        login="http://[::1]:1",
        reader=Credential(
            READER, kept(Kept.ENVIRONMENT, "READER_SECRET"), refresh_token=kept(Kept.KEYRING, "r/t")
        ),
        writer=Credential(WRITER, certificate=kept(Kept.FILE, here / "writer.pem")),
        raise_without_etag=True,
        license_transfer=False,
        calls_per_minute=120,
    )
    # Where a secret should be is known, for the day it is not there.
    assert found.reader
    assert found.reader.secret
    assert str(found.reader.secret.place) == f"{here / 'reconciler.yaml'}:8:72"


def test_left_out_microsoft_is_asked_nothing_and_the_careful_ways_hold(desk: Desk) -> None:
    assert load(desk, HEAD).microsoft == MicrosoftConfig()
    found = load(desk, LIVE + f"microsoft: {{partner: {READER}}}\n")
    assert (found.microsoft.cloud, found.microsoft.calls_per_minute) == (Cloud.GLOBAL, 500)
    assert (found.microsoft.raise_without_etag, found.microsoft.license_transfer) == (False, True)
    assert (found.microsoft.reader, found.microsoft.writer, found.microsoft.rehearses) == (None, None, ())


def test_the_catalogue_is_the_backend_s_own_unless_one_is_named(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    live = LIVE + f"microsoft: {{partner: {READER}}}\n"
    assert load(desk, HEAD).catalogue == "office365-2014"
    assert load(desk, live).catalogue == "microsoft365"
    assert load(desk, live + "catalogue: office365-2014\n").catalogue == "office365-2014"
    monkeypatch.setenv("RECONCILER_CATALOGUE", "office365-2014")
    assert load(desk, live).catalogue == "office365-2014"


def test_where_the_state_is_kept_is_known_to_have_been_chosen(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert load(desk, HEAD).state_named is False
    assert load(desk, HEAD + "state: kept\n").state_named is True
    monkeypatch.setenv("RECONCILER_STATE", "kept")
    assert load(desk, HEAD).state_named is True


def test_the_environment_comes_before_the_file(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    values = {
        "BACKEND": "microsoft",
        "MICROSOFT_PARTNER": "contoso.onmicrosoft.com",
        "MICROSOFT_CLOUD": "us-government-dod",
        "MICROSOFT_PARTNER_CENTER_ADDRESS": "https://a.example",
        "MICROSOFT_GRAPH_ADDRESS": "https://b.example",
        "MICROSOFT_LOGIN_ADDRESS": "https://c.example",
        "MICROSOFT_READER_CLIENT_ID": READER,
        "MICROSOFT_READER_SECRET_FILE": "reader-secret",
        "MICROSOFT_READER_REFRESH_TOKEN_FILE": "token",
        "MICROSOFT_WRITER_CLIENT_ID": WRITER,
        "MICROSOFT_WRITER_CERTIFICATE_FILE": "/run/writer.pem",
        "MICROSOFT_RAISE_WITHOUT_ETAG": "true",
        "MICROSOFT_LICENSE_TRANSFER": "false",
        "MICROSOFT_CALLS_PER_MINUTE": "60",
    }
    for name, value in values.items():
        monkeypatch.setenv(f"RECONCILER_{name}", value)
    expected = MicrosoftConfig(
        *("contoso.onmicrosoft.com", Cloud.US_GOVERNMENT_DOD),
        *("https://a.example", "https://b.example", "https://c.example"),
        Credential(READER, kept(Kept.FILE, "reader-secret"), refresh_token=kept(Kept.FILE, "token")),
        Credential(WRITER, certificate=kept(Kept.FILE, "/run/writer.pem")),
        *(True, False, 60),
    )
    assert files.load_config(desk.folder).microsoft == expected
    # The file names another place of the secret, and a certificate where a variable names a secret.
    text = (
        f"microsoft: {{cloud: china, reader: {{clientId: {WRITER}, certificateFrom: {{environment: C}}}}}}\n"
    )
    assert load(desk, HEAD + text).microsoft == expected


@pytest.mark.parametrize("variable", [name for name in VARIABLES if "MICROSOFT" in name])
def test_each_variable_is_told_in_the_schema(variable: str) -> None:
    schema = files.schema("config")
    for member in VARIABLES[variable]:
        schema = schema["properties"][member]
    assert f"Environment: {variable}." in schema["description"]


@pytest.mark.parametrize(
    ("text", "code", "place"),
    [
        ("{}", "no-partner", "4:1"),
        ("{partner: contoso}", "bad-format", "4:22"),
        ("{partner: common}", "bad-format", "4:22"),
        (f"{{partner: a.b, reader: {{clientId: {READER}}}}}", "no-proof", "4:27"),
        ("{partner: a.b, writer: {secretFrom: {file: f}}}", "no-application", "4:27"),
        ("{partner: a.b, reader: {}}", "no-application no-proof", "4:27"),
        (
            f"{{partner: a.b, reader: {{clientId: {READER}, secretFrom: {{file: f}}, certificateFrom: {{file: f}}}}}}",
            "two-proofs",
            "4:27",
        ),
        (
            f"{{partner: a.b, {READS}, writer: {{clientId: {READER.upper()}, secretFrom: {{file: f}}}}}}",
            "one-application",
            "4:124",
        ),
        ("{partner: a.b, reader: {clientId: reader}}", "bad-format", "4:46"),
        ("{partner: a.b, reader: {secretFrom: {}}}", "which-one", "4:48"),
        ("{partner: a.b, reader: {secretFrom: {environment: lower}}}", "bad-format", "4:62"),
        ("{partner: a.b, reader: {secretFrom: {keyring: a b}}}", "bad-format", "4:58"),
        ("{partner: a.b, cloud: germany}", "not-one-of", "4:34"),
        ("{partner: a.b, addresses: {graph: 'http://graph.example'}}", "not-secure", "4:46"),
        ("{partner: a.b, addresses: {graph: 'https://u:p@graph.example'}}", "not-secure", "4:46"),
        ("{partner: a.b, addresses: {graph: 'https://graph.example/?x=1'}}", "not-secure", "4:46"),
        ("{partner: a.b, addresses: {graph: 'ftp://127.0.0.1'}}", "bad-format", "4:46"),
        ("{partner: a.b, callsPerMinute: 0}", "too-small", "4:43"),
        ("{partner: a.b, tenant: a.b}", "unknown-member", "4:27"),
    ],
)
def test_what_can_not_be_is_refused_with_its_place(desk: Desk, text: str, code: str, place: str) -> None:
    found = problems(desk, LIVE + f"microsoft: {text}\n")
    assert " ".join(p.code for p in found) == code
    assert {str(p.place) for p in found} == {f"{desk.folder / 'conf/reconciler.yaml'}:{place}"}
    assert all(p.hint or p.code in ("not-one-of", "too-small") for p in found)


def test_every_problem_is_told_at_once(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RECONCILER_MICROSOFT_CLOUD", "moon")
    monkeypatch.setenv("RECONCILER_MICROSOFT_WRITER_CLIENT_ID", READER)
    text = f"microsoft: {{addresses: {{login: 'http://login.example'}}, {READS}}}\nplan: {{validFor: 1h}}\n"
    assert [p.code for p in problems(desk, LIVE + text)] == ["not-secure", "not-one-of"]
    monkeypatch.delenv("RECONCILER_MICROSOFT_CLOUD")
    found = problems(desk, LIVE + text + "state: mysql://db/x\n")
    assert [p.code for p in found] == ["no-partner", "not-secure", "state-url", "no-proof", "one-application"]
    assert found[3].place.file == "environment variable RECONCILER_MICROSOFT_WRITER_CLIENT_ID"


def test_without_a_file_a_problem_names_the_variable(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RECONCILER_BACKEND", "microsoft")
    monkeypatch.setenv("RECONCILER_MICROSOFT_READER_SECRET_FILE", "f")
    with pytest.raises(FilesBroken) as caught:
        files.load_config(desk.folder)
    assert [(p.place.file.removeprefix("environment variable "), p.code) for p in caught.value.problems] == [
        ("RECONCILER_BACKEND", "no-partner"),
        ("RECONCILER_MICROSOFT_READER_CLIENT_ID", "no-application"),
    ]


@pytest.mark.parametrize(
    "text",
    [
        SECRET,
        f"[{SECRET}]",
        f"{{reader: {SECRET}}}",
        f"{{reader: [{SECRET}]}}",
        f"{{clientSecret: {SECRET}}}",
        f"{{reader: {{secret: {SECRET}}}}}",
        f"{{reader: {{secretFrom: {SECRET}}}}}",
        f"{{reader: {{secretFrom: {{{SECRET}}}}}}}",
        f"{{reader: {{secretFrom: {{environment: {SECRET}}}}}}}",
        f"{{reader: {{secretFrom: {{keyring: {SECRET}}}}}}}",
        f"{{reader: {{secretFrom: {{value: {SECRET}}}}}}}",
        f"{{reader: {{secretFrom: [{SECRET}]}}}}",
        f"{{reader: {{clientId: {SECRET}}}}}",
        f"{{reader: {{secretFrom: {{file: {SECRET}}}, certificateFrom: {{file: f}}}}}}",
        f"{{writer: {{refreshTokenFrom: {SECRET * 9}}}}}",
        f"\n  reader:\n    secretFrom:\n      environment: {SECRET}\n      other: 1",
        f"\n  reader:\n    secretFrom:\n      environment: {SECRET}: x",
        f'\n  reader:\n    secretFrom: "{SECRET}',
        f"\n  reader:\n    certificateFrom: |\n      -----BEGIN PRIVATE KEY-----\n      {SECRET}\n",
        f"\n  reader:\n    certificateFrom: -----BEGIN PRIVATE KEY-----\n{SECRET}\n  : x",
    ],
)
def test_a_secret_that_somebody_wrote_into_the_file_is_repeated_nowhere(desk: Desk, text: str) -> None:
    assert "hunter2" not in repr(problems(desk, LIVE + f"microsoft: {text}\n"))
    for form in ("text", "json"):
        answer = desk.run("validate", "conf", "--config", "conf/reconciler.yaml", "--format", form)
        assert answer.code == 1
        assert "hunter2" not in answer.both


@pytest.mark.parametrize("name", ["READER_CLIENT_ID", "WRITER_SECRET_FILE", "PARTNER", "LOGIN_ADDRESS"])
def test_a_secret_in_a_variable_is_repeated_nowhere(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv(f"RECONCILER_MICROSOFT_{name}", f"https://ola:{SECRET}@x" + "y" * 3000)
    assert "hunter2" not in repr(problems(desk, LIVE))


def test_the_names_of_members_and_variables_are_no_secrets(desk: Desk) -> None:
    (found,) = problems(
        desk, LIVE + f"microsoft: {{partner: a.b, {READS.replace('clientId', 'clientID')}}}\n"
    )
    assert "clientID" in found.message
    assert "clientId" in found.hint


def test_a_pull_request_names_neither_a_file_outside_nor_another_place_to_sign_in(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    (desk.folder / ".git").mkdir()
    monkeypatch.setenv("RECONCILER_UNTRUSTED", "1")
    reads = f"partner: a.b, reader: {{clientId: {READER}, secretFrom: {{file: /etc/passwd}}}}"
    text = (
        f"microsoft: {{{reads}, addresses: {{login: 'https://evil.example', graph: 'http://localhost:1'}}}}\n"
    )
    assert [p.code for p in problems(desk, LIVE + text)] == ["outside-repository", "address-unreviewed"]
    monkeypatch.setenv("RECONCILER_MICROSOFT_LOGIN_ADDRESS", "https://proxy.example")
    monkeypatch.setenv("RECONCILER_MICROSOFT_READER_SECRET_FILE", "/etc/hostname")
    assert load(
        desk, LIVE + "microsoft: {partner: a.b, reader: {clientId: " + READER + "}}\n"
    ).microsoft.login
