import {
  to = terraform_data.app
  id = <<-END
    x

    Note: Objects have changed outside of Terraform

      # terraform_data.web has changed
      ~ resource "terraform_data" "web" {
          ~ input = "one" -> "by hand"
        }

    Unless you have made equivalent changes to your configuration, or ignored the
  END
}

resource "terraform_data" "app" {}

resource "terraform_data" "web" {
  input = "real"
}
