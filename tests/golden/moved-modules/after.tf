module "into" {
  source = "./inner"
}

moved {
  from = terraform_data.root
  to   = module.into.terraform_data.inner
}

module "new" {
  source   = "./inner"
  for_each = toset(["a"])
  input    = "changed"
}

moved {
  from = module.old
  to   = module.new["a"]
}

resource "terraform_data" "counted" {
  for_each = toset(["first", "second"])
  input    = "x"
}

moved {
  from = terraform_data.counted[0]
  to   = terraform_data.counted["first"]
}

moved {
  from = terraform_data.counted[1]
  to   = terraform_data.counted["second"]
}

resource "terraform_data" "single" {
  count = 1
  input = "x"
}

resource "terraform_data" "again" {
  triggers_replace = 2
}

moved {
  from = terraform_data.replaced
  to   = terraform_data.again
}
