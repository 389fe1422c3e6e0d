resource "terraform_data" "chosen" {
  input = "two"
}

resource "terraform_data" "other" {
  input = "two"
}

output "chosen" {
  value = terraform_data.chosen.input
}
