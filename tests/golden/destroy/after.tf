resource "terraform_data" "app" {
  input = { list = ["a", "b"], text = "one\ntwo\n" }
}

resource "terraform_data" "web" {
  count = 2
  input = terraform_data.app.output
}

output "id" {
  value = terraform_data.app.id
}

output "secret" {
  value     = "hunter2-destroyed"
  sensitive = true
}
