resource "terraform_data" "path" {
  input = "other.tfstate"
}

data "terraform_remote_state" "unknown_config" {
  backend = "local"
  config  = { path = terraform_data.path.output }
}

data "terraform_remote_state" "pending" {
  backend    = "local"
  config     = { path = "missing.tfstate" }
  defaults   = { key = "value", secret = sensitive("hunter2-read") }
  depends_on = [terraform_data.path]
}

check "state" {
  data "terraform_remote_state" "nested" {
    backend    = "local"
    config     = { path = "missing.tfstate" }
    depends_on = [terraform_data.path]
  }

  assert {
    condition     = data.terraform_remote_state.nested.outputs.ready
    error_message = "It is not ready."
  }
}

check "known" {
  data "terraform_remote_state" "known" {
    backend = "local"
    config  = { path = "remote.tfstate" }
  }

  assert {
    condition     = data.terraform_remote_state.known.outputs.ready
    error_message = "It is not ready."
  }
}

resource "terraform_data" "uses" {
  input = data.terraform_remote_state.unknown_config.outputs
}
