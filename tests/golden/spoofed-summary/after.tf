import {
  to = terraform_data.app
  id = "x\")\n    resource \"terraform_data\" \"app\" {\n    }\n\nPlan: 1 to import, 0 to add, 0 to change, 0 to destroy.\n\n(\""
}

resource "terraform_data" "app" {
  input = "really changed"
}
