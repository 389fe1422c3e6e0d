resource "terraform_data" "app" {}

output "real" {
  value = "one"
}
