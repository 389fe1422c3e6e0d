import {
  to = terraform_data.app
  id = "x\")\n    resource \"terraform_data\" \"app\" {\n    }\n\n  # terraform_data.web will be created\n  + resource \"terraform_data\" \"web\" {\n    }\n\n (\""
}

resource "terraform_data" "app" {
  input = "new"
}

resource "terraform_data" "web" {
  input = "real"
}
