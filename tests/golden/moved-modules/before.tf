resource "terraform_data" "root" {
  input = "x"
}

module "old" {
  source = "./inner"
}

resource "terraform_data" "counted" {
  count = 2
  input = "x"
}

resource "terraform_data" "single" {
  input = "x"
}

resource "terraform_data" "replaced" {
  triggers_replace = 1
}
