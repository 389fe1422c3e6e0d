resource "terraform_data" "no_config" {
  input = "x"
}

module "gone" {
  source   = "./inner"
  for_each = toset(["a.b"])
}

resource "terraform_data" "counted" {
  count = 2
  input = count.index
}

resource "terraform_data" "keyed" {
  for_each = toset(["kept", "a \"quoted\" key"])
  input    = each.key
}

resource "terraform_data" "single" {
  input = "x"
}

resource "terraform_data" "was_counted" {
  count = 2
  input = "x"
}

resource "terraform_data" "was_keyed" {
  for_each = toset(["a"])
  input    = "x"
}

resource "terraform_data" "moves_away" {
  input = "x"
}
