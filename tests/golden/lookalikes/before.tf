resource "terraform_data" "app" {
  input = { "Plan: 1 to add" = "x", "  # terraform_data.app will be destroyed" = 1 }
}
