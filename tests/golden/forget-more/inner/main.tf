resource "terraform_data" "inner" {
  input = { key = "x" }
}
