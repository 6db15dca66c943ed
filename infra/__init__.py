"""What exists in a deployment of Karibche, how it is packaged and how it is put there."""
