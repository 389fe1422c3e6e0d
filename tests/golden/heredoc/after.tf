resource "terraform_data" "app" {
  input = "a line\n```\n~~~~\n</details>\n``````\n::set-output name=x::y\n@octocat  nextline #1\n"
}
