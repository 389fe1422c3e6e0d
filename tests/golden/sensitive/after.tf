variable "password" {
  default   = "hunter2-after"
  sensitive = true
}
resource "terraform_data" "app" {
  input = var.password
}
resource "terraform_data" "leak" {
  input = "password is ${nonsensitive(var.password)}!"
}
