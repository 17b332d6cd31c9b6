"""The library of activations as expressions, from which dual kernels, compiled code, tests and pages are derived.

An item is one line and needs no other registration; after adding one, run
`python -m ntk_symbolic.activations.code.codegen`.
The text is in the users' notation in u, parsed only when an expression or a derivation is requested.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Item:
    text: str
    source: str
    parameters: tuple[str, ...] = ()
    defaults: tuple[str, ...] = ()  # decimals, read exactly


relu = Item("Max(u, 0)", "Cho & Saul 2009")
leaky_relu = Item("Max(u, 0) + alpha*Min(u, 0)", "Maas, Hannun & Ng 2013", ("alpha",), ("0.01",))
abs = Item("Abs(u)", "Bruna & Mallat 2013")
abrelu = Item("alpha*Min(u, 0) + beta*Max(u, 0)", "Novak et al. 2020", ("alpha", "beta"), ("0", "1"))
relu2 = Item("Max(u, 0)**2", "Cho & Saul 2009 (order 2)")
relu3 = Item("Max(u, 0)**3", "Cho & Saul 2009 (order 3)")
step = Item("Heaviside(u)", "Cho & Saul 2009 (order 0)")
sign = Item("sign(u)", "Williams 1997")
erf = Item("erf(u)", "Williams 1997")
probit = Item("(1 + erf(u/sqrt(2)))/2", "Spiegelhalter & Lauritzen 1990")
gelu = Item("u*(1 + erf(u/sqrt(2)))/2", "Hendrycks & Gimpel 2016")
sin = Item("sin(u)", "Sitzmann et al. 2020")
cos = Item("cos(u)", "Rahimi & Recht 2007")
gaussian = Item("exp(-u**2)", "Williams 1997")
gabor = Item("exp(-u**2)*sin(u)", "Gabor 1946")
exp = Item("exp(u)", "Daniely, Frostig & Singer 2016")
tanh = Item("tanh(u)", "LeCun, Bottou, Orr & Müller 1998")
sigmoid = Item("1/(1 + exp(-u))", "Rumelhart, Hinton & Williams 1986")
softplus = Item("log(1 + exp(u))", "Dugas et al. 2001")
silu = Item("u/(1 + exp(-u))", "Elfwing, Uchibe & Doya 2018")
mish = Item("u*tanh(log(1 + exp(u)))", "Misra 2019")
arctan = Item("atan(u)", "Haykin 1994")
softsign = Item("u/(1 + Abs(u))", "Bergstra et al. 2009")
identity = Item("u", "Saxe, McClelland & Ganguli 2014")
elu = Item("Piecewise((u, u > 0), (alpha*(exp(u) - 1), True))", "Clevert et al. 2016", ("alpha",), ("1",))
selu = Item(
    "1.0507009873554804934193349852946*Piecewise((u, u > 0), (1.6732632423543772848170429916717*(exp(u) - 1), True))",
    "Klambauer et al. 2017",
)
relu6 = Item("Max(0, Min(6, u))", "Krizhevsky 2010")
hard_tanh = Item("Max(-1, Min(1, u))", "Collobert 2004")
hard_sigmoid = Item("Max(0, Min(6, u + 3))/6", "Howard et al. 2019")
hard_swish = Item("u*Max(0, Min(6, u + 3))/6", "Howard et al. 2019")
softshrink = Item("Max(u - 1/2, 0) + Min(u + 1/2, 0)", "Donoho & Johnstone 1994")

LIBRARY: dict[str, Item] = {name: item for name, item in globals().items() if isinstance(item, Item)}
