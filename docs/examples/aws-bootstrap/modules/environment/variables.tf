variable "settings" {
  description = "The environment's entry in the root module's `environments`, where each key is explained."
  type = object({
    account_id                = string
    plan_managed_policy_arns  = list(string)
    plan_actions              = list(string)
    plan_denied_actions       = list(string)
    apply_managed_policy_arns = list(string)
    apply_actions             = list(string)
    max_session_duration      = number
  })

  validation {
    condition     = var.settings.max_session_duration >= 3600 && var.settings.max_session_duration <= 43200
    error_message = "max_session_duration is between 3600 and 43200 seconds."
  }
}

variable "trust" {
  description = "Who may assume the roles: GitHub's exact subjects (oidc), or one hub role per phase (hub)."
  type = object({
    oidc        = optional(object({ audience = string, subjects = object({ plan = list(string), apply = list(string) }) }))
    hub         = optional(object({ plan = string, apply = string }))
    external_id = optional(string)
  })

  validation {
    condition     = (var.trust.oidc == null) != (var.trust.hub == null)
    error_message = "Give either oidc or hub."
  }
}

variable "state_role_arns" {
  description = "The one role that each phase may assume: the state role."
  type        = object({ plan = string, apply = string })
}

variable "protected_role_arns" {
  description = "Further roles that an apply may neither change nor hand to a service, such as the bootstrap role."
  type        = list(string)
}
