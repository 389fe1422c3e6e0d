variable "secret" {
  default   = "hunter2-before"
  sensitive = true
}

resource "terraform_data" "nested" {
  input = {
    list   = ["plain", var.secret]
    map    = { user = "app", password = var.secret }
    deep   = [{ a = [{ b = var.secret, c = "plain" }] }]
    public = "one"
  }
}

resource "terraform_data" "becomes" {
  input = { value = "plain before" }
}

resource "terraform_data" "was" {
  input = { value = sensitive("once secret") }
}

resource "terraform_data" "in_set" {
  input = toset(["a", var.secret])
}

resource "terraform_data" "deleted" {
  input = { password = var.secret, user = "app" }
}

resource "terraform_data" "replaced" {
  triggers_replace = var.secret
  input            = { password = var.secret, user = "app" }
}

resource "terraform_data" "lines" {
  input = { key = "-----BEGIN-----\n${var.secret}\n-----END-----\n", name = "one" }
}
