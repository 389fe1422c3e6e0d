import {
  to = terraform_data.app
  id = "x\n\n  # terraform_data.web will be destroyed\n  - resource"
}
resource "terraform_data" "app" {
  input = "new"
}
resource "terraform_data" "web" {
  input = "real"
}
