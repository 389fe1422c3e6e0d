variable "name" {
  default = "no"
  validation {
    condition     = length(var.name) > 2
    error_message = "Too short: ${var.name}."
  }
}

resource "terraform_data" "app" {
  input = var.name
}
