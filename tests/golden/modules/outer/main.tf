variable "input" {
  default = "one"
}

module "inner" {
  source = "./inner"
  count  = 1
  input  = var.input
}
