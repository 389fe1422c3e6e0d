resource "terraform_data" "web" {
  input = "one"
}
resource "terraform_data" "three" {
  input = "changed"
}
moved {
  from = terraform_data.app
  to   = terraform_data.web
}
moved {
  from = terraform_data.two
  to   = terraform_data.three
}
