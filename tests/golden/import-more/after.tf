import {
  to = terraform_data.same
  id = "one"
}

import {
  to = terraform_data.changed
  id = "two"
}

import {
  to = terraform_data.replaced
  id = "three"
}

import {
  for_each = { "a.b" = "four", "c\"d" = "five" }
  to       = terraform_data.each[each.key]
  id       = each.value
}

resource "terraform_data" "same" {}

resource "terraform_data" "changed" {
  input = "new"
}

resource "terraform_data" "replaced" {
  triggers_replace = "new"
}

resource "terraform_data" "each" {
  for_each = toset(["a.b", "c\"d"])
}
