output "changed" {
  value = "Changes to Outputs:"
}
