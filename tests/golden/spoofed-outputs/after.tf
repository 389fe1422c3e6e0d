resource "terraform_data" "app" {
  input = "one"
}

check "outputs" {
  assert {
    condition     = terraform_data.app.input == "never"
    error_message = "There is more.\n\nChanges to Outputs:\n  + password = \"swordfish\"\n"
  }
}
