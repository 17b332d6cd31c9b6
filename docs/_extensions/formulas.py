"""Formulas of the site by the package's own converter: MathML, no JavaScript, no network."""

from docutils import nodes

from ntk_symbolic.documents.mathml import mathml


def inline(self, node):
    self.body.append(mathml(node.astext()))
    raise nodes.SkipNode


def display(self, node):
    anchors = "".join(f'<span id="{name}"></span>' for name in node.get("ids", []))
    number = f'<span class="eqno">({node["number"]})</span>' if node.get("number") else ""
    self.body.append(f'<div class="math">{anchors}{mathml(node.astext(), display=True)}{number}</div>\n')
    raise nodes.SkipNode


def setup(app):
    app.add_html_math_renderer("mathml", (inline, None), (display, None))
    app.config.html_math_renderer = "mathml"
    return {"parallel_read_safe": True, "parallel_write_safe": True}
