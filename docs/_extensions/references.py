"""The works that pages cite: one table, a page of it, and a link for every arXiv number in prose."""

import re
from dataclasses import dataclass
from html import escape

import ntk_symbolic
from ntk_symbolic.documents.page import Html


@dataclass(frozen=True)
class Work:
    """A work on arXiv, or one with a place of publication."""

    authors: str
    year: int
    title: str
    arxiv: str = ""
    place: str = ""

    @property
    def html(self) -> str:
        said = f"{escape(self.authors)} {self.year}: <em>{escape(self.title)}</em>."
        return f"{said} {address(self.arxiv)}." if self.arxiv else f"{said} {escape(self.place)}."


WORKS = (
    Work("Amari", 1998, "Natural gradient works efficiently in learning", place="Neural Computation 10"),
    Work("Arora et al.", 2019, "On exact computation with an infinitely wide neural net", "1904.11955"),
    Work(
        "Bottou, Curtis & Nocedal", 2018, "Optimization methods for large-scale machine learning", "1606.04838"
    ),
    Work("Ba, Kiros & Hinton", 2016, "Layer normalization", "1607.06450"),
    Work(
        "Belfer et al.", 2021, "Spectral analysis of the neural tangent kernel for deep residual networks", "2104.03093"
    ),
    Work("Cho & Saul", 2009, "Kernel methods for deep learning", place="NeurIPS 22"),
    Work(
        "Daniely, Frostig & Singer",
        2016,
        "Toward deeper understanding of neural networks: the power of initialization and a dual view on expressivity",
        "1602.05897",
    ),
    Work("Hanin & Nica", 2019, "Finite depth and width corrections to the neural tangent kernel", "1909.05989"),
    Work(
        "He et al.",
        2015,
        "Delving deep into rectifiers: surpassing human-level performance on ImageNet classification",
        "1502.01852",
    ),
    Work("He, Lakshminarayanan & Teh", 2020, "Bayesian deep ensembles via the neural tangent kernel", "2007.05864"),
    Work(
        "Huang et al.",
        2020,
        "Why do deep residual networks generalize better than deep feedforward networks? A neural tangent kernel perspective",
        "2002.06262",
    ),
    Work("Huang & Yau", 2019, "Dynamics of deep neural networks and neural tangent hierarchy", "1909.08156"),
    Work(
        "Jacot, Gabriel & Hongler",
        2018,
        "Neural tangent kernel: convergence and generalization in neural networks",
        "1806.07572",
    ),
    Work(
        "Karimi, Nutini & Schmidt",
        2016,
        "Linear convergence of gradient and proximal-gradient methods under the Polyak–Łojasiewicz condition",
        "1608.04636",
    ),
    Work("Krogh & Hertz", 1991, "A simple weight decay can improve generalization", place="NeurIPS 4"),
    Work(
        "Lee et al.", 2018, "Deep neural networks as Gaussian processes", "1711.00165"
    ),
    Work(
        "Lee et al.",
        2019,
        "Wide neural networks of any depth evolve as linear models under gradient descent",
        "1902.06720",
    ),
    Work("Martens", 2020, "New insights and perspectives on the natural gradient method", "1412.1193"),
    Work(
        "Mehler",
        1866,
        "Ueber die Entwicklung einer Function von beliebig vielen Variablen nach Laplaceschen Functionen höherer Ordnung",
        place="Journal für die reine und angewandte Mathematik 66",
    ),
    Work(
        "Poole et al.", 2016, "Exponential expressivity in deep neural networks through transient chaos", "1606.05340"
    ),
    Work(
        "Price",
        1958,
        "A useful theorem for nonlinear devices having Gaussian inputs",
        place="IRE Transactions on Information Theory 4",
    ),
    Work("Rasmussen & Williams", 2006, "Gaussian processes for machine learning", place="MIT Press"),
    Work("Schoenholz et al.", 2017, "Deep information propagation", "1611.01232"),
    Work(
        "Sohl-Dickstein et al.",
        2020,
        "On the infinite width limit of neural networks with a standard parameterization",
        "2001.07301",
    ),
    Work("Trefethen", 2008, "Is Gauss quadrature better than Clenshaw–Curtis?", place="SIAM Review 50"),
    Work("Williams", 1997, "Computing with infinite networks", place="NeurIPS 9"),
    Work(
        "Xiao, Pennington & Schoenholz",
        2020,
        "Disentangling trainability and generalization in deep neural networks",
        "1912.13053",
    ),
    Work("Zhang & Sennrich", 2019, "Root mean square layer normalization", "1910.07467"),
)  # fmt: skip
NUMBERS = frozenset(work.arxiv for work in WORKS if work.arxiv)


class Uncited(RuntimeError):
    """A page with a work on arXiv that the table lacks, for which no site is made."""


def address(number: str) -> str:
    return f'<a class="reference external" href="https://arxiv.org/abs/{number}">arXiv {number}</a>'


def references_html() -> Html:
    return Html(f"<ul>{''.join(f'<li>{work.html}</li>' for work in WORKS)}</ul>")


def citation_html() -> Html:
    """The BibTeX entry of the current version."""
    entry = (
        "@software{ntk_symbolic,\n"
        "  title   = {ntk\\_symbolic: derived and checked kernels of infinitely wide networks},\n"
        "  author  = {{The ntk\\_symbolic developers}},\n"
        f"  version = {{{ntk_symbolic.__version__}}},\n"
        "  license = {MIT},\n"
        "}"
    )
    return Html(f'<div class="highlight"><pre>{escape(entry)}</pre></div>')


_LINK = re.compile(
    r"(?P<kept><(?P<tag>a|code|pre|svg|style|script)\b.*?</(?P=tag)>|<[^>]*>)|arXiv (?P<number>\d{4}\.\d{4,5})", re.S
)


def linked(body: str) -> str:
    """Every arXiv number in prose as a link; links and code are unchanged. Raises Uncited.

    >>> linked("<p>Jacot et al. 2018, arXiv 1806.07572, section 3</p>")[:72]
    '<p>Jacot et al. 2018, <a class="reference external" href="https://arxiv.or'
    """

    def link(match: re.Match[str]) -> str:
        if match["kept"] is not None:
            return match["kept"]
        if match["number"] not in NUMBERS:
            raise Uncited(f"arXiv {match['number']} is not in the table of references.py")
        return address(match["number"])

    return _LINK.sub(link, body)


def _link_page(app, pagename, templatename, context, doctree):
    if context.get("body"):
        context["body"] = linked(context["body"])


def setup(app):
    app.connect("html-page-context", _link_page)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
