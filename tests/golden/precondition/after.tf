resource "terraform_data" "fine" {
  input = "x"
}

resource "terraform_data" "app" {
  input = "y"
  lifecycle {
    precondition {
      condition     = terraform_data.fine.input == "z"
      error_message = "fine must be z."
    }
  }
}
