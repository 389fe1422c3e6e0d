resource "terraform_data" "app" {
  input = "two"
}
resource "terraform_data" "again" {
  input            = "x"
  triggers_replace = 2
}
resource "terraform_data" "new" {
  count = 2
  input = terraform_data.again.id
}
check "never" {
  assert {
    condition     = terraform_data.app.output == "never"
    error_message = "It is not so."
  }
}
output "app" {
  value = terraform_data.app.output
}
