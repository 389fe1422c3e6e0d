"""What the HTML report does in a real browser. `make page` runs this and keeps pictures in build/page.

It is no part of `make test`: a browser is not on every machine. What it takes is printed, not judged.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from gitops_bot.core.report import Report
from gitops_bot.render.html import render_html
from tests.browser.samples import great_report, team_report
from tests.kit.browser import Browser, browser, browser_program
from tests.unit.test_html import HOSTILE, everything

PICTURES = Path(os.environ.get("GITOPS_BOT_PICTURES", "build/page"))
VISIBLE = "[...document.querySelectorAll('.row')].filter(row => row.checkVisibility()).length"
WIDE = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
TYPE = """(async text => {{
  const query = document.getElementById("query"), start = performance.now();
  query.value = text;
  query.dispatchEvent(new Event("input"));
  await new Promise(done => setTimeout(done, 61));
  await new Promise(done => requestAnimationFrame(() => setTimeout(done)));
  return [document.getElementById("found").textContent, Math.round(performance.now() - start)];
}})({!r})"""


@pytest.fixture(scope="module")
def tab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    program = browser_program()
    if program is None:
        pytest.fail("There is no browser: install Debian's package chromium")
    with browser(program, tmp_path_factory.mktemp("profile")) as found:
        yield found


@pytest.fixture(autouse=True)
def fresh(tab: Browser) -> None:
    tab.look_like(1280, 900)
    tab.scripts(True)


def opened(tab: Browser, folder: Path, page: Report | str) -> float:
    path = folder / "page.html"
    path.write_text(page if isinstance(page, str) else render_html(page), encoding="utf-8")
    return tab.open(path)


@pytest.mark.parametrize("width", [320, 390, 1280])
@pytest.mark.parametrize("report", [team_report(), everything(HOSTILE)], ids=["a team's", "hostile"])
def test_the_page_is_as_wide_as_the_window_and_asks_for_nothing(
    tab: Browser, tmp_path: Path, report: Report, width: int
) -> None:
    tab.look_like(width, 844)
    opened(tab, tmp_path, report)
    assert (tab.run(WIDE), tab.said, len(tab.requests)) == (0, [], 1)


def test_markup_that_got_in_would_run_nothing_and_load_nothing(tab: Browser, tmp_path: Path) -> None:
    injected = (
        "<script>window.ran = 1</script><img src='https://example.org/x' onerror='window.ran = 2'>"
        "<style>body { background: url(https://example.org/y) }</style><p style='color: red' id=p>x</p>"
    )
    opened(tab, tmp_path, render_html(team_report()).replace("<main>", "<main>" + injected))
    assert tab.run("window.ran ?? 'nothing'") == "nothing"
    assert tab.run("getComputedStyle(document.getElementById('p')).color") != "rgb(255, 0, 0)"
    assert [url for url in tab.requests if url.startswith("http") and "example.org" not in url] == []
    assert len(tab.said) >= 4  # the browser says what it refused


def test_five_thousand_resources_are_searched_and_filtered(tab: Browser, tmp_path: Path) -> None:
    seconds = opened(tab, tmp_path, great_report())
    size = (tmp_path / "page.html").stat().st_size
    print(f"\n5,000 resources: {size / 1e6:.1f} MB, drawn after {seconds:.2f} s")
    for text, expected in (
        ("r0042", "1 of 5000 changes"),
        ("aws_iam_role r00", "14 of 5000 changes"),
        ("222222222222", "5000 of 5000 changes"),
        ("nothing has this", "0 of 5000 changes"),
        ("", ""),
    ):
        said, milliseconds = tab.run(TYPE.format(text))
        print(f"search {text!r}: {milliseconds} ms")
        assert said == expected
    tab.run("document.querySelector('[data-chip=delete]').click()")
    assert tab.run("document.getElementById('found').textContent") == "250 of 5000 changes"
    tab.run("document.querySelector('[data-chip=delete]').click()")
    tab.run("document.getElementById('expand').click()")
    assert tab.run("document.querySelectorAll('.row:not([open])').length") == 0
    tab.run("document.getElementById('collapse').click()")
    assert tab.run("document.querySelectorAll('details[open]').length") == 0
    print({name: round(tab.measures()[name], 3) for name in ("Nodes", "JSHeapUsedSize", "LayoutDuration")})


def test_groups_are_as_they_were_once_a_search_is_over(tab: Browser, tmp_path: Path) -> None:
    opened(tab, tmp_path, great_report(400))
    before = tab.run(VISIBLE)
    tab.run(TYPE.format("r0001"))
    assert tab.run(VISIBLE) == 1
    tab.run(TYPE.format(""))
    assert tab.run(VISIBLE) == before


def test_a_link_to_a_dangerous_change_opens_it(tab: Browser, tmp_path: Path) -> None:
    opened(tab, tmp_path, great_report(400))
    target = "document.getElementById(document.querySelector('.losses a').hash.slice(1))"
    tab.run("document.getElementById('collapse').click()")
    tab.run("document.querySelector('.losses a').click()")
    tab.run("new Promise(done => setTimeout(done, 50))")
    assert tab.run(f"{target}.open && {target}.checkVisibility()") is True


def test_the_keyboard_reaches_the_search(tab: Browser, tmp_path: Path) -> None:
    opened(tab, tmp_path, team_report())
    tab.press("/ecs")
    tab.run("new Promise(done => setTimeout(done, 100))")
    assert tab.run("document.activeElement.id + ' ' + document.activeElement.value") == "query ecs"
    assert tab.run("document.getElementById('found').textContent") == "1 of 7 changes"


def test_without_scripts_all_changes_are_there_and_no_search(tab: Browser, tmp_path: Path) -> None:
    tab.scripts(False)
    opened(tab, tmp_path, team_report())
    tab.scripts(True)
    assert tab.run("[document.getElementById('tools').checkVisibility(), " + VISIBLE + "]") == [False, 5]


def test_on_paper_every_diff_is_there(tab: Browser, tmp_path: Path) -> None:
    opened(tab, tmp_path, team_report())
    drawn = "e => e.checkVisibility({contentVisibilityAuto: true})"
    hidden = f"[...document.querySelectorAll('.row pre')].filter(e => !({drawn})(e)).length"
    assert tab.run(hidden) == 3
    tab.look_like(800, 1100, media="print")
    assert tab.run(hidden) == 0


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("name", "width", "height"), [("phone", 390, 844), ("desktop", 1280, 900)])
def test_pictures_are_kept(
    tab: Browser, tmp_path: Path, name: str, width: int, height: int, scheme: str
) -> None:
    PICTURES.mkdir(parents=True, exist_ok=True)
    for title, report in (
        ("report", team_report()),
        ("great", great_report()),
        ("hostile", everything(HOSTILE)),
    ):
        tab.look_like(width, height, scheme, scale=2 if name == "phone" else 1)
        opened(tab, tmp_path, report)
        tab.picture(PICTURES / f"{title}-{name}-{scheme}.png")
    assert tab.run("getComputedStyle(document.body).backgroundColor") == {
        "light": "rgb(255, 255, 255)", "dark": "rgb(13, 17, 23)"
    }[scheme]  # fmt: skip
