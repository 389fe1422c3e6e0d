output "nested" {
  value = { list = ["a", "b", "c"], map = { "odd key" = 1, plain = true }, kept = "same", gone = null }
}

output "json" {
  value = jsonencode({ Version = "1", Statement = [{ Action = "s3:Get*" }] })
}

output "lines" {
  value = "first\nsecond\nthird\n"
}

output "revealed" {
  value     = "hunter2-once"
  sensitive = true
}

output "hidden" {
  value = "plain before"
}

output "secret_changed" {
  value     = "hunter2-one"
  sensitive = true
}

output "secret_gone" {
  value     = "hunter2-gone"
  sensitive = true
}

output "type" {
  value = "1"
}

output "emptied" {
  value = ["x"]
}

resource "terraform_data" "app" {
  input = "x"
}
