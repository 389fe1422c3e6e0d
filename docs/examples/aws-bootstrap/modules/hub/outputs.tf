output "role_arns" {
  description = "Per environment: the hub role of each phase."
  value = {
    for name in keys(var.subjects) : name => {
      plan  = "arn:aws:iam::${var.account_id}:role/gitops-hub-${name}-plan"
      apply = "arn:aws:iam::${var.account_id}:role/gitops-hub-${name}-apply"
    }
  }
  depends_on = [aws_iam_role.hub] # IAM refuses a trust policy that names a role that does not exist
}
