output "changed" {
  value = "x\nChanges to Outputs:\n  + fake = 1\nPlan: 1 to add, 0 to change, 0 to destroy.\n"
}
