"""What stands in the demo's repository: a small stack that every Terraform can build without a download."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

SOAK = timedelta(hours=1)
"""How long content must have worked in dev before it may go to staging."""
ENVIRONMENTS = ("devops", "dev", "staging", "prod")
PLAN, PROMOTION = "gitops-bot: plan {}", "gitops-bot: promotion {}"

_CONFIG = """\
version: 1
environments:            # in promotion order
  - name: devops
  - name: dev
  - name: staging
    promotion: {soak: 1h}   # a day, where it is no demo
  - name: prod
    hotfix: {by: [hubot]}
projects:
  - name: shop
    dir: infra
    var_files: ["infra/envs/{environment}.tfvars"]
    backend_config: ["infra/envs/{environment}.local.tfbackend"]
"""
_README = "# The shop's infrastructure\n\nOne branch for each environment: devops, dev, staging, prod.\n"
_VERSIONS = """\
terraform {
  required_version = ">= 1.5"
  backend "local" {}
}
"""
_VARIABLES = """\
variable "environment" {
  type = string
}

variable "cidr" {
  type = string
}

variable "database_gb" {
  type = number
}

variable "replicas" {
  type = number
}
"""
_MAIN = """\
resource "terraform_data" "network" {
  input = {
    name = "shop-${var.environment}"
    cidr = var.cidr
  }
}

resource "terraform_data" "database" {
  triggers_replace = ["postgres-15"]
  input = {
    network = terraform_data.network.id
    size_gb = var.database_gb
  }
}

resource "terraform_data" "service" {
  for_each = toset(["cart", "catalog"])
  input = {
    network  = terraform_data.network.id
    image    = "registry.example/${each.key}:1.0"
    replicas = var.replicas
  }
}

output "database" {
  value = terraform_data.database.id
}
"""
_FIXED = _MAIN.replace(":1.0", ":1.0.1")
_SIZES = {"devops": (0, 10, 1), "dev": (1, 20, 1), "staging": (2, 50, 2), "prod": (3, 200, 4)}


def _hcl(text: str) -> str:
    return json.dumps(text).replace("${", "$${").replace("%{", "%%{")


def first_commit(states: Path) -> dict[str, str | bytes | None]:
    """The repository before the first pull request: the backend of each environment, no resource yet."""
    files: dict[str, str | bytes | None] = {
        "README.md": _README,
        ".gitignore": ".terraform/\n*.tfplan\n",
        ".gitops-bot.yml": _CONFIG,
        "infra/versions.tf": _VERSIONS,
        "infra/variables.tf": _VARIABLES,
    }
    for name, (net, size, replicas) in _SIZES.items():
        path = _hcl(str(states / f"{name}.tfstate"))
        files[f"infra/envs/{name}.local.tfbackend"] = f"path = {path}\n"
        files[f"infra/envs/{name}.tfvars"] = (
            f'environment = "{name}"\ncidr        = "10.{net}.0.0/16"\n'
            f"database_gb = {size}\nreplicas    = {replicas}\n"
        )
    return files


def stack() -> dict[str, str | bytes | None]:
    """The first pull request: network, database and two services."""
    return {"infra/main.tf": _MAIN}


def shortcut() -> dict[str, str | bytes | None]:
    """A change that somebody wants in prod without having tried it."""
    return {"infra/main.tf": _MAIN.replace(":1.0", ":2.0-beta")}


def hotfix() -> dict[str, str | bytes | None]:
    """A change that prod needs at once."""
    return {"infra/main.tf": _FIXED}


def more_memory() -> dict[str, str | bytes | None]:
    """One argument of the database, which can be changed in place."""
    return {"infra/main.tf": _FIXED.replace("var.database_gb", "var.database_gb * 2")}


def typo() -> dict[str, str | bytes | None]:
    """A change that Terraform refuses to plan."""
    queue = (
        'resource "terraform_data" "queue" {\n  input = {\n    network = terraform_data.netwrok.id\n  }\n}\n'
    )
    return {"infra/queue.tf": queue}


def upgrade() -> dict[str, str | bytes | None]:
    """A new database engine, a new image and one more service."""
    text = _FIXED.replace("postgres-15", "postgres-16").replace(":1.0", ":1.1")
    text = text.replace("var.database_gb", "var.database_gb * 2")
    return {"infra/main.tf": text.replace('"catalog"]', '"catalog", "search"]')}
