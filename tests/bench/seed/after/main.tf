variable "team" {
  default = "infra"
}

variable "master_password" {
  default   = "after-master-password"
  sensitive = true
}

variable "stacks" {
  type    = set(string)
  default = ["s0000001"]
}

module "stack" {
  source          = "./stack"
  for_each        = var.stacks
  name            = each.key
  team            = var.team
  master_password = var.master_password
}

output "names" {
  value = { for name, stack in module.stack : name => stack.size }
}

output "owner" {
  value = "${var.team}, newly"
}

output "password" {
  value     = var.master_password
  sensitive = true
}

check "owned" {
  assert {
    condition     = var.team == "somebody"
    error_message = "The stacks of ${var.team} have no owner."
  }
}
