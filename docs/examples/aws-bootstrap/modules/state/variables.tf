variable "account_id" {
  description = "The admin account."
  type        = string
}

variable "bucket" {
  description = "Name of the state bucket."
  type        = string
}

variable "trusted_role_arns" {
  description = "Per environment: the plan and the apply role, which may each assume the state role of their phase."
  type        = map(object({ plan = string, apply = string }))
}

variable "break_glass_principal_arns" {
  description = "Exact ARNs of those who may read and repair every state."
  type        = list(string)
}

variable "noncurrent_version_days" {
  description = "Days that a version of a state is kept after a newer one took its place."
  type        = number
}
