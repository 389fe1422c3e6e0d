import {
  to = terraform_data.app
  id = "abc"
}
resource "terraform_data" "app" {
  input = null
}
