resource "terraform_data" "app" {
  input = {
    number      = 12345678901234567890123
    small       = 0.1
    truth       = true
    nothing     = null
    empty       = {}
    none        = []
    list        = ["a", "b", "c", "d", "e", "f", "g", "h"]
    tuple       = [1, "x", false, [1, [2]]]
    "odd key"   = "x"
    "new\nline" = "x"
    ""          = "empty key"
    long        = "0123456789"
    set         = toset(["a", "b", "c"])
    type        = "text"
    kept1       = 1
    kept2       = 2
  }
}

resource "terraform_data" "other" {
  input = ["a", { b = 1 }]
}
