output "role_arns" {
  description = "Per environment: the state role of each phase."
  value       = local.role_arns
  depends_on  = [aws_iam_role_policy.state, aws_s3_bucket_policy.state]
}

output "trusted_role_arns" {
  description = "Per environment: the roles that may assume the state roles."
  value       = var.trusted_role_arns
  depends_on  = [aws_iam_role_policy.state]
}
