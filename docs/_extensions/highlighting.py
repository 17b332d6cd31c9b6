"""Colours for the notation of derivations: declarations, reasons, comments and quoted prose."""

from pygments.lexer import RegexLexer, words
from pygments.token import Comment, Keyword, String, Text

from ntk_symbolic.notation.declarations import WORDS


class DerivationLexer(RegexLexer):
    """The lexer of blocks that begin with ```derivation."""

    name = "Derivation"
    aliases = ("derivation",)
    tokens = {  # noqa: RUF012  (as Pygments wants it)
        "root": [
            (r"^\s*#.*$", Comment),
            (r"^(title|source|summary)(:)(.*)$", String),
            (words(WORDS, prefix=r"^", suffix=r"\b"), Keyword),
            (r"\bby\b.*$", Comment),
            (r'"[^"]*"', String),
            (r".|\n", Text),
        ]
    }


def setup(app):
    for name in ("derivation", "setting"):
        app.add_lexer(name, DerivationLexer)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
