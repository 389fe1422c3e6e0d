output "role_arns" {
  description = "The role of each phase."
  value       = local.role_arns
  depends_on  = [aws_iam_role.plan, aws_iam_role.apply] # IAM refuses a trust policy that names a role that does not exist
}
