resource "terraform_data" "web" {
  input            = 2
  triggers_replace = 2
  lifecycle {
    create_before_destroy = true
  }
}
