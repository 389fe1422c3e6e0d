variable "account_id" {
  description = "The admin account."
  type        = string
}

variable "audience" {
  description = "The audience that the bot's OIDC tokens name."
  type        = string
}

variable "subjects" {
  description = "Per environment and phase: the exact subjects that the hub role trusts."
  type        = map(object({ plan = list(string), apply = list(string) }))
}

variable "role_arns" {
  description = "Per environment and phase: the one role that the hub role may assume."
  type        = map(object({ plan = string, apply = string }))
}
