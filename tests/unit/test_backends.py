"""Which backend a project's files name: what Terraform itself would take for one, and nothing else."""

from __future__ import annotations

import pytest

from gitops_bot.core.backends import Backend, backend_in_use, find_backend, why_refused

S3 = 'terraform {\n  backend "s3" {\n    bucket = "b"\n  }\n}\n'
REMOTE = S3.replace("s3", "remote")
CLOUD = 'terraform {\n  required_version = ">= 1.5"\n  cloud {\n    organization = "acme"\n  }\n}\n'


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (S3, Backend("s3", "main.tf", 2)),
        (REMOTE, Backend("remote", "main.tf", 2)),
        (CLOUD, Backend("cloud", "main.tf", 3)),
        ("\ufeff" + CLOUD.replace("\n", "\r\n"), Backend("cloud", "main.tf", 3)),
        ("terraform {\n  backend remote {}\n}\n", Backend("remote", "main.tf", 2)),
        ("/* x */ terraform /* { */ {\n  /* y */ cloud /**/ {}\n}\n", Backend("cloud", "main.tf", 2)),
        ("terraform {\n  a {\n    b = {\n    }\n  }\n  cloud {}\n}\n", Backend("cloud", "main.tf", 6)),
        ('locals {\n  a = "terraform {"\n}\n' + CLOUD, Backend("cloud", "main.tf", 6)),
        (REMOTE + "terraform {\n}\n", Backend("remote", "main.tf", 2)),
    ],
)  # fmt: skip
def test_a_backend_is_found_with_its_line(text: str, expected: Backend) -> None:
    assert expected == find_backend({"main.tf": text})


@pytest.mark.parametrize(
    "text",
    [
        "",
        "terraform {\n}\n",
        "# terraform {\n# cloud {}\n# }\n",
        "terraform {\n  # cloud {}\n  // backend \"remote\" {}\n  /*\n  cloud {}\n  */\n}\n",
        "locals {\n  a = <<E\n" + CLOUD + "E\n}\n",
        "terraform {\n  required_providers {\n    cloud {\n    }\n  }\n}\n",
        "cloud {\n}\n",
        'backend "remote" {\n}\n',
        'resource "terraform" "cloud" {\n  cloud {\n  }\n}\n',
        "my-terraform {\n  cloud {\n  }\n}\n",
        "terraform {\n  cloud = {\n  }\n}\n",
        'terraform {\n  a = "${cloud {}}"\n}\n',
    ],
)  # fmt: skip
def test_what_only_looks_like_a_backend_is_none(text: str) -> None:
    assert find_backend({"main.tf": text}) is None


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ('{"terraform": {"backend": {"remote": {"organization": "acme"}}}}', "remote"),
        ('{"terraform": [{"required_version": "1"}, {"backend": [{"remote": {}}]}]}', "remote"),
        ('{"terraform": {"cloud": {"organization": "acme"}}}', "cloud"),
        ('{"terraform": {"backend": {"s3": {}}}}', "s3"),
        ('{"//": {"terraform": {"cloud": {}}}}', ""),
        ('{"terraform": "cloud"}', ""),
        ("{", ""),
        ("[" * 100_000, ""),
    ],
)
def test_json_files_count_too(text: str, kind: str) -> None:
    assert find_backend({"main.tf.json": text}) == (Backend(kind, "main.tf.json") if kind else None)


def test_an_override_file_replaces_the_backend_and_the_last_one_wins() -> None:
    files = {"z.tf": CLOUD, "a_override.tf": REMOTE, "override.tf": S3}
    assert find_backend(files) == Backend("s3", "override.tf", 2)
    assert find_backend({**files, "z_override.tf.json": '{"terraform": {"cloud": {}}}'}) == Backend(
        "cloud", "z_override.tf.json"
    )


def test_files_that_terraform_does_not_read_do_not_count() -> None:
    names = (".a.tf", "#a.tf", "a.tf~", "a.txt", "a.tfvars", "tf", "a.tf.bak")
    assert find_backend(dict.fromkeys(names, CLOUD)) is None


def test_opentofus_own_files_count_only_for_opentofu_and_hide_their_namesakes() -> None:
    files = {"main.tf": CLOUD, "main.tofu": S3}
    assert find_backend(files) == Backend("cloud", "main.tf", 3)
    assert find_backend(files, tofu=True) == Backend("s3", "main.tofu", 2)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ('{"version": 3, "backend": {"type": "cloud", "config": {}}}', "cloud"),
        ('{"version": 3, "backend": {"type": "s3"}}', "s3"),
        ('{"version": 3}', ""),
        ("", ""),
        ("nothing", ""),
    ],
)
def test_the_backend_that_init_chose_is_read(text: str, kind: str) -> None:
    assert backend_in_use(text) == (Backend(kind) if kind else None)


@pytest.mark.parametrize("kind", ["local", "s3", "gcs", "azurerm", "http", "kubernetes", "pg"])
def test_backends_that_only_store_state_are_accepted(kind: str) -> None:
    assert (why_refused(Backend(kind)), why_refused(None)) == (None, None)


def test_backends_that_run_terraform_elsewhere_are_refused_by_name() -> None:
    said = [why_refused(Backend(kind)) for kind in ("cloud", "remote")]
    assert [why[0] for why in said if why] == [
        "The cloud block is not supported",
        "The remote backend is not supported",
    ]


def test_a_header_with_endless_comments_is_read_in_no_time() -> None:
    assert find_backend({"main.tf": "terraform " + "/**/" * 50_000 + "\n"}) is None
