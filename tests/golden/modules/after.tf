module "one" {
  source   = "./outer"
  for_each = toset(["a.b", "line\nbreak", "new\n  # terraform_data.app will be destroyed"])
  input    = each.key == "a.b" ? "one" : "two"
}
