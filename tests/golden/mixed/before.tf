resource "terraform_data" "app" {
  input = "one"
}
resource "terraform_data" "old" {
  input = "x"
}
resource "terraform_data" "again" {
  input            = "x"
  triggers_replace = 1
}
