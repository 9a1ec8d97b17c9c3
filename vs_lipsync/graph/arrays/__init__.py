"""What travels from node to node: named arrays, packed into frames."""
