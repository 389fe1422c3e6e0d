variable "region" {
  description = "Region of the state bucket and of the environments that name none."
  type        = string
}

variable "admin_account_id" {
  description = "Account of the state bucket and, with use_hub, of the hub roles. No environment's account."
  type        = string

  validation {
    condition     = can(regex("^[0-9]{12}$", var.admin_account_id))
    error_message = "An account id has 12 digits."
  }
}

variable "bootstrap_role" {
  description = "Name of the role that this configuration assumes in each account."
  type        = string
  default     = "OrganizationAccountAccessRole"
}

variable "state_bucket" {
  description = "Name of the state bucket to create."
  type        = string
}

variable "repository" {
  description = <<-EOT
    The GitHub repository, spelled as GitHub spells it: subjects are compared with their case.
    owner_id and repository_id: `gh api repos/OWNER/REPO --jq '.owner.id, .id'`. Give both or none.
  EOT
  type = object({
    owner         = string
    name          = string
    owner_id      = optional(string)
    repository_id = optional(string)
  })

  validation {
    condition     = alltrue([for part in [var.repository.owner, var.repository.name] : can(regex("^[A-Za-z0-9._-]+$", part))])
    error_message = "Owner and name hold letters, digits, '.', '_' and '-' only."
  }

  validation {
    condition     = (var.repository.owner_id == null) == (var.repository.repository_id == null)
    error_message = "Give owner_id and repository_id both, or none of them."
  }

  validation {
    condition     = alltrue([for id in [var.repository.owner_id, var.repository.repository_id] : id == null || can(regex("^[0-9]+$", id))])
    error_message = "owner_id and repository_id are numbers."
  }
}

variable "environments" {
  description = <<-EOT
    The four environments. An environment with another name needs its own blocks in versions.tf and main.tf.

    account_id                the environment's own account
    branch                    default: the environment's name
    region                    default: var.region
    plan_github_environment   plan jobs name this GitHub environment; the plan role then trusts it and no pull_request
    apply_github_environment  apply jobs name this GitHub environment; the apply role then trusts it and no branch
    plan_managed_policy_arns  what a plan may read
    plan_actions              the same as single actions, on every resource
    plan_denied_actions       what a plan may never read, whatever the two above allow
    apply_managed_policy_arns what an apply may do, within the permissions boundary
    apply_actions             the same as single actions, on every resource
    protected_role_arns       further roles that an apply may neither change nor pass to a service
    max_session_duration      seconds, 3600 to 43200; more than 3600 is of no use with a hub
  EOT
  type = map(object({
    account_id               = string
    branch                   = optional(string)
    region                   = optional(string)
    plan_github_environment  = optional(string)
    apply_github_environment = optional(string)
    plan_managed_policy_arns = optional(list(string), ["arn:aws:iam::aws:policy/ReadOnlyAccess"])
    plan_actions             = optional(list(string), [])
    plan_denied_actions = optional(list(string), [
      "athena:GetQueryResults",
      "dynamodb:BatchGetItem",
      "dynamodb:GetItem",
      "dynamodb:GetRecords",
      "dynamodb:PartiQLSelect",
      "dynamodb:Query",
      "dynamodb:Scan",
      "ec2:GetConsoleOutput",
      "ec2:GetPasswordData",
      "ecr:GetDownloadUrlForLayer",
      "kinesis:GetRecords",
      "kms:Decrypt",
      "logs:FilterLogEvents",
      "logs:GetLogEvents",
      "logs:GetLogRecord",
      "logs:GetQueryResults",
      "logs:StartLiveTail",
      "logs:StartQuery",
      "rds:DownloadCompleteDBLogFile",
      "rds:DownloadDBLogFilePortion",
      "s3:GetObject",
      "s3:GetObjectVersion",
      "secretsmanager:BatchGetSecretValue",
      "secretsmanager:GetSecretValue",
      "sqs:ReceiveMessage",
    ])
    apply_managed_policy_arns = optional(list(string), [])
    apply_actions             = optional(list(string), [])
    protected_role_arns       = optional(list(string), [])
    max_session_duration      = optional(number, 3600)
  }))

  validation {
    condition     = toset(keys(var.environments)) == toset(["devops", "dev", "staging", "prod"])
    error_message = "The environments are devops, dev, staging and prod, as in versions.tf and main.tf."
  }

  validation {
    condition     = alltrue([for e in var.environments : can(regex("^[0-9]{12}$", e.account_id))])
    error_message = "An account id has 12 digits."
  }

  validation {
    condition     = length(distinct(concat([var.admin_account_id], values(var.environments)[*].account_id))) == length(var.environments) + 1
    error_message = "Each environment has an account of its own, and none is the admin account."
  }

  validation {
    condition     = length(distinct([for name, e in var.environments : coalesce(e.branch, name)])) == length(var.environments)
    error_message = "Each environment has a branch of its own: its apply role trusts that branch."
  }

  validation {
    condition     = alltrue([for name, e in var.environments : can(regex("^[A-Za-z0-9._/-]+$", coalesce(e.branch, name)))])
    error_message = "A branch holds letters, digits, '.', '_', '/' and '-' only."
  }

  validation {
    condition = alltrue([
      for name in concat(values(var.environments)[*].plan_github_environment, values(var.environments)[*].apply_github_environment) :
      name == null || can(regex("^[A-Za-z0-9._-]+$", name))
    ])
    error_message = "A GitHub environment's name holds letters, digits, '.', '_' and '-' only."
  }

  validation {
    condition = (
      length(distinct(concat(
        compact(values(var.environments)[*].plan_github_environment),
        compact(values(var.environments)[*].apply_github_environment),
      ))) ==
      length(compact(values(var.environments)[*].plan_github_environment)) +
      length(compact(values(var.environments)[*].apply_github_environment))
    )
    error_message = "No two roles trust the same GitHub environment: whoever may use it would get both."
  }

  validation {
    condition     = alltrue([for e in var.environments : length(e.apply_managed_policy_arns) + length(e.apply_actions) > 0])
    error_message = "Say what an apply may do: apply_managed_policy_arns, apply_actions or both."
  }
}

variable "dispatch_branches" {
  description = "Branches that a dispatch of plan, promote or status may run on. Default: the environments' branches."
  type        = list(string)
  default     = null

  validation {
    condition     = alltrue([for branch in coalesce(var.dispatch_branches, []) : can(regex("^[A-Za-z0-9._/-]+$", branch))])
    error_message = "A branch holds letters, digits, '.', '_', '/' and '-' only."
  }
}

variable "audience" {
  description = "The audience that the bot's OIDC tokens name."
  type        = string
  default     = "sts.amazonaws.com"

  validation {
    condition     = can(regex("^[A-Za-z0-9._:/-]+$", var.audience))
    error_message = "The audience holds no wildcard and no blank."
  }
}

variable "use_hub" {
  description = "One OIDC provider in the admin account, and hub roles from there, in place of one in each account."
  type        = bool
  default     = false
}

variable "external_id" {
  description = "With use_hub: the external id that the environments' roles ask for. Whoever assumes them must send it."
  type        = string
  default     = null
}

variable "break_glass_principal_arns" {
  description = "Exact ARNs of roles or users that may read and repair every environment's state. No assumed-role ARNs."
  type        = list(string)
  default     = []

  validation {
    condition     = alltrue([for arn in var.break_glass_principal_arns : can(regex("^arn:aws:iam::[0-9]{12}:(role|user)/[A-Za-z0-9+=,.@_/-]+$", arn))])
    error_message = "Exact ARNs of roles or users, without wildcards."
  }
}

variable "noncurrent_version_days" {
  description = "Days that a version of a state is kept after a newer one took its place."
  type        = number
  default     = 365
}
