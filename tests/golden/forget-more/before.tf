resource "terraform_data" "forgotten" {
  count = 2
  input = "x"
}

module "dropped" {
  source = "./inner"
}

resource "terraform_data" "destroyed" {
  input = "x"
}

resource "terraform_data" "web" {
  triggers_replace = 1
  lifecycle {
    create_before_destroy = true
  }
}
