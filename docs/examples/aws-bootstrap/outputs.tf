output "role_arns" {
  description = "Per environment: the bot's plan and apply role."
  value       = module.state.trusted_role_arns
}

output "state_role_arns" {
  description = "Per environment: the state roles, for the backend's assume_role."
  value       = module.state.role_arns
}

output "hub_role_arns" {
  description = "Per environment: the hub roles. Null without a hub."
  value       = one(module.hub[*].role_arns)
}

output "gitops_bot_yml" {
  description = "What .gitops-bot.yml needs to know of all this."
  value = templatefile("${path.module}/gitops-bot.yml.tftpl", {
    # Lowest first: this is the promotion path.
    environments = [
      for name in ["devops", "dev", "staging", "prod"] : {
        name       = name
        branch     = local.branches[name]
        account_id = var.environments[name].account_id
        region     = coalesce(var.environments[name].region, var.region)
        roles      = local.role_arns[name]

        # A session behind a hub is chained, and lasts one hour at most.
        session_duration = var.use_hub ? 3600 : var.environments[name].max_session_duration
      }
    ]
    external_id = var.use_hub ? var.external_id : null
    audience    = var.audience
    hub_role    = var.use_hub ? "arn:aws:iam::${var.admin_account_id}:role/gitops-hub-{environment}-{phase}" : null
  })
}

output "backend_files" {
  description = "Text of envs/ENVIRONMENT.PHASE.s3.tfbackend, by file name."
  value = {
    for pair in setproduct(keys(var.environments), ["plan", "apply"]) : "envs/${pair[0]}.${pair[1]}.s3.tfbackend" => <<-EOT
      bucket               = "${var.state_bucket}"
      key                  = "${pair[0]}/terraform.tfstate"
      workspace_key_prefix = "${pair[0]}/workspaces"
      region               = "${var.region}"
      use_lockfile         = true
      assume_role          = { role_arn = "${module.state.role_arns[pair[0]][pair[1]]}" }
    EOT
  }
}
