resource "terraform_data" "script" {
  input = <<-END
    #!/bin/sh
    - a list changed
    + another
    ~ tilde
      indented more
    EOT in the middle

    - last
    EOT
  END
}

resource "terraform_data" "policy" {
  input = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Sid = "one", Action = ["s3:Get*", "s3:Put*"], Resource = "*" }, { Sid = "two", Effect = "Deny", Condition = {} }]
  })
}

resource "terraform_data" "yaml" {
  input = yamlencode({ a = [1, 2, { b = "changed" }], d = "x" })
}

resource "terraform_data" "created" {
  input            = "- one\n+ two\n~ three\n\n# four\n@@ -1,2 +3,4 @@\n\ttab\n"
  triggers_replace = jsonencode({ Version = "2012-10-17", Statement = [{ Action = "*", Lines = "a\n- b\n" }] })
}

resource "terraform_data" "nested" {
  input = { files = [{ name = "a", text = "one\nthree\n" }, { name = "b", text = "{\"x\": [1, 3]}" }] }
}

resource "terraform_data" "space" {
  input = "{\n  \"a\": 1,\n  \"b\": [1, 2]\n}"
}
