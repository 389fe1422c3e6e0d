resource "terraform_data" "chosen" {
  input = "one"
}

resource "terraform_data" "other" {
  input = "one"
}

output "chosen" {
  value = terraform_data.chosen.input
}
