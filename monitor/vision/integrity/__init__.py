"""What a camera's picture is worth."""
