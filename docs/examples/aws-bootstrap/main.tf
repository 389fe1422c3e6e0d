locals {
  bootstrap_role_arns = {
    for name, account_id in merge({ admin = var.admin_account_id }, { for name, e in var.environments : name => e.account_id }) :
    name => "arn:aws:iam::${account_id}:role/${var.bootstrap_role}"
  }

  branches          = { for name, e in var.environments : name => coalesce(e.branch, name) }
  dispatch_branches = var.dispatch_branches == null ? sort(values(local.branches)) : sort(var.dispatch_branches)

  # How GitHub names the repository in a token's subject. Repositories created, renamed or moved after 2026-07-15 get the
  # form with ids, the others the form without. Both are listed: a rename must not lock the bot out, and nobody else can
  # get a token with either.
  repositories = concat(
    ["repo:${var.repository.owner}/${var.repository.name}"],
    var.repository.owner_id == null ? [] : [
      "repo:${var.repository.owner}@${var.repository.owner_id}/${var.repository.name}@${var.repository.repository_id}"
    ],
  )

  # What follows the repository in the subjects that each role trusts. A job that names a GitHub environment has the
  # environment's subject and no other. The job that promotes names none, so its branches stay.
  subject_ends = {
    for name, e in var.environments : name => {
      plan = concat(
        [e.plan_github_environment != null ? "environment:${e.plan_github_environment}" : "pull_request"],
        [for branch in local.dispatch_branches : "ref:refs/heads/${branch}"],
      )
      apply = (
        e.apply_github_environment != null
        ? ["environment:${e.apply_github_environment}"]
        : ["ref:refs/heads/${local.branches[name]}"]
      )
    }
  }
  subjects = {
    for name, phases in local.subject_ends : name => {
      for phase, ends in phases : phase => [for pair in setproduct(local.repositories, ends) : join(":", pair)]
    }
  }

  # Names are fixed here, and ARNs are put together from them, so that roles can name each other without a cycle.
  role_arns = {
    for name, e in var.environments : name => {
      plan  = "arn:aws:iam::${e.account_id}:role/gitops-plan"
      apply = "arn:aws:iam::${e.account_id}:role/gitops-apply"
    }
  }
  state_role_arns = {
    for name in keys(var.environments) : name => {
      plan  = "arn:aws:iam::${var.admin_account_id}:role/gitops-state-${name}-plan"
      apply = "arn:aws:iam::${var.admin_account_id}:role/gitops-state-${name}-apply"
    }
  }

  trust = {
    for name in keys(var.environments) : name => {
      oidc        = var.use_hub ? null : { audience = var.audience, subjects = local.subjects[name] }
      hub         = var.use_hub ? one(module.hub[*].role_arns)[name] : null
      external_id = var.use_hub ? var.external_id : null
    }
  }
}

module "hub" {
  source    = "./modules/hub"
  count     = var.use_hub ? 1 : 0
  providers = { aws = aws.admin }

  account_id = var.admin_account_id
  audience   = var.audience
  subjects   = local.subjects
  role_arns  = local.role_arns
}

# One block per environment. For fewer, take its block out here, its line at the end of this file, its provider in
# versions.tf, and its name in outputs.tf and variables.tf.

module "devops" {
  source    = "./modules/environment"
  providers = { aws = aws.devops }

  settings            = var.environments["devops"]
  trust               = local.trust["devops"]
  state_role_arns     = local.state_role_arns["devops"]
  protected_role_arns = concat([local.bootstrap_role_arns["devops"]], var.environments["devops"].protected_role_arns)
}

module "dev" {
  source    = "./modules/environment"
  providers = { aws = aws.dev }

  settings            = var.environments["dev"]
  trust               = local.trust["dev"]
  state_role_arns     = local.state_role_arns["dev"]
  protected_role_arns = concat([local.bootstrap_role_arns["dev"]], var.environments["dev"].protected_role_arns)
}

module "staging" {
  source    = "./modules/environment"
  providers = { aws = aws.staging }

  settings            = var.environments["staging"]
  trust               = local.trust["staging"]
  state_role_arns     = local.state_role_arns["staging"]
  protected_role_arns = concat([local.bootstrap_role_arns["staging"]], var.environments["staging"].protected_role_arns)
}

module "prod" {
  source    = "./modules/environment"
  providers = { aws = aws.prod }

  settings            = var.environments["prod"]
  trust               = local.trust["prod"]
  state_role_arns     = local.state_role_arns["prod"]
  protected_role_arns = concat([local.bootstrap_role_arns["prod"]], var.environments["prod"].protected_role_arns)
}

module "state" {
  source    = "./modules/state"
  providers = { aws = aws.admin }

  account_id                 = var.admin_account_id
  bucket                     = var.state_bucket
  break_glass_principal_arns = var.break_glass_principal_arns
  noncurrent_version_days    = var.noncurrent_version_days

  # Taken from the modules, not from local.role_arns: IAM refuses a trust policy that names a role that does not exist.
  trusted_role_arns = {
    devops  = module.devops.role_arns
    dev     = module.dev.role_arns
    staging = module.staging.role_arns
    prod    = module.prod.role_arns
  }
}
