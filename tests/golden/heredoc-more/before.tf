resource "terraform_data" "script" {
  input = <<-EOT
    #!/bin/sh
    - a list
    + another
    ~ tilde
      indented
    EOT in the middle

    last
  EOT
}

resource "terraform_data" "policy" {
  input = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Sid = "one", Action = ["s3:Get*", "s3:List*"], Resource = "*" }, { Sid = "two", Effect = "Allow" }]
  })
}

resource "terraform_data" "yaml" {
  input = yamlencode({ a = [1, 2, { b = "c" }], d = "x" })
}

resource "terraform_data" "deleted" {
  input = "- one\n+ two\n~ three\n"
}

resource "terraform_data" "nested" {
  input = { files = [{ name = "a", text = "one\ntwo\n" }, { name = "b", text = "{\"x\": [1, 2]}" }] }
}

resource "terraform_data" "space" {
  input = jsonencode({ a = 1, b = [1, 2] })
}
