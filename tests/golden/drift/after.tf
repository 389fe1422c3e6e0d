resource "terraform_data" "app" {
  input = "two"
}
