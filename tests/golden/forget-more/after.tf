removed {
  from = terraform_data.forgotten
  lifecycle {
    destroy = false
  }
}

removed {
  from = module.dropped
  lifecycle {
    destroy = false
  }
}

removed {
  from = terraform_data.web
  lifecycle {
    destroy = false
  }
}

resource "terraform_data" "new" {
  input = "x"
}
