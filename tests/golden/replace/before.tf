resource "terraform_data" "app" {
  input            = "one"
  triggers_replace = 1
}
