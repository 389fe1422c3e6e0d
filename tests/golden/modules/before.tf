module "one" {
  source   = "./outer"
  for_each = toset(["a.b", "c[\"d\"]", "line\nbreak", "ключ ✓ \u2028 x"])
}
