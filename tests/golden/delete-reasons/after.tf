resource "terraform_data" "counted" {
  count = 1
  input = count.index
}

resource "terraform_data" "keyed" {
  for_each = toset(["kept"])
  input    = each.key
}

resource "terraform_data" "single" {
  for_each = toset(["a"])
  input    = "x"
}

resource "terraform_data" "was_counted" {
  for_each = toset(["a"])
  input    = "x"
}

resource "terraform_data" "was_keyed" {
  count = 1
  input = "x"
}

moved {
  from = terraform_data.moves_away
  to   = terraform_data.nowhere
}
