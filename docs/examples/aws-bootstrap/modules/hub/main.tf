# One hub role per environment and phase. A single one for all would have to trust the subject of pull requests and be
# allowed to assume the apply roles: any open pull request could walk through it to prod's apply role.

locals {
  issuer            = "token.actions.githubusercontent.com"
  oidc_provider_arn = "arn:aws:iam::${var.account_id}:oidc-provider/${local.issuer}"

  hubs = merge([
    for name, phases in var.subjects : {
      for phase, subjects in phases : "${name}-${phase}" => { subjects = subjects, target = var.role_arns[name][phase] }
    }
  ]...)
}

resource "aws_iam_openid_connect_provider" "github" {
  url            = "https://${local.issuer}"
  client_id_list = [var.audience]
}

resource "aws_iam_role" "hub" {
  for_each = local.hubs

  name        = "gitops-hub-${each.key}"
  description = "Leads to ${each.value.target} and nowhere else"

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Federated = local.oidc_provider_arn }
      Action    = "sts:AssumeRoleWithWebIdentity"
      Condition = {
        StringEquals = {
          "${local.issuer}:aud" = var.audience
          "${local.issuer}:sub" = each.value.subjects
        }
      }
    }]
  })

  depends_on = [aws_iam_openid_connect_provider.github]
}

resource "aws_iam_role_policy" "hub" {
  for_each = local.hubs

  name = "one-role"
  role = aws_iam_role.hub[each.key].name

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid      = "OneRole"
      Effect   = "Allow"
      Action   = ["sts:AssumeRole", "sts:TagSession"]
      Resource = each.value.target
    }]
  })
}
