output "kept" {
  value = "k"
}
output "changed" {
  value = ["a", "b"]
}
output "secret" {
  value     = "hunter2-output"
  sensitive = true
}
