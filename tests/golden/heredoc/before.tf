resource "terraform_data" "app" {
  input = "start\nmiddle\n"
}
