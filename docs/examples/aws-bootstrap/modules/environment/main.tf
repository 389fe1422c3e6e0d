locals {
  account           = var.settings.account_id
  issuer            = "token.actions.githubusercontent.com"
  oidc_provider_arn = "arn:aws:iam::${local.account}:oidc-provider/${local.issuer}"
  boundary_arn      = "arn:aws:iam::${local.account}:policy/gitops-apply-boundary"

  role_arns = {
    plan  = "arn:aws:iam::${local.account}:role/gitops-plan"
    apply = "arn:aws:iam::${local.account}:role/gitops-apply"
  }

  # Exact subjects with StringEquals: no StringLike, no wildcard. The audience is checked as well.
  oidc_trust = {
    for phase, subjects in try(var.trust.oidc.subjects, {}) : phase => [{
      Effect    = "Allow"
      Principal = { Federated = local.oidc_provider_arn }
      Action    = "sts:AssumeRoleWithWebIdentity"
      Condition = {
        StringEquals = {
          "${local.issuer}:aud" = var.trust.oidc.audience
          "${local.issuer}:sub" = subjects
        }
      }
    }]
  }

  hub_trust = {
    for phase, hub_role_arn in coalesce(var.trust.hub, {}) : phase => [
      {
        Effect    = "Allow"
        Principal = { AWS = hub_role_arn }
        Action    = "sts:AssumeRole"
        Condition = var.trust.external_id == null ? {} : {
          StringEquals = { "sts:ExternalId" = var.trust.external_id }
        }
      },
      {
        Effect    = "Allow"
        Principal = { AWS = hub_role_arn }
        Action    = "sts:TagSession"
        Condition = {}
      },
    ]
  }

  trust_statements = var.trust.hub == null ? local.oidc_trust : local.hub_trust
}

resource "aws_iam_openid_connect_provider" "github" {
  count = var.trust.oidc == null ? 0 : 1

  url            = "https://${local.issuer}"
  client_id_list = [var.trust.oidc.audience]
}

# --- plan: reads, and never data --------------------------------------------------------------------------------------

resource "aws_iam_role" "plan" {
  name                 = "gitops-plan"
  description          = "gitops-bot plans with this role. Code of open pull requests runs with it: it only reads."
  max_session_duration = var.settings.max_session_duration

  assume_role_policy = jsonencode({ Version = "2012-10-17", Statement = local.trust_statements.plan })

  depends_on = [aws_iam_openid_connect_provider.github]
}

resource "aws_iam_role_policy_attachment" "plan" {
  for_each = toset(var.settings.plan_managed_policy_arns)

  role       = aws_iam_role.plan.name
  policy_arn = each.value
}

resource "aws_iam_role_policy" "plan" {
  name = "plan"
  role = aws_iam_role.plan.name

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = concat(
      [{
        Sid      = "StateRole"
        Effect   = "Allow"
        Action   = "sts:AssumeRole"
        Resource = var.state_role_arns.plan
      }],
      length(var.settings.plan_actions) == 0 ? [] : [{
        Sid      = "Reads"
        Effect   = "Allow"
        Action   = var.settings.plan_actions
        Resource = "*"
      }],
      length(var.settings.plan_denied_actions) == 0 ? [] : [{
        Sid      = "NoData"
        Effect   = "Deny"
        Action   = var.settings.plan_denied_actions
        Resource = "*"
      }],
    )
  })
}

# --- apply: changes, within a boundary --------------------------------------------------------------------------------

resource "aws_iam_role" "apply" {
  name                 = "gitops-apply"
  description          = "gitops-bot applies with this role, after the merge"
  max_session_duration = var.settings.max_session_duration
  permissions_boundary = aws_iam_policy.boundary.arn

  assume_role_policy = jsonencode({ Version = "2012-10-17", Statement = local.trust_statements.apply })

  depends_on = [aws_iam_openid_connect_provider.github]
}

resource "aws_iam_role_policy_attachment" "apply" {
  for_each = toset(var.settings.apply_managed_policy_arns)

  role       = aws_iam_role.apply.name
  policy_arn = each.value
}

resource "aws_iam_role_policy" "apply" {
  name = "apply"
  role = aws_iam_role.apply.name

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = concat(
      [{
        Sid      = "StateRole"
        Effect   = "Allow"
        Action   = "sts:AssumeRole"
        Resource = var.state_role_arns.apply
      }],
      length(var.settings.apply_actions) == 0 ? [] : [{
        Sid      = "Changes"
        Effect   = "Allow"
        Action   = var.settings.apply_actions
        Resource = "*"
      }],
    )
  })
}

# The ceiling of the apply role and of every role it creates. It grants nothing: a role does what both its own policies
# and its boundary allow.
resource "aws_iam_policy" "boundary" {
  name        = "gitops-apply-boundary"
  description = "What gitops-apply, and every role it creates, can never do"

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid      = "Ceiling"
        Effect   = "Allow"
        Action   = "*"
        Resource = "*"
      },
      {
        # Nothing but reads on what guards it: no new trust, no new policy, no passing to a service. The same for users
        # and groups: no users, no access keys, no passwords.
        Sid       = "HandsOff"
        Effect    = "Deny"
        NotAction = ["iam:Get*", "iam:List*"]
        Resource = concat(
          values(local.role_arns),
          var.protected_role_arns,
          var.settings.plan_managed_policy_arns, # to edit one is to change the role it is attached to
          var.settings.apply_managed_policy_arns,
          [
            local.boundary_arn,
            local.oidc_provider_arn,
            "arn:aws:iam::${local.account}:user/*",
            "arn:aws:iam::${local.account}:group/*",
          ],
        )
      },
      {
        # A role without this boundary can neither be made nor be given more. The condition is about the boundary that
        # the request sets, or that the role has.
        Sid    = "NoRoleWithoutThisBoundary"
        Effect = "Deny"
        Action = [
          "iam:AttachRolePolicy",
          "iam:CreateRole",
          "iam:PutRolePermissionsBoundary",
          "iam:PutRolePolicy",
        ]
        Resource  = "*"
        Condition = { StringNotEquals = { "iam:PermissionsBoundary" = local.boundary_arn } }
      },
      {
        Sid      = "BoundariesStay"
        Effect   = "Deny"
        Action   = "iam:DeleteRolePermissionsBoundary"
        Resource = "*"
      },
      {
        Sid         = "NoOtherRole"
        Effect      = "Deny"
        Action      = "sts:AssumeRole"
        NotResource = var.state_role_arns.apply
      },
      {
        Sid      = "NoOrganization"
        Effect   = "Deny"
        Action   = ["account:*", "organizations:*", "sts:AssumeRoot"]
        Resource = "*"
      },
    ]
  })
}
