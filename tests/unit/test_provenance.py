from __future__ import annotations

from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from msgspec.structs import replace

from gitops_bot.adapters.provenance import issuer_of
from gitops_bot.core.json_values import JsonValue
from gitops_bot.core.provenance import (
    MAX_STORED_CHARACTERS,
    BranchApply,
    CalledWorkflow,
    Expectation,
    OwnBranchPlan,
    PromotionPlan,
    Proof,
    PullRequestPlan,
    RunKind,
    audience_of,
    called_workflow_of,
    calls,
    check_claims,
    fits_base,
    hmac_matches,
    hmac_proof,
    issued_at,
    ledger_audience,
    ledger_digest,
    proof_text,
    read_proof,
    workflow_file_of,
)

ISSUER = "https://token.actions.githubusercontent.com"
DIGEST = "d" * 64
NOW = 1_800_000_000
FILE = ".github/workflows/gitops.yml"
MERGE = "refs/pull/7/merge"
SHA = "a" * 40

PLAN = Expectation(ISSUER, "acme/infra", audience_of(DIGEST), PullRequestPlan(7, "main"), (FILE,), "74")
PROMOTION = replace(PLAN, run=PromotionPlan("dev"))
APPLY = replace(PLAN, audience=ledger_audience(DIGEST), run=BranchApply("main"), run_id="1001")


def claims(**changed: JsonValue) -> dict[str, JsonValue]:
    """Those of a pull request's plan, as in the samples of pypi/warehouse#10645."""
    made: dict[str, JsonValue] = {
        "iss": ISSUER,
        "aud": audience_of(DIGEST),
        "repository": "acme/infra",
        "repository_id": "74",
        "event_name": "pull_request",
        "ref": MERGE,
        "base_ref": "main",
        "head_ref": "topic",
        "run_id": "1001",
        "workflow_ref": f"acme/infra/{FILE}@{MERGE}",
        "workflow_sha": SHA,
        "job_workflow_ref": f"acme/infra/{FILE}@{MERGE}",
        "job_workflow_sha": SHA,
        "iat": NOW - 60,
        "exp": NOW + 240,
    }
    return made | changed


def of_branch(event: str, branch: str = "main", **changed: JsonValue) -> dict[str, JsonValue]:
    ref = f"refs/heads/{branch}"
    workflow = f"acme/infra/{FILE}@{ref}"
    made = claims(event_name=event, ref=ref, base_ref="", workflow_ref=workflow, job_workflow_ref=workflow)
    return made | changed


def of_apply(event: str = "push", **changed: JsonValue) -> dict[str, JsonValue]:
    return of_branch(event, aud=ledger_audience(DIGEST)) | changed


def expecting(run: RunKind, expected: Expectation = PLAN) -> Expectation:
    return replace(expected, run=run)


# --- the stored form ---------------------------------------------------------------------------

proofs = st.builds(
    Proof,
    st.just("oidc"),
    st.from_regex(r"[A-Za-z0-9_-]{1,300}\.[A-Za-z0-9_-]{1,900}\.[A-Za-z0-9_-]{1,340}", fullmatch=True),
) | st.builds(Proof, st.just("hmac"), st.from_regex(r"[0-9a-f]{64}", fullmatch=True))


@given(proofs, st.text(), st.text())
def test_a_proof_is_read_back_from_whatever_it_stands_beside(proof: Proof, before: str, after: str) -> None:
    assume("gitops-bot:proof" not in before + after)
    assert proof == read_proof(f"{before}{proof_text(proof)}{after}")


@given(st.text(), st.sampled_from(["{}", "[{}", "<!-- gitops-bot:proof\n{}\n-->"]))
def test_no_text_is_too_odd_to_be_read(text: str, frame: str) -> None:
    assert read_proof(frame.replace("{}", text)) is None


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(), st.lists))
def test_a_proof_of_any_text_stays_inside_its_comment(value: object) -> None:
    stored = proof_text(Proof("oidc", f"--> {value} <!-- --!>"))
    assert [1, 1] == [stored.count("<"), stored.count(">")]


@pytest.mark.parametrize(
    "stored",
    [
        "",
        "null",
        "[]",
        '{"format":1,"kind":"oidc"}',
        '{"format":2,"kind":"oidc","text":"a.b.c"}',
        '{"format":true,"kind":"oidc","text":"a.b.c"}',
        '{"format":"1","kind":"oidc","text":"a.b.c"}',
        '{"format":1,"kind":"other","text":"a.b.c"}',
        '{"format":1,"kind":["oidc"],"text":"a.b.c"}',
        '{"format":1,"kind":"oidc","text":"a.b."}',
        '{"format":1,"kind":"oidc","text":"a.b.c.d"}',
        '{"format":1,"kind":"oidc","text":"a.b.c\\n"}',
        '{"format":1,"kind":"hmac","text":"a.b.c"}',
        '{"format":1,"kind":"hmac","text":"\\ud800"}',
        '{"format":' + "1" * 5_000 + "}",
        "[" * (MAX_STORED_CHARACTERS - 1),
        '{"format":1,"kind":"oidc","text":"a.b.' + "c" * MAX_STORED_CHARACTERS + '"}',
    ],
)
def test_a_malformed_proof_is_none(stored: str) -> None:
    assert read_proof(f"<!-- gitops-bot:proof\n{stored}\n-->") is None


def test_of_two_proofs_in_one_text_neither_counts() -> None:
    text = proof_text(Proof("oidc", "a.b.c")) + proof_text(Proof("oidc", "d.e.f"))
    assert read_proof(text) is None


def test_a_proof_too_long_to_be_read_back_is_not_written() -> None:
    assert ["", ""] == [proof_text(None), proof_text(Proof("oidc", "a.b." + "c" * MAX_STORED_CHARACTERS))]


# --- what a proof is bound to ------------------------------------------------------------------


@given(st.text(), st.text())
def test_no_audience_of_an_approval_is_one_of_a_ledger_entry(one: str, other: str) -> None:
    assert audience_of(one) != ledger_audience(other)


@given(st.binary(min_size=1), st.text(), st.text())
def test_an_hmac_proof_matches_what_it_was_made_for(key: bytes, repository: str, audience: str) -> None:
    assert hmac_matches(key, repository, audience, hmac_proof(key, repository, audience))


def test_an_hmac_proof_does_not_depend_on_the_case_of_the_repository() -> None:
    assert hmac_proof(b"k", "acme/infra", "a") == hmac_proof(b"k", "Acme/Infra", "a")


@pytest.mark.parametrize(
    ("key", "repository", "audience"),
    [
        (b"other", "acme/infra", audience_of(DIGEST)),
        (b"", "acme/infra", audience_of(DIGEST)),
        (b"key", "acme/other", audience_of(DIGEST)),
        (b"key", "acme/infra", audience_of("e" * 64)),
        (b"key", "acme/infra", ledger_audience(DIGEST)),
    ],
)
def test_an_hmac_proof_matches_nothing_else(key: bytes, repository: str, audience: str) -> None:
    made = hmac_proof(b"key", "acme/infra", audience_of(DIGEST))
    assert not hmac_matches(key, repository, audience, made)


def test_nothing_matches_under_an_empty_key() -> None:
    assert not hmac_matches(b"", "acme/infra", "a", hmac_proof(b"", "acme/infra", "a"))


@given(st.text())
def test_any_text_can_be_compared_with_an_hmac(text: str) -> None:
    assert not hmac_matches(b"key", "acme/infra", "a", text)


def test_a_ledger_digest_changes_with_every_part_of_the_entry() -> None:
    payload: dict[str, JsonValue] = {"tree": "t", "run": "1"}
    digests = {
        ledger_digest("dev", "c", payload),
        ledger_digest("prod", "c", payload),
        ledger_digest("dev", "d", payload),
        ledger_digest("dev", "c", payload | {"tree": "u"}),
        ledger_digest("dev", "c", payload | {"more": 1}),
        ledger_digest("dev", "c", payload, {"state": "success"}),
        ledger_digest("dev", "c", payload, {"state": "failure"}),
    }
    assert 7 == len(digests)


def test_a_ledger_digest_leaves_out_the_proof_it_is_for() -> None:
    assert ledger_digest("dev", "c", {"run": "1"}) == ledger_digest("dev", "c", {"run": "1", "proof": "p"})


# --- what the claims must say ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("made", "expected"),
    [
        (claims(), PLAN),
        (claims(aud=[audience_of(DIGEST)]), PLAN),
        (claims(repository="Acme/INFRA", workflow_ref=f"ACME/infra/{FILE}@{MERGE}"), PLAN),
        (claims(iat=NOW - 90 * 86_400, exp=NOW - 90 * 86_400 + 300), PLAN),
        (claims(iat=NOW + 300, exp=NOW + 600), PLAN),
        (claims(job_workflow_ref=None), PLAN),
        (claims(job_workflow_ref="bots/bot/.github/workflows/gitops.yml@refs/tags/v0"), PLAN),
        (claims(repository_id="75"), replace(PLAN, repository_id="")),
        (claims(run_id="9"), PLAN),
        (of_branch("workflow_dispatch", "dev"), PROMOTION),
        (of_branch("workflow_dispatch", "main"), replace(PLAN, run=OwnBranchPlan("main"))),
        (of_apply(), APPLY),
        (of_apply("workflow_dispatch"), APPLY),
        (of_apply("pull_request", base_ref="main"), expecting(BranchApply("main", on_closed=True), APPLY)),
    ],
)
def test_the_claims_of_a_run_that_may_state_it_fit(made: dict[str, JsonValue], expected: Expectation) -> None:
    assert () == check_claims(made, expected, NOW)


OTHER_WORKFLOW = ".github/workflows/ci.yml"


@pytest.mark.parametrize(
    ("made", "expected", "why"),
    [
        (claims(iss="https://token.actions.example.com"), PLAN, "issuer"),
        (claims(iss=f"{ISSUER}/acme"), PLAN, "issuer"),
        (claims(aud=audience_of("e" * 64)), PLAN, "made for something else"),
        (claims(aud=ledger_audience(DIGEST)), PLAN, "made for something else"),
        (claims(aud="sts.amazonaws.com"), PLAN, "made for something else"),
        (claims(aud=[audience_of(DIGEST), "x"]), PLAN, "single audience"),
        (claims(aud=[]), PLAN, "single audience"),
        (claims(repository="acme/infra2"), PLAN, "in the repository"),
        (claims(repository="evil/infra"), PLAN, "in the repository"),
        (
            claims(
                repository="acme/\u212ait",  # the Kelvin sign, a k in lower case
                workflow_ref=f"acme/kit/{FILE}@{MERGE}",
                job_workflow_ref=None,
            ),
            replace(PLAN, repository="acme/kit"),
            "in the repository",
        ),
        (claims(repository_id="75"), PLAN, "repository's id"),
        (claims(repository_id=74), PLAN, "repository's id"),
        (claims(event_name="push"), PLAN, "event"),
        (claims(event_name="pull_request_target"), PLAN, "event"),
        (claims(event_name="merge_group"), PLAN, "event"),
        (claims(ref="refs/pull/8/merge"), PLAN, "ref"),
        (claims(ref="refs/pull/7/head"), PLAN, "ref"),
        (claims(ref="refs/pull/77/merge"), PLAN, "ref"),
        (claims(base_ref="dev"), PLAN, "base branch"),
        (claims(base_ref="refs/heads/main"), PLAN, "base branch"),
        (claims(iat=NOW + 301, exp=NOW + 600), PLAN, "has not come yet"),
        (claims(iat=0, exp=300), PLAN, "has not come yet"),
        (claims(exp=NOW - 60 + 3601), PLAN, "lives longer"),
        (claims(exp=NOW - 60), PLAN, "lives longer"),
        (claims(exp=NOW - 61), PLAN, "lives longer"),
        (claims(iat=str(NOW)), PLAN, "when it was issued"),
        (claims(iat=True), PLAN, "when it was issued"),
        (claims(exp=None), PLAN, "when it was issued"),
        (claims(workflow_ref=f"evil/infra/{FILE}@{MERGE}"), PLAN, "of another repository"),
        (claims(workflow_ref=f"acme/infra/{OTHER_WORKFLOW}@{MERGE}"), PLAN, "The workflow file is"),
        (claims(workflow_ref=f"acme/infra/{FILE}"), PLAN, "name a workflow file"),
        (claims(workflow_ref=f"acme/infra/.github/workflows/x/../gitops.yml@{MERGE}"), PLAN, "name a"),
        (claims(workflow_ref=f"acme/infra/src/gitops.yml@{MERGE}"), PLAN, "name a workflow file"),
        (claims(workflow_sha="main"), PLAN, "name a workflow file"),
        (claims(workflow_sha="A" * 40), PLAN, "name a workflow file"),
        (claims(job_workflow_ref="x"), PLAN, "cannot be read"),
        (claims(job_workflow_ref=["x"]), PLAN, "cannot be read"),
        (
            claims(job_workflow_ref=f"b/b/{FILE}@refs/tags/v0", job_workflow_sha=None),
            PLAN,
            "called workflow's commit",
        ),
        (claims(), replace(PLAN, workflows=()), "The workflow file is"),
        (claims(ref="refs/heads/dev"), PROMOTION, "event"),
        (of_branch("push", "dev"), PROMOTION, "event"),
        (of_branch("workflow_dispatch", "prod"), PROMOTION, "not 'refs/heads/dev'"),
        (of_branch("workflow_dispatch", "a/topic"), PROMOTION, "not 'refs/heads/dev'"),
        (of_branch("workflow_dispatch", "dev", ref="refs/tags/dev"), PROMOTION, "not 'refs/heads/dev'"),
        (of_branch("workflow_dispatch", "dev"), replace(PLAN, run=PromotionPlan()), "lowest environment"),
        (of_branch("workflow_dispatch", "dev", ref=""), PROMOTION, "names no ref"),
        (
            of_branch("workflow_dispatch", "dev"),
            replace(PLAN, run=OwnBranchPlan("main")),
            "not 'refs/heads/main'",
        ),
        (of_branch("push", "main"), replace(PLAN, run=OwnBranchPlan("main")), "event"),
        (of_branch("schedule", "main"), replace(PLAN, run=OwnBranchPlan("main")), "event"),
        (of_apply(ref="refs/heads/dev"), APPLY, "ref"),
        (of_apply(ref="refs/tags/main"), APPLY, "ref"),
        (of_apply("schedule"), APPLY, "event"),
        (of_apply("pull_request", base_ref="main"), APPLY, "event"),
        (of_apply(run_id="1002"), APPLY, "run"),
        (of_apply(aud=audience_of(DIGEST)), APPLY, "made for something else"),
        (
            of_apply("pull_request", base_ref="dev"),
            expecting(BranchApply("main", on_closed=True), APPLY),
            "base branch",
        ),
        (
            of_apply("pull_request", base_ref="main", ref=MERGE),
            expecting(BranchApply("main", on_closed=True), APPLY),
            "ref",
        ),
    ],
)
def test_claims_that_do_not_fit_are_told_one_by_one(
    made: dict[str, JsonValue], expected: Expectation, why: str
) -> None:
    (found,) = check_claims(made, expected, NOW)
    assert why in found


COMPARED = ("iss", "aud", "repository", "repository_id", "event_name", "ref", "base_ref")
PARSED = ("workflow_ref", "workflow_sha", "iat", "exp")


@pytest.mark.parametrize("name", COMPARED + PARSED)
def test_a_missing_claim_never_fits(name: str) -> None:
    made = claims()
    del made[name]
    assert 1 == len(check_claims(made, PLAN, NOW))


def test_without_any_claim_everything_is_told() -> None:
    assert 9 == len(check_claims({}, PLAN, NOW))


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)


@given(st.sampled_from(COMPARED), values)
def test_any_single_changed_claim_is_refused(name: str, value: Any) -> None:
    whole = claims()
    assume(value != whole[name])
    assert check_claims(whole | {name: value}, PLAN, NOW)


@given(st.sampled_from(PARSED), st.none() | st.booleans() | st.text() | st.lists(st.integers()))
def test_a_claim_of_the_wrong_form_is_refused(name: str, value: Any) -> None:
    assert check_claims(claims() | {name: value}, PLAN, NOW)


@given(st.sampled_from(COMPARED), st.integers(0, 50), st.characters())
def test_one_changed_character_is_refused(name: str, place: int, character: str) -> None:
    text = str(claims()[name])
    at = place % len(text)
    changed = text[:at] + character + text[at + 1 :]
    assume(changed != text and not (name == "repository" and changed.lower() == text))
    assert check_claims(claims() | {name: changed}, PLAN, NOW)


@given(st.dictionaries(st.sampled_from([*claims(), "other"]), values))
def test_no_claims_are_too_odd_to_be_checked(made: dict[str, JsonValue]) -> None:
    check_claims(made, PLAN, NOW)
    check_claims(made, PROMOTION, NOW)
    check_claims(made, APPLY, NOW)
    workflow_file_of(made)
    called_workflow_of(made)


@given(st.sampled_from(COMPARED), st.text())
def test_no_sentence_carries_control_characters(name: str, text: str) -> None:
    sentences = check_claims(claims() | {name: f"\x1b[31m\r\n{text}\u202e"}, PLAN, NOW)
    assert all(sentence.isprintable() for sentence in sentences)


def test_when_a_token_was_issued_is_a_whole_number_or_nothing() -> None:
    assert [NOW, None, None] == [
        issued_at(claims(iat=NOW)),
        issued_at(claims(iat=None)),
        issued_at(claims(iat=1.5)),
    ]


# --- the workflow file -------------------------------------------------------------------------


def test_the_workflow_file_is_named_with_its_commit() -> None:
    assert (FILE, SHA) == workflow_file_of(claims())


@pytest.mark.parametrize(
    "changed",
    [
        {"workflow_sha": "a" * 39},
        {"workflow_sha": None},
        {"workflow_ref": None},
        {"workflow_ref": f"acme/infra/.github/workflows/gitops.sh@{MERGE}"},
        {"workflow_ref": f"acme/infra/.github/workflows/../gitops.yml@{MERGE}"},
        {"workflow_ref": f"acme/infra/.github/workflows/.yml/x@{MERGE}"},
        {"workflow_ref": f"acme/infra/{FILE}@"},
        {"workflow_ref": f"acme/infra/{FILE}@{MERGE}\n"},
        {"workflow_ref": f"/infra/{FILE}@{MERGE}"},
        {"workflow_ref": f"acme/infra/more/{FILE}@{MERGE}"},
    ],
)
def test_a_workflow_file_anywhere_else_is_none(changed: dict[str, JsonValue]) -> None:
    assert workflow_file_of(claims() | changed) is None


@pytest.mark.parametrize("stated", [None, "", f"acme/infra/{FILE}@{MERGE}"])
def test_a_job_of_the_workflow_file_itself_calls_nothing(stated: JsonValue) -> None:
    assert called_workflow_of(claims(job_workflow_ref=stated)) is None


def test_a_called_workflow_is_named_with_its_repository_and_commit() -> None:
    made = claims(job_workflow_ref=f"bots/bot/{FILE}@refs/tags/v0", job_workflow_sha="b" * 40)
    assert CalledWorkflow("bots/bot", FILE, "refs/tags/v0", "b" * 40) == called_workflow_of(made)


@pytest.mark.parametrize(
    ("text", "base", "fits"),
    [
        ("a", ["a"], True),
        ("a", ["b", None, "a"], True),
        ("", [""], True),
        ("a", [], False),
        ("a", ["b"], False),
        ("a", ["a\n"], False),
        (None, [None], False),
        (None, ["a"], False),
        ("a", [None], False),
    ],
)
def test_a_workflow_file_fits_when_it_is_one_of_the_base_branch_s(
    text: str | None, base: list[str | None], fits: bool
) -> None:
    assert fits == fits_base(text, base)


TAGGED = CalledWorkflow("bots/bot", FILE, "refs/tags/v0", SHA)
PINNED = CalledWorkflow("bots/bot", FILE, SHA, SHA)
LOCAL = CalledWorkflow("acme/infra", ".github/workflows/plan.yml", MERGE, SHA)


@pytest.mark.parametrize(
    ("uses", "called", "expected"),
    [
        (f"uses: bots/bot/{FILE}@v0", TAGGED, True),
        (f"uses: Bots/Bot/{FILE}@refs/tags/v0", TAGGED, True),
        (f"uses: 'bots/bot/{FILE}@v0' # the bot\r", TAGGED, True),
        (f'uses: "bots/bot/{FILE}@v0"', replace(TAGGED, ref="refs/heads/v0"), True),
        (f"uses: bots/bot/{FILE}@{SHA}", PINNED, True),
        ("uses: ./.github/workflows/plan.yml", LOCAL, True),
        ("uses: acme/infra/.github/workflows/plan.yml@main", replace(LOCAL, ref="refs/heads/main"), True),
        (f"uses: bots/bot/{FILE}@v1", TAGGED, False),
        (f"uses: evil/bot/{FILE}@v0", TAGGED, False),
        ("uses: bots/bot/.github/workflows/other.yml@v0", TAGGED, False),
        (f"# uses: bots/bot/{FILE}@v0", TAGGED, False),
        (f"run: echo uses: bots/bot/{FILE}@v0", TAGGED, False),
        (f"uses: bots/bot/{FILE}@v0", PINNED, False),
        ("uses: ./.github/workflows/plan.yml", replace(LOCAL, repository="evil/infra"), False),
        ("uses: ./.github/workflows/other.yml", LOCAL, False),
        ("uses: actions/checkout@v4", TAGGED, False),
    ],
)
def test_only_a_workflow_that_the_file_itself_names_is_called_by_it(
    uses: str, called: CalledWorkflow, expected: bool
) -> None:
    text = f"jobs:\n  gitops:\n    {uses}\n    secrets: inherit\n"
    assert expected == calls(text, called, "acme/infra")


def test_a_file_that_is_gone_calls_nothing() -> None:
    assert not calls(None, TAGGED, "acme/infra")


# --- the issuer --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("server", "stated", "issuer"),
    [
        ("https://github.com", "", ISSUER),
        ("https://github.com/", ISSUER, ISSUER),
        ("https://github.com", f"{ISSUER}/acme-corp", f"{ISSUER}/acme-corp"),
        ("https://github.com", f"{ISSUER}/acme/corp", ISSUER),
        ("https://github.com", f"{ISSUER}/", ISSUER),
        ("https://github.com", f"{ISSUER}.evil.example/acme", ISSUER),
        ("https://github.com", "acme", ISSUER),
        ("https://github.com", f"{ISSUER[:-1]}x/acme", ISSUER),
        ("https://octocorp.ghe.com", "", "https://token.actions.octocorp.ghe.com"),
        ("https://git.acme.example", "", "https://git.acme.example/_services/token"),
        ("https://github.com.acme.example", "", "https://github.com.acme.example/_services/token"),
    ],
)
def test_each_github_server_has_its_issuer(server: str, stated: str, issuer: str) -> None:
    assert issuer == issuer_of(server, stated)
