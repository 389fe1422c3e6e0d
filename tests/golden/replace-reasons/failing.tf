resource "terraform_data" "trigger" {
  input = 1
}

resource "terraform_data" "triggered" {
  input = "same"
  lifecycle {
    replace_triggered_by = [terraform_data.trigger]
  }
}

resource "terraform_data" "asked" {
  input = "same"
}

resource "terraform_data" "paths" {
  input            = "one"
  triggers_replace = { version = 1, zone = "a" }
}

resource "terraform_data" "first" {
  triggers_replace = ["a", "b"]
  lifecycle {
    create_before_destroy = true
  }
}

resource "terraform_data" "tainted" {
  input = "same"
  provisioner "local-exec" {
    command = "exit 1"
  }
}
