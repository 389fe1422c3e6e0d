"""The HTML page: complete, in the order of reading, and with nothing in it that a plan put there."""

from __future__ import annotations

import hashlib
import re
from base64 import b64decode
from collections import Counter
from html import unescape
from html.parser import HTMLParser
from itertools import groupby

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from gitops_bot.core.closest import Closest, Difference
from gitops_bot.core.counts import Counts, Miscount
from gitops_bot.core.locks import StateLock
from gitops_bot.core.noise import Likely, Noise
from gitops_bot.core.parity import Beside, Pair, Parity
from gitops_bot.core.plan import Check, Deferred, OutputChange, Plan, ResourceChange
from gitops_bot.core.report import (
    Allowed,
    Applied,
    Blocked,
    BlockReason,
    Diagnostic,
    LeftOver,
    Links,
    NoChanges,
    Note,
    PlanFailed,
    Planned,
    ProjectReport,
    Reason,
    Report,
    ResourceOutcome,
    ResourceState,
    RunStatus,
    Severity,
    UncoveredChange,
    Verdict,
    VerdictNote,
)
from gitops_bot.render.comment import render_comment
from gitops_bot.render.diffs import Diff
from gitops_bot.render.guide import DOCS
from gitops_bot.render.html import render_html
from gitops_bot.render.html_text import html_blocks, html_diff, html_lines, html_text
from gitops_bot.render.marks import GUARDS
from gitops_bot.render.plan_text import shift_markers
from gitops_bot.render.redact import Redactor
from gitops_bot.render.verdict import render_verdict
from tests.kit.examples import examples
from tests.kit.full_report import ALLOWED, NOTES, REASONS
from tests.kit.plans import CREATE, DELETE, DESTROY_FIRST, UPDATE, output, plan, resource, update

VOID = {"meta", "input", "br"}
TAGS = {
    *("html", "head", "meta", "title", "style", "body", "header", "main", "section", "footer", "search"),
    *("div", "script", "p", "h1", "h2", "h3", "ul", "li", "a", "b", "i", "span", "strong", "sub", "code"),
    *("pre", "ins", "del", "mark", "details", "summary", "table", "thead", "tbody", "tr", "th", "td"),
    *("input", "button", "br"),
}  # fmt: skip
HOSTILE = (
    "</script></style></pre></code></details></title><script>alert(1)</script><img src=x onerror=alert(1)>"
    "\"'><svg onload=x> &lt;b&gt; ` ** [a](b) {{ 7 * 7 }} {% x %}\n::error::x ##[group]\r\x1b[31mred\x07\x00"
    "\u202eevil\u2066\u200b\u2028\u0085\ufeff\ud800"
)
UNSEEN = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ud800-\udfff]")


class Page(HTMLParser):
    """The page as a parser sees it: its elements with their attributes, and the text of each."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str]]] = []
        self._texts: list[list[str]] = []
        self.faults: list[str] = []
        self.doctypes = 0
        self._open: list[int] = []
        self.feed(html)
        self.close()
        self.faults += [f"{self.elements[i][0]} is left open" for i in self._open]

    def handle_decl(self, decl: str) -> None:
        self.doctypes += 1

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}))
        self._texts.append([])
        if tag not in VOID:
            self._open.append(len(self.elements) - 1)

    def handle_endtag(self, tag: str) -> None:
        if not self._open or self.elements[self._open[-1]][0] != tag:
            self.faults.append(f"{tag} is closed and not open")
        else:
            self._open.pop()

    def handle_data(self, data: str) -> None:
        for index in self._open:
            self._texts[index].append(data)

    def handle_comment(self, data: str) -> None:
        self.faults.append(f"a comment: {data}")

    def all(self, tag: str, **attributes: str) -> list[str]:
        """The texts of these elements, in one line each; `class_` is one of the classes."""
        name = attributes.pop("class_", "")
        return [
            " ".join("".join(parts).split())
            for (found, given), parts in zip(self.elements, self._texts, strict=True)
            if found == tag
            and (not name or name in given.get("class", "").split())
            and all(given.get(key) == value for key, value in attributes.items())
        ]

    @property
    def skeleton(self) -> list[tuple[str, tuple[str, ...]]]:
        return [(tag, tuple(sorted(given))) for tag, given in self.elements]


def page(report: Report, redactor: Redactor | None = None) -> Page:
    found = Page(render_html(report, redactor=redactor))
    assert (found.faults, found.doctypes) == ([], 1)
    return found


def planned(*changes: ResourceChange, **members: object) -> Report:
    """A report about a plan of these changes."""
    report = Report("dev", RunStatus.PLANNED, (ProjectReport("app", ".", Planned(plan(*changes))),))
    return replace(report, **members)


def of(name: str, actions: tuple[str, ...], **members: object) -> ResourceChange:
    return resource(name, actions, **{"after": {"name": name}, **members})


def names(found: Page) -> list[str]:
    """The addresses of the changes, in the order of the page."""
    return [text.split(" ")[1] for text in found.all("summary")]


def everything(text: str) -> Report:
    """A report with every member there is, and `text` in each."""
    diagnostics = (
        Diagnostic(Severity.ERROR, text, text, text, 3, text),
        Diagnostic(Severity.WARNING, text, text, text, 3, text),
    )
    value = {"k": text, text: text}
    changes = tuple(
        replace(
            of(text, actions, before=value, after={**value, "x": 1}),
            address=f"{text}{i}", type=text, module=text, deposed=text, action_reason=text,
            import_id=text, importing=True, previous_address=text,
        )
        for i, actions in enumerate((CREATE, UPDATE, DELETE, DESTROY_FIRST, ("forget",), ("read",), (text,)))
    )  # fmt: skip
    twins = tuple(
        ResourceChange(f'a.b["{text[:60]}{i}"]', CREATE, type=text, name=text, after={"k": 1}) for i in (1, 2)
    )
    read = plan(
        *changes,
        *twins,
        outputs=(output(text, after=text),),
        drift=(update({"k": text}, {"k": text + "2"}, text),),
        checks=(Check(text, "fail", "check", (text,)), Check(text, "unknown", "check")),
        deferred=(Deferred(changes[0], text),),
        action_invocations=({"address": text},),
        unknown_keys=(text,),
        errored=True,
    )
    outcomes = tuple(ResourceOutcome(text, text, state, 1.5, text) for state in ResourceState)
    counts = Miscount(Counts(1, 2, 3, 4), Counts(4, 3, 2, 1))
    applied = Applied(
        outcomes, diagnostics, False, False, True, StateLock(text, text, text, text, text, text), counts
    )
    closest = tuple(Closest(d, 7, (text,), (text,)) for d in Difference)
    uncovered = tuple(UncoveredChange(text, text, text, c, (Likely(Noise.EMPTY, text),)) for c in closest)
    names_of_facts = (
        *(
            "environment",
            "source",
            "below",
            "expected",
            "actual",
            "commit",
            "pull_request",
            "files",
            "needed",
        ),
        *("project", "addresses", "count", "limit", "until", "reason", "detail", "given", "actor"),
        *("soak", "ended", "older", "at", "state", "by", "hotfix", "pull_requests", "environments"),
    )
    notes = tuple(VerdictNote(n, tuple((name, text) for name in names_of_facts)) for n in Note)
    reasons = tuple(BlockReason(r, tuple((name, text) for name in names_of_facts)) for r in Reason)
    left = LeftOver(text, (text,), (text,), (text,))
    pairs = tuple(Pair(text, beside, text, text, beside is Beside.EXTRA) for beside in Beside)
    return Report(
        text,
        RunStatus.BLOCKED,
        (
            ProjectReport(
                text,
                text,
                Planned(read, ""),
                applied,
                uncovered,
                (text,),
                left,
                parity=Parity(text, (*pairs, Pair(text, Beside.MISSING, "", text)), known=False),
            ),
            ProjectReport(text, text, Planned(read, text)),
            ProjectReport(text, text, PlanFailed(text, diagnostics)),
            ProjectReport(text, text, NoChanges(plan())),
        ),
        Blocked(reasons, notes),
        text,
        Links(text, "https://github.com/o/r/commit/1", "javascript:alert(1)"),
        (1, 2),
        (text,),
        text,
        applying=True,
    )


def test_a_hostile_text_in_any_place_brings_no_element_and_no_attribute() -> None:
    harmless = page(everything("harmless\n" + "x" * len(HOSTILE)))
    assert harmless.skeleton == page(everything(HOSTILE)).skeleton


def test_a_hostile_text_leaves_no_character_that_cannot_be_seen() -> None:
    assert UNSEEN.findall(render_html(everything(HOSTILE))) == []
    assert re.findall(r"^\W*::|##\[", render_html(everything(HOSTILE)), re.MULTILINE) == []


@settings(max_examples=examples(60), deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.text(st.sampled_from("<>&\"'`*-/!+~#[]{}()%= \n\t\r\x1b\x00\u202ea1"), min_size=1, max_size=40))
def test_any_text_leaves_the_page_whole(text: str) -> None:
    found = page(everything(text))
    assert {tag for tag, _ in found.elements} <= TAGS
    assert Counter(tag for tag, _ in found.elements if tag in ("script", "style")) == {
        "script": 1,
        "style": 1,
    }
    assert [a for _, given in found.elements for a in given if a.startswith("on") or a == "style"] == []
    targets = {given["href"] for tag, given in found.elements if tag == "a"}
    own = ("#", f"{DOCS}/")
    assert [t for t in targets if not t.startswith(own) and t != "https://github.com/o/r/commit/1"] == []


def test_no_secret_is_shown_wherever_it_stands() -> None:
    canary = "canary-7f3a-value"
    html = render_html(everything(f"see {canary} here"), redactor=Redactor(secrets=[canary]))
    assert "7f3a" not in html
    patterned = render_html(everything(f"see {canary} here"), redactor=Redactor([r"canary-\S+"]))
    assert "7f3a" not in patterned
    assert re.search(r"<summary>🔒 \d+ secrets are hidden in \d+ places</summary>", html)
    assert re.search(
        r"<p>7 in <code>see \(redacted\) here0</code>, .*, \d+ in <code>messages</code>\.</p>", html
    )


def test_a_broken_pattern_withholds_every_text() -> None:
    assert "tell-tale" not in render_html(everything("tell-tale"), redactor=Redactor(["("]))


def test_sensitive_values_are_hidden_without_a_redactor() -> None:
    secret = of("a", CREATE, after={"k": "hunter2-x", "l": "say hunter2-x"}, after_sensitive={"k": True})
    html = render_html(planned(secret))
    assert ("hunter2" in html, 'l = "say (redacted)"' in html) == (False, True)
    assert "<p>🔒 1 secret is hidden: 1 in <code>terraform_data.a</code>.</p>" in html


def test_the_page_loads_nothing_and_runs_its_own_script_alone() -> None:
    html = render_html(everything("x"))
    found = Page(html)
    policies = [a["content"] for t, a in found.elements if a.get("http-equiv") == "Content-Security-Policy"]
    assert len(policies) == 1
    rules = dict(rule.strip().split(" ", 1) for rule in policies[0].split(";"))
    hashes = {}
    for tag in ("style", "script"):
        (body,) = re.findall(f"<{tag}>(.*?)</{tag}>", html, re.DOTALL)
        hashes[f"{tag}-src"] = hashlib.sha256(body.encode()).digest()
    given = {key: b64decode(rules[key].removeprefix("'sha256-").removesuffix("'")) for key in hashes}
    assert given == hashes
    assert {key: rules[key] for key in ("default-src", "base-uri", "form-action")} == {
        "default-src": "'none'", "base-uri": "'none'", "form-action": "'none'"
    }  # fmt: skip
    assert re.findall(r"\ssrc=|<link|<base|@import|url\(|fetch\(|XMLHttpRequest|innerHTML", html) == []


def test_the_same_report_is_the_same_page() -> None:
    assert render_html(everything("x")) == render_html(everything("x"))


def test_what_is_protected_is_marked_whatever_is_redacted() -> None:
    report = planned(of("guarded", DELETE), protect=("terraform_data.guarded",))
    for hidden in ("guarded", "("):  # one that cannot be applied makes every text be withheld
        found = page(report, redactor=Redactor([hidden]))
        assert found.all("strong", class_="mark") == ["protected", "protected"]


def test_the_order_is_that_of_the_risk() -> None:
    changes = [
        of("new", CREATE),
        of("changed", UPDATE),
        of("kept", ("read",)),
        of("again", DESTROY_FIRST),
        of("gone", DELETE),
        of("data", DELETE, type="aws_db_instance", address="aws_db_instance.data"),
        of("guarded", DELETE),
    ]
    found = page(planned(*changes, protect=("terraform_data.guarded",)))
    order = ["guarded", "data", "gone", "again", "changed", "new", "kept"]
    assert [name.split(".")[1] for name in names(found)] == order
    assert found.all("strong", class_="mark") == ["protected", "holds data"] * 2
    opened = [given["id"] for _, given in found.elements if "open" in given and "id" in given]
    assert opened == ["c0-6", "c0-5", "c0-4", "c0-3"]


def test_what_is_dangerous_stands_above_the_counts_and_leads_to_the_changes() -> None:
    found = page(planned(of("a", CREATE), of("b", DELETE)))
    links = [given["href"] for tag, given in found.elements if tag == "a"]
    assert (links, found.all("section", class_="losses")) == (
        ["#c0-1"],
        ["What is dangerous - terraform_data.b delete"],
    )
    tags = [given.get("class", tag) for tag, given in found.elements]
    places = [
        tags.index(name) for name in ("top planned danger", "losses", "counts", "tools", "project", "links")
    ]
    assert places == sorted(places)


def test_counts_that_are_zero_have_no_column() -> None:
    found = page(planned(of("a", CREATE), of("b", DELETE), of("c", CREATE)))
    assert (found.all("th"), found.all("td")) == (["destroy", "create"], ["1", "2"])


def test_several_projects_have_a_row_each_and_a_section() -> None:
    one = ProjectReport("app", "a", Planned(plan(of("a", CREATE))))
    other = ProjectReport("net", "b", Planned(plan(of("b", UPDATE))))
    found = page(planned(projects=(one, other)))
    assert found.all("th") == ["project", "result", "update", "create", "app", "net"]
    assert found.all("td") == ["📋 changes", "", "1", "📋 changes", "1", ""]
    assert found.all("h2", class_="")[1:] == ["app a", "net b"]


def test_what_is_the_same_for_several_instances_is_told_once() -> None:
    same = [of("n", CREATE, address=f'terraform_data.n["{key}"]', after={"v": 1}) for key in "abc"]
    other = of("n", CREATE, address='terraform_data.n["d"]', after={"v": 2})
    found = page(planned(*same, other))
    assert found.all("summary") == ["+ terraform_data.n \u00d7 3 create", '+ terraform_data.n["d"] create']
    (keys,) = found.all("p", class_="keys")
    assert keys.startswith("The same for 3 instances, shown for the first (")
    assert keys.endswith(': ["a"] ["b"] ["c"]')


def test_instances_that_are_marked_differently_are_not_told_as_one() -> None:
    same = [
        of("n", DELETE, address=f"terraform_data.n[{key}]", before={"v": 1}, after=None) for key in range(3)
    ]
    found = page(planned(*same, protect=("terraform_data.n[1]",)))
    assert found.all("summary") == [
        "- terraform_data.n[1] protected delete",
        "- terraform_data.n \u00d7 2 delete",
    ]


def test_many_changes_are_grouped_by_module_and_marked_ones_are_not() -> None:
    changes = [
        of(f"r{i}", CREATE, address=f'module.m["{i % 7}"].terraform_data.r{i}', module=f'module.m["{i % 7}"]')
        for i in range(300)
    ]
    gone = [of(f"g{i}", DELETE) for i in range(45)]
    gone.append(of("b", DELETE, address="module.s.aws_s3_bucket.b", type="aws_s3_bucket", module="module.s"))
    gone.append(of("c", DELETE, address="module.s.terraform_data.c", module="module.s"))
    found = page(planned(*changes, *gone, of("root", CREATE)))
    groups = [t for t in found.all("summary") if t.startswith(("module.", "root"))]
    assert groups == [
        "root module 45 destroy",
        "module.s 1 destroy",
        "module.m 300 create",
        "root module 1 create",
    ]
    assert found.all("summary")[0] == "- module.s.aws_s3_bucket.b holds data delete"
    shut = [
        i
        for i, (_, given) in enumerate(found.elements)
        if given.get("class") == "group" and "open" not in given
    ]
    assert len(shut) == 2


def test_every_change_is_there_however_many_there_are() -> None:
    actions = (CREATE, UPDATE, DELETE, DESTROY_FIRST, ("read",), ("strange",))
    found = page(planned(*(of(f"r{i}", actions[i % 6]) for i in range(600))))
    assert len(found.all("pre", class_="diff")) == 600
    assert found.all("button", class_="chip") == [
        "100 destroy", "100 replace", "100 unknown", "100 update", "100 create", "100 read",
    ]  # fmt: skip
    assert len(found.all("section", class_="losses")[0].split(" delete")) == 13
    assert "… and 288 more below." in found.all("section", class_="losses")[0]
    assert [g["id"] for t, g in found.elements if t == "details" and "open" in g][50:] == []


def test_without_scripts_everything_is_there_but_the_search() -> None:
    found = page(everything("x"))
    assert [given["id"] for _, given in found.elements if "hidden" in given] == ["tools"]


def test_a_blocked_run_says_why_first() -> None:
    found = page(everything("x"))
    assert found.all("section", class_="blocked")[0].startswith("⛔ Nothing was applied")
    sections = [given.get("class", "") for tag, given in found.elements if tag == "section"]
    assert sections[0] == "verdict blocked"


def words_of(markdown: str) -> str:
    """What a reader sees of the comment's Markdown."""
    linked = re.sub(r"\[(`[A-Z_]+`)\]\([^)]*\)", r"\1", markdown)
    return unescape(re.sub(r"`|\*\*|</?sub>|</?code>|^- ", "", linked, flags=re.MULTILINE))


@pytest.mark.parametrize("reason", Reason)
def test_a_reason_has_the_words_of_the_comment(reason: Reason) -> None:
    report = planned(
        of("a", CREATE), verdict=Blocked((BlockReason(reason, (("below", "qa"), ("addresses", "a.b\nc.d"))),))
    )
    comment = next(line for line in render_comment(report).split("\n") if f"<sub>[`{reason}`](" in line)
    said = words_of(comment)
    assert page(report).all("li")[0] == " ".join(said.split())


def test_an_allowed_promotion_is_said_first() -> None:
    found = page(planned(of("a", CREATE), verdict=Allowed("qa", "c" * 40)))
    assert found.all("section", class_="verdict") == [
        "✅ Promotion allowed: this content works in qa (applied at cccccccccccc)."
    ]


OF_PROMOTION = tuple(reason for reason in REASONS if reason.reason not in GUARDS)


@pytest.mark.parametrize("verdict", [*ALLOWED, Blocked(OF_PROMOTION, NOTES)])
def test_a_verdict_with_its_notes_has_the_words_of_the_comment(verdict: Verdict) -> None:
    report = planned(of("a", CREATE), verdict=verdict)
    said = words_of(render_verdict(report))
    found = " ".join(page(report).all("section", class_="verdict"))
    assert "".join(said.split()) == "".join(found.split())


def test_a_failed_plan_shows_its_diagnostics() -> None:
    said = (Diagnostic(Severity.ERROR, "No such type", "line one\n  line two", "main.tf", 3, "a.b"),)
    report = Report("dev", RunStatus.FAILED, (ProjectReport("app", ".", PlanFailed("plan", said)),))
    found = page(report)
    assert found.all("h1") == ["❌ Plan failed"]
    assert found.all("div", class_="said") == ["❌ No such type in main.tf, line 3 (a.b) line one line two"]
    assert found.all("search") == []


def test_what_an_apply_did_is_listed_with_what_went_wrong_first() -> None:
    done = ResourceOutcome("a.done", "create", ResourceState.DONE, 61.24)
    failed = ResourceOutcome("a.failed", "create", ResourceState.FAILED, 2.0, "Error: quota\nexceeded")
    waiting = ResourceOutcome("a.waiting", "create", ResourceState.NOT_STARTED)
    applied = Applied((done, waiting, failed), succeeded=False, converged=False)
    report = Report(
        "dev", RunStatus.PARTLY_APPLIED, (ProjectReport("app", ".", NoChanges(plan()), applied),),
        applying=True, pull_requests=(7, 9),
    )  # fmt: skip
    found = page(report)
    assert [row for row in found.all("tr") if row.startswith("a.")] == [
        "a.failedError: quota exceededcreate❌ failed2.0",
        "a.waitingcreate⚪ not started0.0",
        "a.donecreate✅ done61.2",
    ]
    assert "⚠️ A plan right after the apply still shows changes." in found.all("p")
    assert "covers #7, #9" in found.all("li")


def test_a_plan_without_changes_says_so() -> None:
    report = Report("dev", RunStatus.NO_CHANGES, (ProjectReport("app", ".", NoChanges(plan())),))
    found = page(report)
    assert found.all("h1") == ["✅ No changes"]
    assert "Terraform's plan would change nothing." in found.all("p")
    assert found.all("table") + found.all("search") == []


def test_a_text_that_cannot_be_cut_is_there_as_a_whole_beside_the_diffs_of_the_json() -> None:
    project = ProjectReport("app", ".", Planned(plan(of("a", CREATE)), "  # imitated\n  + x"))
    found = page(planned(projects=(project,)))
    assert found.all("pre", class_="diff") == [
        '# terraform_data.a will be created + resource "terraform_data" "a" { + name = "a" }',
        "# imitated + x",
    ]
    assert [t for t in found.all("p") if "imitate its own headers" in t] != []


def test_links_that_are_no_web_addresses_are_left_out() -> None:
    links = Links(
        "https://github.com/o/r/actions/runs/1?a=1&b=2", "javascript:alert(1)", 'https://x/"onclick=1'
    )
    found = page(planned(of("a", CREATE), links=links))
    assert [given["href"] for tag, given in found.elements if tag == "a"] == [links.run]


def test_a_diff_is_coloured_by_its_markers_and_keeps_its_lines() -> None:
    text = (
        '  # a.b must be replaced\n-/+ resource "a" "b" {\n      ~ id = "<x>" -> "y" # forces replacement\n'
        "      + new = 1\n        same = 2\n    }"
    )
    assert html_diff(Diff(text, True)) == (
        "<i>  # a.b must be replaced\n</i><mark>-/+ resource \"a\" \"b\" {\n</mark>"
        "<mark>      ~ id = \"&lt;x&gt;\" -&gt; \"y\" <b># forces replacement</b>\n</mark>"
        "<ins>      + new = 1\n</ins>        same = 2\n    }\n"
    )  # fmt: skip


def test_what_a_heredoc_holds_is_not_coloured() -> None:
    text = "  + a = <<-EOT\n        - a list\n        # no comment\n    EOT"
    assert "<del>" not in html_diff(Diff(text, True))
    assert (
        html_diff(Diff("! a = 1\n+ b = 2\n  c", False)) == "<mark>! a = 1\n</mark><ins>+ b = 2\n</ins>  c\n"
    )


LINES = ["", "  # c", "#", "    + a", "      - b", "  ~ c # forces replacement", '-/+ resource "a" {',
         "+/- x", "-/+", "+ d", "- e", "! f", "~ g", "    + a = <<-EOT", "        EOT", "    EOT", "EOT",
         "        + h", "  a -> <b>&::##[x", "# forces replacement"]  # fmt: skip


def line_by_line(diff: Diff) -> str:
    """A diff in HTML, by what each of its lines is alone."""
    lines = diff.text.split("\n")
    moved = shift_markers(diff.text).split("\n") if diff.from_terraform else lines
    found: list[tuple[str, str]] = []
    for line, marked in zip(lines, moved, strict=True):
        if marked.startswith(("-/+ ", "+/- ")):
            kind = "replaced"
        elif marked[:1] in ("+", "-", "!") and (marked != line or not diff.from_terraform):
            kind = marked[0]
        else:
            kind = "#" if line.lstrip(" ").startswith("#") else ""
        forces = "# forces replacement"
        html = html_lines(line.removesuffix(forces))
        found.append((kind, f"{html}<b>{forces}</b>\n" if line.endswith(forces) else f"{html_lines(line)}\n"))
    tags = {"replaced": "mark", "+": "ins", "-": "del", "!": "mark", "#": "i"}
    runs = [(kind, "".join(html for _, html in of)) for kind, of in groupby(found, key=lambda item: item[0])]
    return "".join(f"<{tags[kind]}>{html}</{tags[kind]}>" if kind else html for kind, html in runs)


@example("    + a = <<-EOT\n        + h\n        EOT\n    + b", True)
@given(st.lists(st.sampled_from(LINES), max_size=12).map("\n".join), st.booleans())
@settings(max_examples=examples(200), deadline=None)
def test_a_diff_is_coloured_as_its_lines_are_one_by_one(text: str, from_terraform: bool) -> None:
    diff = Diff(text, from_terraform)
    assert line_by_line(diff) == html_diff(diff)


def test_the_marks_of_a_template_become_elements_and_those_of_a_value_do_not() -> None:
    text = f"⛔ **Blocked**\n\n\n- one `a.b` {html_text('`c` **d**')}\n\n- two\n\nAfter."
    assert html_blocks(text) == (
        "<p>⛔ <strong>Blocked</strong></p>"
        "<ul><li>one <code>a.b</code> &#96;c&#96; &#42;&#42;d&#42;&#42;</li><li>two</li></ul><p>After.</p>"
    )


def test_a_plan_that_is_not_whole_or_not_known_says_so() -> None:
    read = Plan((of("a", CREATE),), unknown_keys=("a_key_to_come",), complete=False)
    found = page(planned(projects=(ProjectReport("app", ".", Planned(read)),)))
    assert found.all("p", class_="warning") == [
        "⚠️ This plan is not complete: Terraform left part of the configuration out, and another plan has to "
        "follow.",
        "❓ This plan holds what this version of gitops-bot does not know: a_key_to_come. Look at "
        "Terraform's own output before you decide.",
    ]
    stopped = replace(read, errored=True, unknown_keys=())
    found = page(planned(projects=(ProjectReport("app", ".", Planned(stopped)),)))
    assert [t for t in found.all("p", class_="error") if "cannot be applied" in t] != []


def test_what_forces_a_replacement_or_else_why_is_told() -> None:
    forced = of("db", DESTROY_FIRST, replace_paths=(("engine_version",), ("tags", "a.b"), ("x", 0)))
    gone = of("old", DELETE, action_reason="delete_because_no_resource_config")
    found = page(planned(forced, gone))
    assert found.all("summary") == [
        "- terraform_data.old delete because terraform_data.old is not in configuration",
        '-/+ terraform_data.db replace, destroy first forced by engine_version, tags["a.b"], x[0]',
    ]


def test_checks_that_do_not_hold_and_those_not_known_are_told() -> None:
    checks = (Check("check.a", "fail", "check", ("It is down.",)), Check("check.b", "unknown", "check"))
    read = Plan((of("a", CREATE),), checks=checks)
    found = page(planned(projects=(ProjectReport("app", ".", Planned(read)),)))
    first, second = found.all("p", class_="notice")
    assert first == "⚠️ check.a does not hold: It is down."
    assert second.endswith(" Known only after the apply: check.b.")


def test_a_deferred_change_and_an_output_are_shown() -> None:
    read = plan(
        deferred=(Deferred(of("a", CREATE), "resource_config_unknown"),),
        outputs=(OutputChange("o", CREATE, after=1),),
    )
    found = page(planned(projects=(ProjectReport("app", ".", Planned(read)),)))
    assert "⏭️ terraform_data.a · create · resource_config_unknown" in found.all("li")
    assert found.all("pre", class_="diff") == ["+ o = 1"]
