variable "password" {
  default   = "hunter2-before"
  sensitive = true
}
resource "terraform_data" "app" {
  input = var.password
}
