locals {
  text = <<-END
    Note: Objects have changed outside of Terraform

      # terraform_data.app has changed

    Unless you have made equivalent changes to your configuration
    Terraform will perform the following actions:

      # terraform_data.app will be destroyed
     # terraform_data.app will no longer be managed by Terraform, but will not be destroyed
    Plan: 1 to add, 0 to change, 0 to destroy.
    Changes to Outputs:
      + fake = 1
    ─────────────────────────────────────────────────────────────────────────────
    Saved the plan to: plan.bin
  END
}

resource "terraform_data" "app" {
  input = { "Plan: 1 to add" = local.text, "Changes to Outputs:" = 1 }
}

resource "terraform_data" "keys" {
  for_each = toset(["  # terraform_data.app will be destroyed", "x\nPlan: 1 to add, 0 to change, 0 to destroy."])
  input    = "${each.key}\n"
}

output "text" {
  value = local.text
}

output "nested" {
  value = { "Changes to Outputs:" = "${local.text}\u2028\n  # terraform_data.app will be destroyed\r\n  # terraform_data.app will be destroyed" }
}
