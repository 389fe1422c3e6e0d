resource "terraform_data" "app" {
  input = "one"
}

output "real" {
  value = "one"
}

check "sections" {
  assert {
    condition     = terraform_data.app.input == "never"
    error_message = <<-END
      Terraform will perform the following actions:

        # terraform_data.app will be destroyed
        - resource "terraform_data" "app" {
          }

      Changes to Outputs:
        - real = "one" -> null

      Note: Objects have changed outside of Terraform
    END
  }
}
