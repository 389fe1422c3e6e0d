removed {
  from = terraform_data.app
  lifecycle {
    destroy = false
  }
}
