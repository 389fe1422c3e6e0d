output "nested" {
  value = { list = ["a", "c", "d"], map = { "odd key" = 2, plain = true, "new.key" = "n" }, kept = "same", gone = 1 }
}

output "json" {
  value = jsonencode({ Version = "1", Statement = [{ Action = "s3:*" }, { Action = "sns:*" }] })
}

output "lines" {
  value = "first\n- second\n  # terraform_data.app will be destroyed\n\n+ third\n"
}

output "revealed" {
  value = "once secret"
}

output "hidden" {
  value     = "hunter2-hidden"
  sensitive = true
}

output "secret_changed" {
  value     = "hunter2-two"
  sensitive = true
}

output "type" {
  value = [1, "1", true]
}

output "emptied" {
  value = []
}

output "null_now" {
  value = null
}

output "later" {
  value = { id = terraform_data.new.id, input = "known" }
}

output "partly_secret" {
  value     = { user = "app", password = sensitive("hunter2-part") }
  sensitive = true
}

resource "terraform_data" "app" {
  input = "x"
}

resource "terraform_data" "new" {
  input = "x"
}
