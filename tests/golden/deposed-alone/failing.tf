resource "terraform_data" "web" {
  input            = 2
  triggers_replace = 2
  provisioner "local-exec" {
    command = "exit 1"
  }
  lifecycle {
    create_before_destroy = true
  }
}
