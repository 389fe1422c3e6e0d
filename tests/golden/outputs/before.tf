output "kept" {
  value = "k"
}
output "changed" {
  value = "a"
}
output "gone" {
  value = 1
}
