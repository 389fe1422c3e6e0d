terraform {
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 5.100"
    }
  }
}

resource "aws_sns_topic" "relevant" {
  name         = "golden-relevant"
  display_name = "ours"
}

resource "aws_sns_topic" "ignored" {
  name         = "golden-ignored"
  display_name = "ours"
  lifecycle {
    ignore_changes = [display_name]
  }
}

resource "aws_sns_topic" "unrelated" {
  name         = "golden-unrelated"
  display_name = "ours"
}

resource "aws_sns_topic" "gone" {
  name = "golden-gone"
}

resource "aws_sns_topic" "many" {
  count        = 2
  name         = "golden-many-${count.index}"
  display_name = "ours"
}

resource "aws_sns_topic" "tagged" {
  name = "golden-tagged"
  tags = { team = "infra", owner = "ours" }
}

resource "terraform_data" "uses" {
  input = [aws_sns_topic.relevant.display_name, aws_sns_topic.gone.arn, aws_sns_topic.many[*].display_name]
}

resource "terraform_data" "uses_one" {
  input = aws_sns_topic.tagged.tags["owner"]
}
