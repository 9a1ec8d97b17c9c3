"""Who a face is: embeddings, saved speakers, and choosing the target among the faces of a shot."""
