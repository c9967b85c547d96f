"""AWS's services: how they are asked, and readable refusals."""
