resource "terraform_data" "app" {
  input = "one"
}
check "loud" {
  assert {
    condition     = terraform_data.app.input == "never"
    error_message = "Oh.\n\n```\n<img src=x>\n  # terraform_data.app will be destroyed\nPlan: 0 to add, 0 to change, 0 to destroy."
  }
}
