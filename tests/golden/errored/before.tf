resource "terraform_data" "app" {
  input = "one"
}
