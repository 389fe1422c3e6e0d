variable "name" {
  default = "app"
  validation {
    condition     = length(var.name) > 2
    error_message = "Too short."
  }
}

resource "terraform_data" "app" {
  input = "y"
  lifecycle {
    precondition {
      condition     = var.name != ""
      error_message = "There is no name."
    }
    postcondition {
      condition     = self.output == "z"
      error_message = "It is not z."
    }
  }
}

check "passes" {
  assert {
    condition     = var.name == "app"
    error_message = "Never said."
  }
}

check "fails" {
  assert {
    condition     = var.name == "web"
    error_message = "The name is ${var.name}."
  }
  assert {
    condition     = var.name == "db"
    error_message = "Nor is it db."
  }
}

check "unknown" {
  assert {
    condition     = terraform_data.app.output == "y"
    error_message = "Not known yet."
  }
}

output "name" {
  value = var.name
  precondition {
    condition     = terraform_data.app.output != ""
    error_message = "Known later."
  }
}
