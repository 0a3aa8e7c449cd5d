"""What a fit report means: coded findings with what to do about them."""
