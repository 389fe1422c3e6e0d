"""The outline of Terraform's files: what stands in a comment, a string or a heredoc is no block."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gitops_bot.core.blocks import code_only
from gitops_bot.core.outline import Body, outline
from tests.kit.examples import examples

FILE = """\
/* terraform { backend "gcs" {} } */
terraform {
  required_version = "~> 1.9" # backend "consul" {}
  backend "s3" {
    bucket = "states"
    key    = "${"}"}/x"
  }
  required_providers { aws = { source = "hashicorp/aws" } }
}

provider aws {
  region = var.region
}

variable "region" { default = "eu-west-1" }

variable "names" {
  type = list(object({
    default = string
  }))
  description = <<-END
    variable "no" {
  END
}

module "db" {
  source = "./modules/db"
  tags = {
    source = "elsewhere"
  }
}
"""


def test_blocks_and_attributes_are_found_with_their_labels() -> None:
    body = outline(FILE)
    assert [(b.type, b.labels) for b in body.blocks] == [
        ("terraform", ()),
        ("provider", ("aws",)),
        ("variable", ("region",)),
        ("variable", ("names",)),
        ("module", ("db",)),
    ]
    terraform = body.blocks[0].body
    assert terraform.literal("required_version") == "~> 1.9"
    assert [(b.type, b.labels, set(b.body.attributes)) for b in terraform.blocks] == [
        ("backend", ("s3",), {"bucket", "key"}),
        ("required_providers", (), {"aws"}),
    ]
    assert (terraform.blocks[0].body.literal("bucket"), terraform.blocks[0].body.literal("key")) == (
        "states",
        None,
    )
    assert body.blocks[1].body.attributes == {"region": "var.region"}
    assert body.blocks[2].body.literal("default") == "eu-west-1"
    assert sorted(body.blocks[3].body.attributes) == ["description", "type"]
    assert body.blocks[4].body.literal("source") == "./modules/db"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a = 1\nb = true\n", {"a": "1", "b": "true"}),
        ('a = "x" # "y"\n', {"a": "x"}),
        ('a = ["x",\n "y"]\nb = "z"', {"b": "z"}),
        ('a = <<END\nb = 1\nEND\nc = "x"\n', {"c": "x"}),
        ("a == 1\n", {}),
        ('a = "x${b}"\nc = 1', {"c": "1"}),
        ("\ufeffa = 1\r\nb = 2\r\n", {"a": "1", "b": "2"}),
    ],
)
def test_plain_values_are_read_and_others_are_not(text: str, expected: dict[str, str]) -> None:
    body = outline(text)
    assert {name: v for name in body.attributes if (v := body.literal(name)) is not None} == expected


@given(st.text(alphabet='{}[]()="$%#/*<\\\nabE \t', max_size=80))
@settings(max_examples=examples(300), deadline=None)
def test_any_text_has_an_outline_and_its_places_stay(text: str) -> None:
    assert isinstance(outline(text), Body)
    code = code_only(text)
    assert len(code) == len(text)
    assert all(c in (t, " ") for c, t in zip(code, text, strict=True))
