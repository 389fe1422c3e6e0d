resource "terraform_data" "path" {
  input = "missing.tfstate"
}
