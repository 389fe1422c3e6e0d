resource "terraform_data" "app" {
  input            = "two"
  triggers_replace = 2
  lifecycle {
    create_before_destroy = true
  }
}
