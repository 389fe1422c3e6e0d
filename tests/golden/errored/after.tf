resource "terraform_data" "app" {
  input = "two"
}

resource "terraform_data" "new" {
  input = "new"
}

data "terraform_remote_state" "broken" {
  backend = "local"
  config  = { path = "there-is-no-such-state" }
}

resource "terraform_data" "never" {
  input = data.terraform_remote_state.broken.outputs
}

output "app" {
  value = terraform_data.app.input
}
