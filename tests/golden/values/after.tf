resource "terraform_data" "app" {
  input = {
    number      = 12345678901234567890124
    small       = 0.25
    truth       = false
    nothing     = "something"
    empty       = { now = {} }
    none        = [[]]
    list        = ["a", "c", "d", "d2", "e", "f", "h", "i"]
    tuple       = [1, "y", false, [1, [3]]]
    "odd key"   = "y"
    "new\nline" = "y"
    ""          = "empty key changed"
    long        = join("", [for i in range(300) : "${i}, "])
    set         = toset(["a", "c", "d"])
    type        = ["text"]
    kept1       = 1
    kept2       = 2
    ansi        = "\u001b[31mred\u001b[0m \r cr \u000c ff \u0085 nel \u2028 ls \u202e rtl"
  }
}

resource "terraform_data" "other" {
  input = "now text"
}
