terraform {
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 5.100"
    }
  }
}

resource "aws_ssm_parameter" "drifted" {
  name  = "/golden/drifted"
  type  = "String"
  value = "ours"
  lifecycle {
    ignore_changes = [value]
  }
}

output "value" {
  value = nonsensitive(aws_ssm_parameter.drifted.value)
}
