"""The loss along segments between factors, in closed form."""
