import {
  to = terraform_data.app
  id = "abc"
}
