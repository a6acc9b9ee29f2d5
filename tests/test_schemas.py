"""The schemas: sound JSON Schema, told in words everywhere, and one answer from the fast and the slow validator."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator, Mapping
from typing import Any

import jsonschema
import jsonschema_rs
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from reconciler.adapters import files
from reconciler.desired import Checker, Document, Kind, load
from reconciler.desired.checking import is_date, is_time
from reconciler.messages import SENTENCES

OURS = ("tenant", "live", "config")
KINDS = {"tenant": Kind.TENANT, "live": Kind.LIVE_STATE, "config": Kind.CONFIGURATION}
CHECKERS = {name: Checker(files.schema(name)) for name in OURS}


def members(schema: Mapping[str, Any], path: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    yield path, schema
    for name, below in schema.get("properties", {}).items():
        yield from members(below, f"{path}.{name}")
    for keyword in ("items", "additionalProperties", "propertyNames"):
        if isinstance(schema.get(keyword), dict):
            yield from members(schema[keyword], f"{path}.{keyword}")


ALL_MEMBERS = [(path, schema) for name in OURS for path, schema in members(files.schema(name), name)]
# What only commands print; real output is held to them where the commands are tested.
PRINTED = (
    "doctor",
    "page-fleet",
    "page-tenant",
    "plans",
    "problems",
    "reconcile",
    "resolve",
    "rule",
    "run",
    "simulator-log",
    "simulator-show",
    "stop",
)
TOLD = [
    *ALL_MEMBERS,
    *((path, schema) for name in PRINTED for path, schema in members(files.schema(name), name)),
]


@pytest.mark.parametrize("name", files.schema_names())
def test_a_schema_is_valid_2020_12(name: str) -> None:
    schema = files.schema(name)
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema_rs.Draft202012Validator(schema)


@pytest.mark.parametrize(("path", "schema"), TOLD, ids=[path for path, _ in TOLD])
def test_each_member_has_a_title_a_description_and_an_example_that_fits(
    path: str, schema: Mapping[str, Any]
) -> None:
    assert schema["title"]
    assert schema["description"].endswith(".")
    assert schema["examples"]
    for example in schema["examples"]:
        assert Checker(schema).accepts(example)


@pytest.mark.parametrize(("path", "schema"), ALL_MEMBERS, ids=[path for path, _ in ALL_MEMBERS])
def test_a_mapping_takes_no_unknown_members_and_everything_has_an_end(
    path: str, schema: Mapping[str, Any]
) -> None:
    kinds = schema.get("type", ())
    if "object" in kinds:
        assert schema.get("additionalProperties") is False or "maxProperties" in schema
    if "array" in kinds:
        assert "maxItems" in schema
    if "string" in kinds and "enum" not in schema:
        assert "maxLength" in schema
    if "integer" in kinds:
        assert "maximum" in schema
        assert "minimum" in schema


@pytest.mark.parametrize(("path", "schema"), ALL_MEMBERS, ids=[path for path, _ in ALL_MEMBERS])
def test_an_editor_has_words_for_every_pattern_and_a_beginning_for_every_fixed_word(
    path: str, schema: Mapping[str, Any]
) -> None:
    assert ("pattern" in schema) == ("patternErrorMessage" in schema)
    assert schema.get("default") == schema.get("const")


@pytest.mark.parametrize("name", OURS)
def test_the_example_of_a_schema_is_a_file_of_its_kind(name: str) -> None:
    (example,) = files.schema(name)["examples"]
    (document,) = load(yaml.safe_dump(example), "f").documents
    assert CHECKERS[name].problems(document) == ()
    assert document.value["kind"] == KINDS[name]


def test_every_sentence_about_files_can_be_formatted() -> None:
    class Anything(dict[str, object]):
        def __missing__(self, key: str) -> str:
            return key

    for key, sentence in SENTENCES.items():
        if key.startswith("files."):
            assert sentence.format_map(Anything())


LIVE = yaml.safe_load(
    """
apiVersion: reconciler/v1
kind: LiveState
metadata: {name: fabrikam, observedAt: '2026-11-23T10:00:00Z'}
spec:
  tenant: fabrikam.onmicrosoft.com
  tenantId: f47e3e19-5852-51f4-b24b-62cb64609e6c
  domains: [fabrikam.no]
  operator: {roles: [global-administrator]}
  users: 18
  website: {domain: fabrikam.sharepoint.com, customDomains: [www.fabrikam.no]}
  creditReview: {state: pending, since: '2026-11-20T08:00:00+01:00'}
  services: {exchange-online: healthy}
  unread: {users: throttled}
  subscriptions:
    - id: a-1
      plan: office-365-small-business
      licenses: 20
      assigned: 18
      usersWithoutLicense: 0
      status: active
      trial: false
      payment: card
      billing: monthly
      provisioned: true
      preUpgrade: false
      offers: [office-365-enterprise-e3]
      switch: {state: running, to: x, orderedAt: '2026-11-23T09:00:00Z', statusPageSince: '2026-11-23T09:01:00.5Z'}
      version: W/"7"
      unread: {trial: not shown}
"""
)
TENANT = yaml.safe_load(
    """
apiVersion: reconciler/v1
kind: Tenant
metadata: {name: fabrikam, labels: {region: norway}}
spec:
  tenant: fabrikam.onmicrosoft.com
  subscriptions: [{name: main, plan: office-365-enterprise-e3, licenses: 42, subscriptionId: a-1}]
  acknowledge: {noWayBack: office-365-enterprise-e3, backup: {taken: '2026-11-20', where: job 118, maxAgeDays: 14}}
  website: {domain: www.fabrikam.no}
  mode: report
  suspend: {reason: merger, owner: ola@fabrikam.no, until: '2026-12-24'}
  windows: [{allow: 'Sat 20:00-24:00', timezone: Europe/Oslo}]
  limits: {maxLicensesAdded: 50}
  unmanaged: [{plan: exchange-online-plan-1, reason: a reseller's}]
"""
)
CONFIG = yaml.safe_load(
    """
apiVersion: reconciler/v1
kind: Configuration
backend: simulator
state: postgresql://reconciler@db.example/reconciler
folder: .reconciler
catalogue: office365-2014
tenants: [tenants/]
source:
  git: https://git.example/fleet.git
  branch: main
  folder: tenants
  interval: 1m
  timeout: 60s
  sshKey: {file: key}
  knownHosts: {file: known_hosts}
  token: {environment: FLEET_TOKEN}
  username: fleet
  requireSignature: {allowedSigners: allowed_signers}
  onlyForward: true
simulator: {live: [live/], addsInOrder: true}
backup: {maxAgeDays: 30}
plan: {validFor: 72h}
drift: {confirm: {default: {times: 2, for: 15m}, unhealthy: {times: 3}}}
microsoft:
  partner: contoso.onmicrosoft.com
  cloud: us-government
  addresses: {partnerCenter: 'http://127.0.0.1:8080', graph: 'http://127.0.0.1:8080', login: 'https://login.example'}
  reader: {clientId: 3c6f1b1e-9a51-4c5a-8a1f-2f4f6f0d8a01, secretFrom: {environment: READER_SECRET},
           refreshTokenFrom: {keyring: reconciler/reader}}
  writer: {clientId: b8d2e6a4-7f0c-4f43-9a5e-6a1f6f5f2c02, certificateFrom: {file: writer.pem}}
  raiseWithoutEtag: false
  licenseTransfer: true
  callsPerMinute: 500
notifications:
  language: nb
  pageUrl: https://reconciler.example.com
  receivers:
    - {name: ops, webhook: {url: 'https://hooks.example.com/', secretFrom: {environment: HOOK_SECRET}}}
    - {name: other, webhook: {urlFrom: {file: hook-url}, secretFrom: {file: hook-secret}}}
    - name: post
      mail: {host: smtp.example.com, port: 465, security: tls, from: r@example.com, to: [ola@fabrikam.no], user: r,
             passwordFrom: {environment: SMTP_PASSWORD}}
    - {name: teams, chat: {urlFrom: {environment: TEAMS_URL}}}
  routes:
    - {receivers: [ops], kinds: [stalled], severities: [critical], labels: {region: norway}, digest: none}
    - {receivers: [post], digest: weekly}
"""
)
FULL: dict[str, Any] = {"tenant": TENANT, "live": LIVE, "config": CONFIG}


@pytest.mark.parametrize("name", OURS)
def test_a_file_with_every_member_there_is_fits(name: str) -> None:
    assert CHECKERS[name].accepts(FULL[name], floats=False)
    assert CHECKERS[name].accepts(FULL[name])


def test_every_fact_of_a_live_state_may_be_left_out_or_not_known() -> None:
    spec = LIVE["spec"]
    bare = {**LIVE, "spec": {}}
    unknown = {**LIVE, "spec": dict.fromkeys(spec)}
    (subscription,) = spec["subscriptions"]
    only_id = {**LIVE, "spec": {"subscriptions": [{"id": "a-1"}]}}
    blank = {**LIVE, "spec": {"subscriptions": [{**dict.fromkeys(subscription), "id": "a-1"}]}}
    assert all(CHECKERS["live"].accepts(value) for value in (bare, unknown, only_id, blank))


@pytest.mark.parametrize("member", ["status", "payment", "billing"])
def test_a_new_word_of_the_service_passes_through(member: str) -> None:
    changed = copy.deepcopy(LIVE)
    changed["spec"]["subscriptions"][0][member] = "somethingNew"
    changed["spec"]["subscriptions"][0]["switch"]["state"] = "paused"
    changed["spec"]["services"]["teams"] = "extendedRecovery"
    changed["spec"]["creditReview"]["state"] = "under-appeal"
    assert CHECKERS["live"].accepts(changed)


def test_when_a_live_state_was_observed_must_be_said() -> None:
    assert not CHECKERS["live"].accepts({**LIVE, "metadata": {"name": "fabrikam"}})
    assert not CHECKERS["live"].accepts({**LIVE, "metadata": {"name": "fabrikam", "observedAt": None}})


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-23T10:00:00Z",
        "2026-11-23T10:00:00+01:00",
        "2026-11-23T10:00:00.1234567Z",
        "1970-01-01T00:00:00-12:00",
    ],
)
def test_a_time_with_its_zone_is_a_time(text: str) -> None:
    assert is_time(text)
    assert CHECKERS["live"].accepts({**LIVE, "metadata": {"name": "a", "observedAt": text}})


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-23T10:00:00",
        "2026-11-23",
        "2026-11-23 10:00:00Z",
        "2026-02-30T10:00:00Z",
        "2026-11-23T24:30:00Z",
        "2026-11-23T10:00:60Z",
        "2026-11-23T10:00:00+25:00",
        "20261123T100000Z",
        "0001-01-01T00:00:00+14:00",
        "now",
        "",
    ],
)
def test_what_is_no_time_with_a_zone_is_refused_by_both_validators(text: str) -> None:
    changed = {**LIVE, "metadata": {"name": "a", "observedAt": text}}
    assert not CHECKERS["live"].accepts(changed, floats=False)
    assert not CHECKERS["live"].accepts(changed)


@pytest.mark.parametrize(
    "text", ["2026-02-30", "2026-13-01", "20261120", "2026-W01-1", "2026-11-20\n", "yesterday", "1969-01-01"]
)
def test_a_day_that_is_not_in_the_calendar_is_refused_by_both_validators(text: str) -> None:
    changed = copy.deepcopy(TENANT)
    changed["spec"]["suspend"]["until"] = text
    assert not CHECKERS["tenant"].accepts(changed, floats=False)
    assert not CHECKERS["tenant"].accepts(changed)
    assert is_date("2024-02-29")


@pytest.mark.parametrize("count", [True, False, 5.0, "5", 0, -1, 1_000_001, None, [5]])
def test_a_count_of_licences_is_a_whole_number_from_one_up(count: object) -> None:
    changed = copy.deepcopy(TENANT)
    changed["spec"]["subscriptions"][0]["licenses"] = count
    assert not CHECKERS["tenant"].accepts(changed)


@pytest.mark.parametrize(
    "name", ["Fabrikam", "fabri kam", "-a", "a-", "a_b", "å", "a\n", "", "a" * 64, "../a", "."]
)
def test_a_name_that_is_not_safe_everywhere_is_refused_by_both_validators(name: str) -> None:
    changed = {**TENANT, "metadata": {"name": name}}
    assert not CHECKERS["tenant"].accepts(changed, floats=False)
    assert not CHECKERS["tenant"].accepts(changed)


@pytest.mark.parametrize("member", ["reason", "owner", "until"])
def test_a_suspension_needs_all_three_members(member: str) -> None:
    changed = copy.deepcopy(TENANT)
    del changed["spec"]["suspend"][member]
    assert not CHECKERS["tenant"].accepts(changed)


@pytest.mark.parametrize("member", ["windows", "queue"])
def test_the_configuration_takes_nothing_it_would_ignore(member: str) -> None:
    assert not CHECKERS["config"].accepts({**CONFIG, member: {}})


def spots(value: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    yield path
    steps = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for step, below in steps:
        yield from spots(below, (*path, step))


TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=30)
WORDS = st.sampled_from(
    [
        "",
        "a",
        "main",
        "apply",
        "report",
        "Tenant",
        "reconciler/v1",
        "2026-11-20",
        "2026-02-30",
        "2026-11-23T10:00:00Z",
        "a.b",
        "a\n",
        "a.b\n",
        "2026-11-20\n",
        "72h",
        "3d",
        "0h",
        "office-365-enterprise-e3",
        "١",
        "ſ",
        "K",
        "a" * 64,
    ]
)
LEAVES = (
    st.none() | st.booleans() | st.integers(-2, 2_000_000) | st.sampled_from([5.0, 0.5, 1.0]) | WORDS | TEXTS
)
VALUES = st.recursive(
    LEAVES,
    lambda below: st.lists(below, max_size=3) | st.dictionaries(TEXTS | WORDS, below, max_size=3),
    max_leaves=5,
)


@st.composite
def mutants(draw: st.DrawFn) -> tuple[str, Any]:
    """A file with every member, with a few of its places taken out, replaced or added to."""
    name = draw(st.sampled_from(OURS))
    value = copy.deepcopy(FULL[name])
    for _ in range(draw(st.integers(0, 3))):
        path = draw(st.sampled_from(list(spots(value))))
        if not path:
            continue
        parent = value
        for step in path[:-1]:
            parent = parent[step]
        change = draw(st.sampled_from(["drop", "replace", "add"]))
        if change == "drop":
            del parent[path[-1]]
        elif change == "replace" or isinstance(parent, list):
            parent[path[-1]] = draw(VALUES)
        else:
            parent[draw(TEXTS | WORDS)] = draw(VALUES)
    return name, value


def has_float(value: object) -> bool:
    if isinstance(value, dict | list):
        return any(has_float(below) for below in (value.values() if isinstance(value, dict) else value))
    return isinstance(value, float)


@given(mutants())
def test_what_the_fast_validator_accepts_is_what_jsonschema_accepts(mutant: tuple[str, Any]) -> None:
    name, value = mutant
    checker = CHECKERS[name]
    if not has_float(value):
        assert checker._fast.is_valid(value) == checker._slow.is_valid(value)
    assert checker.accepts(value, floats=has_float(value)) == checker._slow.is_valid(value)


@given(mutants())
def test_what_is_not_accepted_is_explained_with_a_place(mutant: tuple[str, Any]) -> None:
    name, value = mutant
    text = json.dumps(value)
    loaded = load(text, "f.yaml")
    if loaded.problems:
        return
    (document,) = loaded.documents
    problems = CHECKERS[name].problems(document)
    assert bool(problems) != CHECKERS[name].accepts(document.value)
    assert all(p.place.line == 1 and 1 <= p.place.column <= len(text) and p.message for p in problems)
    assert all(p.code != "not-accepted" for p in problems)


def test_a_whole_number_written_as_a_float_is_none_whichever_validator_is_asked() -> None:
    def problems(word: str) -> list[str]:
        text = json.dumps(TENANT).replace('"licenses": 42', f'"licenses": {word}')
        (document,) = load(text, "f").documents
        assert isinstance(document, Document)
        return [p.code for p in CHECKERS["tenant"].problems(document)]

    assert problems("42") == []
    assert problems("42.0") == problems("true") == problems("4.2e1") == ["wrong-type"]
