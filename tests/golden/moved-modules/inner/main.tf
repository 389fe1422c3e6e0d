variable "input" {
  default = "x"
}

resource "terraform_data" "inner" {
  input = var.input
}
