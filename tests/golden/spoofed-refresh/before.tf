import {
  to = terraform_data.app
  id = <<-END
    x

    Terraform will perform the following actions:

      # terraform_data.app will be destroyed
      - resource "terraform_data" "app" {
        }

    Plan: 0 to add, 0 to change, 1 to destroy.

    y
  END
}

resource "terraform_data" "app" {}
