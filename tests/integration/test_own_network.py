"""An Enterprise Server with an authority of its own, which only a proxy can reach: one variable is enough."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from gitops_bot.adapters.terraform.runner import TerraformBinary
from gitops_bot.core.certificates import filled_in
from gitops_bot.sandbox import Sandbox
from tests.kit.fake_cloud import FakeCloudSession
from tests.kit.needs import needs_program
from tests.kit.own_network import ForwardProxy, authority, behind_proxy
from tests.kit.terraform_bench import SETTINGS, Bench

HOST = "ghe.example.test"
MODULE = 'resource "terraform_data" "private" {\n  input = "from the private module"\n}\n'


@dataclass(frozen=True)
class Network:
    """The server, and the environment of a job behind the proxy."""

    github: Sandbox
    proxy: ForwardProxy
    environ: dict[str, str]
    folder: Path


@pytest.fixture
def network(tmp_path: Path) -> Iterator[Network]:
    needs_program("git")
    with Sandbox.start(tmp_path / "github", "acme/infra") as github:
        github.hub.commit("devops", {"network/main.tf": MODULE, "README.md": "infra\n"}, "A module", "ann")
        port = urlsplit(github.server_url).port or 0
        with behind_proxy(tmp_path / "tls", HOST, port) as (own, proxy):
            environ = {
                "PATH": os.environ["PATH"],
                "HOME": str(tmp_path),
                "HTTPS_PROXY": f"http://127.0.0.1:{proxy.port}",
                "https_proxy": f"http://127.0.0.1:{proxy.port}",
                "SSL_CERT_FILE": str(own.bundle),
                "GITHUB_SERVER_URL": f"https://{HOST}",
                "GITHUB_API_URL": f"https://{HOST}/api/v3",
                "GITHUB_REPOSITORY": "acme/infra",
                "GITHUB_TOKEN": github.issue_token(),
            }
            yield Network(github, proxy, environ, tmp_path)


def history(network: Network, **environ: str) -> subprocess.CompletedProcess[str]:
    """`gitops-bot history` in a clone, which asks the API and fetches with git."""
    clone = network.folder / "clone"
    subprocess.run(["git", "clone", "--quiet", network.github.clone_url, str(clone)], check=True)
    subprocess.run(
        ["git", "-C", str(clone), "remote", "set-url", "origin", f"https://{HOST}/acme/infra.git"], check=True
    )
    return subprocess.run(
        [sys.executable, "-m", "gitops_bot", "history", "--environment", "devops"],
        cwd=clone, env=network.environ | environ, capture_output=True, text=True, check=False,
    )  # fmt: skip


def test_the_api_of_an_enterprise_server_is_asked_through_the_proxy(network: Network) -> None:
    done = history(network)
    assert (done.stderr, done.returncode) == ("", 0)
    assert set(network.proxy.asked) == {f"{HOST}:443"}
    assert [request.path for request in network.github.requests][:1] == ["/repos/acme/infra/deployments"]


def test_another_authority_is_refused_with_the_variable_to_set(network: Network, tmp_path: Path) -> None:
    done = history(network, SSL_CERT_FILE=str(authority(tmp_path / "other", "other.test").bundle))
    assert (done.returncode, network.github.requests) == (1, [])
    assert "its certificate is not trusted" in done.stderr
    assert "set SSL_CERT_FILE to a file that holds the certificate of the authority" in done.stderr


def test_a_certificate_file_that_is_not_there_is_named(network: Network) -> None:
    done = history(network, SSL_CERT_FILE="/nowhere/ca.pem")
    assert (done.returncode, done.stderr) == (
        2,
        "Error: SSL_CERT_FILE names '/nowhere/ca.pem', which does not exist.\n"
        "Correct it in the job, or unset it.\n",
    )


def test_a_host_that_no_proxy_names_is_asked_directly(network: Network) -> None:
    done = history(network, NO_PROXY=HOST, no_proxy=HOST)
    assert (done.returncode, network.proxy.asked) == (1, [])


def test_terraforms_git_fetches_a_module_through_the_proxy(network: Network, tmp_path: Path) -> None:
    needs_program("terraform")
    token = network.github.issue_token("modules[bot]", permissions={"contents": "read"})
    folder = tmp_path / "b"
    folder.mkdir()
    bench = Bench(folder)
    environ = network.environ | {"INPUT_MODULE_TOKEN": token}
    bench.runner = TerraformBinary(SETTINGS, environ | filled_in(environ), FakeCloudSession())
    bench.write(f'module "n" {{\n  source = "git@{HOST}:acme/infra.git//network"\n}}\n')
    assert b"from the private module" in bench.made().document
    assert set(network.proxy.asked) == {f"{HOST}:443"}


def test_one_variable_is_filled_in_for_all_programs_and_none_is_changed() -> None:
    assert filled_in({"SSL_CERT_FILE": "/a"}) == dict.fromkeys(
        ("REQUESTS_CA_BUNDLE", "AWS_CA_BUNDLE", "GIT_SSL_CAINFO"), "/a"
    )
    assert filled_in({"REQUESTS_CA_BUNDLE": "/a", "AWS_CA_BUNDLE": "/b"}) == {
        "SSL_CERT_FILE": "/a",
        "GIT_SSL_CAINFO": "/a",
    }
    assert filled_in({"AWS_CA_BUNDLE": "/b"}) == {}
