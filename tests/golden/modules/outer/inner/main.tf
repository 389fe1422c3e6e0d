variable "input" {
  type = string
}

resource "terraform_data" "deep" {
  for_each = toset(["x`y {{z}}", "<b>"])
  input    = "${var.input} ${each.key}"
}
