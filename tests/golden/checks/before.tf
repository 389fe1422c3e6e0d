resource "terraform_data" "app" {
  input = "x"
}
