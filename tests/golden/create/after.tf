resource "terraform_data" "app" {
  input = "one"
}
resource "terraform_data" "each" {
  for_each = toset(["a/b", "c|d"])
  input    = { key = each.key, tags = { team = "infra" } }
}
