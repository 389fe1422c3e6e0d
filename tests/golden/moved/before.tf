resource "terraform_data" "app" {
  input = "one"
}
resource "terraform_data" "two" {
  input = "one"
}
