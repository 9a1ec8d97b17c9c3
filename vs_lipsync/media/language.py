"""Languages as containers name them."""

import langcodes
from langcodes.tag_parser import LanguageTagError

__all__ = ["to_iso639_2"]


def to_iso639_2(tag: str) -> str:
    """Return the ISO 639-2 code of a language, of three letters and in the terminology form: MP4 knows no other.

    Args:
        tag: a BCP 47 tag such as "de", "pt-BR" or "yue", or an ISO 639 code of three letters such as "deu" or "ger".

    Raises:
        ValueError: it is no such tag, or of no language that is known.
    """
    try:
        language = langcodes.Language.get(tag)
        if language.is_valid():
            return language.to_alpha3(variant="T")
    except (LanguageTagError, LookupError):
        pass
    raise ValueError(f"{tag!r:.60} is no ISO 639 code of a language, such as de or deu")
