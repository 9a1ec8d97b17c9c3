"""The studio: a project made and dubbed on a page in the browser."""
