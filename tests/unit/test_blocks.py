"""Where a resource's block stands: only what Terraform itself would take for one counts."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gitops_bot.core.blocks import Block, block_of, find_blocks
from gitops_bot.core.json_values import JsonValue
from gitops_bot.core.plan import ResourceChange
from tests.kit.examples import examples

BLOCK = 'resource "aws_instance" "web" {\n  ami = "x"\n}\n'
WEB = ("aws_instance", "web")


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (BLOCK, 1),
        ("\n\n" + BLOCK, 3),
        ("\ufeff" + BLOCK, 1),
        (BLOCK.replace("\n", "\r\n"), 1),
        ("  \t" + BLOCK, 1),
        ('resource   "aws_instance"\t"web"{}', 1),
        ("resource aws_instance web {\n}", 1),
        ('locals {\n  a = "}"\n}\n' + BLOCK, 4),
        ('locals {\n  a = "${"}"}"\n}\n' + BLOCK, 4),
        ('locals {\n  a = "$${"\n}\n' + BLOCK, 4),
        ('locals {\n  a = "\\"{"\n}\n' + BLOCK, 4),
        ("# {\n" + BLOCK, 2),
        ("// {\n" + BLOCK, 2),
        ("/* {\n*/\n" + BLOCK, 3),
        ("locals {\n  a = <<E\n{\nE\n}\n" + BLOCK, 6),
        ("locals {\n  a = <<-E\n  ${1}\n  E\n}\n" + BLOCK, 6),
        ('data "aws_instance" "web" {}\n' + BLOCK, 2),
        (BLOCK + BLOCK, 1),
    ],
)
def test_the_line_of_a_block_is_found(text: str, line: int) -> None:
    assert find_blocks(text)[WEB] == line


@pytest.mark.parametrize(
    "text",
    [
        "# " + BLOCK.splitlines()[0],
        "// " + BLOCK.splitlines()[0],
        "/*\n" + BLOCK + "*/",
        "/*\n" + BLOCK,
        "locals {\n  a = <<E\n" + BLOCK + "E\n}\n",
        "locals {\n  a = <<-E\n" + BLOCK + "  E\n}\n",
        "locals {\n  a = <<E\nE }\n" + BLOCK + "E\n}\n",
        'locals {\n  a = <<E\n${"E\n' + BLOCK + "E\n}\n",
        "locals {\n  a = <<E\n${1}E\n" + BLOCK + "E\n}\n",
        "locals {\n" + BLOCK + "}\n",
        "locals {\n  a = {\n" + BLOCK + "}\n}\n",
        'locals { a = "\nresource \\"aws_instance\\" \\"web\\" {" }\n',
        'a = 1 resource "aws_instance" "web" {}',
        'data "aws_instance" "web" {}',
        'resources "aws_instance" "web" {}',
        'my-resource "aws_instance" "web" {}',
        'resource "aws_instance" {}',
        'resource "aws_instance" "web"\n{}',
        'resource "aws_instance" "web" "x" {}',
        'resource "aws_instance" "${web}" {}',
        "",
    ],
)
def test_what_only_looks_like_a_block_is_not_found(text: str) -> None:
    assert WEB not in find_blocks(text)


HEADER = 'resource "aws_instance" "web" {'
DECOYS = st.sampled_from(
    [
        f"# {HEADER}\n",
        f"/* {{\n{HEADER}\n}} */\n",
        f"locals {{\n  a = <<-EOT\n    {HEADER}\n    ${{ {{ b = \"}}\" }}[\"b\"] }} EOT\n  EOT\n}}\n",
        f"locals {{\n  a = <<EOT\n}}\n{HEADER}\nEOT\n}}\n",
        'variable "a" {\n  default = "${"\\"{"} $${ {"\n}\n',
        f"module \"m\" {{\n  a = {{\n{HEADER}\n}}\n  }}\n}}\n",
        'output "o" { value = "resource \\"aws_instance\\" \\"web\\" {" }\n',
        "\n",
    ]
)  # fmt: skip


@settings(deadline=None)
@given(st.lists(DECOYS, max_size=6), st.lists(DECOYS, max_size=6), st.booleans())
def test_the_block_is_found_among_hostile_text_and_nothing_else_is(
    before: list[str], after: list[str], there: bool
) -> None:
    text = "".join(before)
    expected = {WEB: text.count("\n") + 1} if there else {}
    assert expected == find_blocks(text + (BLOCK if there else "") + "".join(after))


PIECES = st.sampled_from(
    [
        '"',
        "{",
        "}",
        "${",
        "$${",
        "%{",
        "<<E\n",
        "<<-E\n",
        "E\n",
        "\n",
        "\\",
        "#",
        "//",
        "/*",
        "*/",
        HEADER,
        " ",
    ]
)


@settings(deadline=None, max_examples=examples(200))
@given(st.one_of(st.text(), st.lists(PIECES).map("".join)))
def test_any_text_gives_lines_that_it_has(text: str) -> None:
    lines = text.split("\n")
    for (kind, name), line in find_blocks(text).items():
        assert kind in lines[line - 1]
        assert name in lines[line - 1]
        assert lines[line - 1].lstrip(" \t\ufeff").startswith("resource")


def test_text_that_nests_without_end_is_given_up() -> None:
    assert find_blocks("{" * 100_000 + "}" * 100_000 + "\n" + BLOCK) == {}


def configuration(**calls: JsonValue) -> JsonValue:
    return {"root_module": {"module_calls": dict(calls)}}


def change(module: str) -> ResourceChange:
    return ResourceChange("", ("delete",), type="aws_instance", name="web", module=module)


CALLS = configuration(
    near={"source": "./modules/near", "module": {"module_calls": {"up": {"source": "../up", "module": {}}}}},
    beside={"source": "../shared", "module": {"module_calls": {"far": {"source": "acme/x/aws"}}}},
    far={"source": "acme/x/aws", "module": {"module_calls": {"in": {"source": "./in"}}}},
    out={"source": "../../elsewhere"},
    plain={"source": "modules/near"},
    absolute={"source": "/etc"},
)


@pytest.mark.parametrize(
    ("module", "folder"),
    [
        ("", "infra"),
        ("module.near", "infra/modules/near"),
        ('module.near["a.b"]', "infra/modules/near"),
        ("module.near[0].module.up", "infra/modules/up"),
        ("module.beside", "shared"),
        ("module.beside.module.far", None),
        ("module.far", None),
        ("module.far.module.in", None),
        ("module.out", None),
        ("module.plain", None),
        ("module.absolute", None),
        ("module.missing", None),
        ("module", None),
        ("modules.near", None),
        ("module..near", None),
    ],
)
def test_a_module_is_in_the_folder_that_its_source_says(module: str, folder: str | None) -> None:
    expected = None if folder is None else Block(folder, *WEB)
    assert expected == block_of(change(module), CALLS, "infra")


def test_a_module_of_a_project_at_the_root_is_below_the_root() -> None:
    calls = configuration(near={"source": "./near"}, out={"source": "../near"})
    found = [block_of(change(module), calls, ".") for module in ("", "module.near", "module.out")]
    assert [Block(".", *WEB), Block("near", *WEB), None] == found


@given(
    st.recursive(st.none() | st.text() | st.integers(), lambda v: st.dictionaries(st.text(), v)), st.text()
)
def test_any_configuration_and_any_module_give_a_folder_inside_or_none(value: JsonValue, module: str) -> None:
    found = block_of(change(module), {"root_module": value}, "infra")
    assert found is None or not found.folder.startswith(("/", ".."))


def test_a_header_that_goes_on_for_ever_is_given_up_at_once() -> None:
    assert {} == find_blocks("resource " + "a" * 500_000)
