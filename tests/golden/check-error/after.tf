variable "name" {
  default = "app"
}

check "errors" {
  assert {
    condition     = tonumber(var.name) > 0
    error_message = "Not a number."
  }
}

resource "terraform_data" "app" {
  input = "x"
}
