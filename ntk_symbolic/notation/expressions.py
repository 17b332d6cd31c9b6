"""The only parser of users' formulas, from text to a SymPy expression, without evaluation.

Three gates, each narrower than the one before:

1. scan: the text is split into numbers, known names and operators; anything else is refused, with its position;
2. `ast.parse` finds the structure (never `eval`, never `sympify`, which runs its input);
3. a match over the few node types of formulas, separately for numbers and conditions, with bounded powers.

SymPy's own printing of an expression is in the notation, so `parse(str(expr))` returns the activation.
"""

from __future__ import annotations

import ast
import difflib
import math
import operator
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction

import sympy
from sympy import And, Expr, I, Or, Piecewise, Pow, Rational, Symbol, log, nan, oo, true, zoo
from sympy.logic.boolalg import Boolean

from ..elementary.queries import texts
from ..errors import NotationError

MAX_LENGTH = 2000  # characters
MAX_NESTING = 40  # brackets; SymPy's sign tests cost the square of it: 1/(1+1/(1+… takes 0.1 s at 40
MAX_NODES = 800
MAX_DIGITS = 300  # of one number, and of its decimal exponent's size
MAX_EXPONENT = 64
MAX_FRACTION = 100_000  # numerator and denominator of a power that is no integer: it is never multiplied out
MAX_DEGREE = 64  # of the whole, since ((u**64)**64)**64 passes any bound on single exponents
MAX_BITS = 4096  # of a number raised to a power
MAX_CASES = 8  # of Max, Min and Piecewise: SymPy compares cases with cases, for seconds where many are nested
MAX_BRANCHES = 16  # of a Piecewise: a spline of this many pieces has a closed dual
SIGNS = ("positive", "negative", "nonnegative", "nonpositive", "nonzero", "real")  # of a parameter: the first true one
MAX_ARGUMENTS = 8  # SymPy's Max compares all pairs: eleven different ones take 0.1 s


def parse(text: str, symbol: str = "u", parameters: Iterable[str] = ()) -> Expr:
    """The expression of `text`, in the real symbol `symbol` and real `parameters`, names or {name: sign}.

    Decimals are exact (0.1 is 1/10), `^` means `**`.
    Raises NotationError for anything but a formula, in one line with the place and the remedy.

    >>> parse("u * (1 + erf(u / sqrt(2))) / 2")
    u*(erf(sqrt(2)*u/2) + 1)/2
    >>> parse("Piecewise((u, u > 0), (0.1*u, True))")
    Piecewise((u, u > 0), (u/10, True))
    """
    if not isinstance(text, str):
        raise NotationError(f"an expression is a text such as 'tanh(u)', not {type(text).__name__}")
    symbols = _symbols(symbol, parameters)
    source, origin = _scan(text, symbols)
    reader = _Reader(source, origin, symbols)
    try:
        expr = reader.number(_tree(source, reader.at)).expr
        _refuse_infinite_or_complex(expr)
    except (RecursionError, MemoryError):  # ast.parse raises MemoryError for thousands of signs in a row
        raise NotationError(f"the expression is nested too deeply: {_short(text)}; write it flatter") from None
    return expr


# ── Gate 1: the scan ─────────────────────────────────────────────────────────────────────────────────────────────────

_TOKEN = re.compile(
    r"""(?P<space>[ \t\r\n]+)
      | (?P<number>(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)
      | (?P<name>[A-Za-z_]\w*)
      | (?P<operator>\*\*|<=|>=|==|!=|[-+*/^(),<>&|])""",
    re.VERBOSE | re.ASCII,
)


def _scan(text: str, symbols: dict[str, Symbol]) -> tuple[str, list[int]]:
    """The text in Python's spelling, in brackets, and for each of its characters the start of its token."""
    if len(text) > MAX_LENGTH:
        raise NotationError(f"the expression has {len(text)} characters, more than {MAX_LENGTH}; write a shorter one")
    if not text.strip():
        raise NotationError("the expression is empty; write one such as 'tanh(u)'")
    source, origin = ["("], [0]
    position = depth = cases = 0
    before = ""
    while position < len(text):
        match = _TOKEN.match(text, position)
        if match is None:
            raise NotationError(_unreadable(text, position))
        kind, token, start = match.lastgroup, match.group(), position
        position = match.end()
        if kind == "name":
            if before == "number":
                raise NotationError(f"a number runs into {token!r} at character {start + 1}; write * between them")
            if token not in symbols and token not in _NAMES:
                raise NotationError(_foreign(token, text[start:], start) or _unknown(token, start, symbols))
        if kind == "number":
            _check_number(token, start)
        depth += (token == "(") - (token == ")")
        cases += token.lower() in ("max", "min", "piecewise")
        if cases > MAX_CASES:
            raise NotationError(f"more than {MAX_CASES} of Max, Min, Piecewise at character {start + 1}; write fewer")
        if depth < 0:
            raise NotationError(f"the bracket at character {start + 1} closes nothing; remove it")
        if depth > MAX_NESTING:
            raise NotationError(f"more than {MAX_NESTING} open brackets at character {start + 1}; write it flatter")
        before = kind
        spelled = " " * len(token) if kind == "space" else "**" if token == "^" else token
        source.append(spelled)
        origin += [start] * len(spelled)
    if depth:
        raise NotationError(f"{depth} bracket{'s' * (depth > 1)} not closed in {_short(text)}; add the missing ')'")
    return "".join(source) + ")", [*origin, len(text)]


def _check_number(token: str, start: int) -> None:
    mantissa, _, exponent = token.lower().partition("e")
    if len(mantissa) > MAX_DIGITS or len(exponent) > 4 or abs(int(exponent or 0)) > MAX_DIGITS:
        raise NotationError(f"the number at character {start + 1} has more than {MAX_DIGITS} digits; write fewer")


def _unreadable(text: str, position: int) -> str:
    character, where = ascii(text[position]), f"at character {position + 1}"
    if text[position] == "=":
        return f"'=' {where} is not part of an expression; compare with == or <="
    if text[position] == ".":
        return f"'.' {where} belongs to no number; attributes are not part of the notation"
    if text[position] in _SPELLED:
        return f"{character} {where} is not part of the notation; write {_SPELLED[text[position]]}"
    return f"{character} {where} is not part of the notation; use letters, digits and + - * / ** ( ) , < > & |"


_SPELLED = {"²": "**2", "³": "**3", "×": "*", "·": "*", "−": "-", "√": "sqrt(...)", "π": "pi"}
_SPELLED |= dict.fromkeys("[{", "(") | dict.fromkeys("]}", ")")
_CASES_SPELLED = "write Piecewise((u, u > 0), (0, True)), or Max(u, 0), for cases"
_KEYWORDS = {
    "if": _CASES_SPELLED,
    "else": _CASES_SPELLED,
    "where": _CASES_SPELLED,
    "lambda": "write the expression in u alone, such as u**2",
    "and": "write (0 < u) & (u < 1)",
    "or": "write (u < 0) | (u > 1)",
    "not": "write the opposite condition",
}


def _foreign(name: str, rest: str, start: int) -> str:
    """The error for Python's keywords and for functions named with their module; "" for any other name."""
    dotted = re.match(r"(?:\w+\s*\.\s*)+(\w+)", rest, re.ASCII)
    last = dotted[1] if dotted else name
    where = f"at character {start + 1}"
    if last in _KEYWORDS:
        return f"{last!r} {where} is Python, and not part of the notation; {_KEYWORDS[last]}"
    return f"a module stands before {last!r} {where}; write {last}(u)" if dotted else ""


def _unknown(name: str, start: int, symbols: dict[str, Symbol]) -> str:
    known = [*symbols, *_NAMES]
    near = difflib.get_close_matches(name[:40], known, n=1)
    if near:
        remedy = f"did you mean {near[0]}?"
    elif name == "True" or len(name) == 1:
        remedy = f"the variable is {next(iter(symbols))}"
    else:
        remedy = "functions are exp, log, sqrt, sin, tanh, erf, Abs, Max, Min, Piecewise and others"
    return f"unknown name {_short(name)} at character {start + 1}; {remedy}"


def _short(text: str) -> str:
    return ascii(text if len(text) <= 40 else text[:37] + "...")


def _symbols(symbol: str, parameters: Iterable[str]) -> dict[str, Symbol]:
    names = [symbol, *parameters]
    for name in names:
        if not (isinstance(name, str) and re.fullmatch(r"[A-Za-z_]\w*", name, re.ASCII)):
            raise NotationError(f"{name!r} cannot name a symbol; use letters, digits and _")
        if name in _NAMES or not _is_free(name) or names.count(name) > 1:
            raise NotationError(f"the name {name!r} is taken; choose another for the symbol")
    signs = parameters if isinstance(parameters, Mapping) else {}
    for name, sign in signs.items():
        if sign not in SIGNS:
            raise NotationError(f"the sign of {name} is {sign!r}; known are {', '.join(SIGNS)}")
    return {name: Symbol(name, **{signs.get(name, "real"): True}) for name in names}


def _is_free(name: str) -> bool:
    try:
        return isinstance(ast.parse(name, mode="eval").body, ast.Name)  # no keyword
    except SyntaxError:
        return False


# ── Gate 2: the structure ────────────────────────────────────────────────────────────────────────────────────────────


def _tree(source: str, at: Callable[[ast.AST], str]) -> ast.expr:
    try:
        tree = ast.parse(source, mode="eval").body
    except SyntaxError as trouble:
        node = ast.Name(id="", col_offset=max((trouble.offset or 1) - 1, 0))
        bars = "; write Abs(u) for |u|" if source.count("|") > 1 else ""
        raise NotationError(
            f"the expression is broken{at(node)}; an operator, a comma or a value is missing{bars}"
        ) from None
    if sum(isinstance(node, ast.expr) for node in ast.walk(tree)) > MAX_NODES:
        raise NotationError(f"the expression has more than {MAX_NODES} parts; write a shorter one")
    return tree


# ── Gate 3: the match ────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class _Number:
    """An expression with bounds of its size: a bound of its degree, and its value if it is a constant."""

    expr: Expr
    degree: int
    value: float | None


@dataclass(frozen=True)
class _Function:
    """A name of the notation: its SymPy constructor, its value in floats, its number of arguments."""

    build: Callable[..., Expr]
    value: Callable[..., float]
    least: int = 1
    most: int = 1
    keeps_degree: bool = False  # |u|⁶⁴ still grows like u⁶⁴; tanh(u⁶⁴) does not


_FUNCTIONS: dict[str, _Function] = {
    **{
        name: _Function(
            row.function,
            row.float,
            row.arguments[0],
            int(min(row.arguments[1], MAX_ARGUMENTS)),
            keeps_degree=row.cases is not None and row.bound.is_infinite,
        )
        for name, row in texts().items()
    },
    "log1p": _Function(lambda x: sympy.log(1 + x), math.log1p),
    "expm1": _Function(lambda x: sympy.exp(x) - 1, math.expm1),
    "sqrt": _Function(sympy.sqrt, math.sqrt, keeps_degree=True),
}
_FUNCTIONS |= {"abs": _FUNCTIONS["Abs"], "max": _FUNCTIONS["Max"], "min": _FUNCTIONS["Min"]}
_CONSTANTS = {"pi": _Number(sympy.pi, 0, math.pi), "E": _Number(sympy.E, 0, math.e)}
_RELATIONS = {
    ast.Lt: sympy.Lt,
    ast.LtE: sympy.Le,
    ast.Gt: sympy.Gt,
    ast.GtE: sympy.Ge,
    ast.Eq: sympy.Eq,
    ast.NotEq: sympy.Ne,
}
_ARITHMETIC = {ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: operator.truediv}
_NAMES = (*_FUNCTIONS, "Piecewise", *_CONSTANTS, "Eq", "Ne", "True")
_EXPONENTS = f"exponents go up to {MAX_EXPONENT}, as fractions up to {MAX_FRACTION}/{MAX_FRACTION}"
_CASES = (sympy.Max, sympy.Min, Piecewise)
_TROUBLE = (TypeError, ValueError, ArithmeticError, AttributeError, NotImplementedError, MemoryError)


@dataclass(frozen=True)
class _Reader:
    source: str
    origin: list[int]
    symbols: dict[str, Symbol]

    def at(self, node: ast.AST) -> str:
        column = min(getattr(node, "col_offset", 0), len(self.origin) - 1)
        return " at the end" if column == len(self.origin) - 1 else f" at character {self.origin[column] + 1}"

    # numbers ─────────────────────────────────────────────────────────────────────────────────────────────────────────

    def number(self, node: ast.expr) -> _Number:
        match node:
            case ast.Constant(value=value) if type(value) in (int, float):  # bool is an int
                return self._constant(node)
            case ast.Name(id=name) if name in self.symbols:
                return _Number(self.symbols[name], 1, None)
            case ast.Name(id=name) if name in _CONSTANTS:
                return _CONSTANTS[name]
            case ast.Name(id=name) if name in _NAMES:
                raise NotationError(f"{name} is a function{self.at(node)}; write {name}(...)")
            case ast.UnaryOp(op=ast.USub(), operand=operand):
                inner = self.number(operand)
                return _Number(-inner.expr, inner.degree, None if inner.value is None else -inner.value)
            case ast.UnaryOp(op=ast.UAdd(), operand=operand):
                return self.number(operand)
            case ast.BinOp(left=left, op=ast.Pow(), right=right):
                return self._power(node, self.number(left), self.number(right))
            case ast.BinOp(left=left, op=op, right=right) if type(op) in _ARITHMETIC:
                return self._binary(node, _ARITHMETIC[type(op)], self.number(left), self.number(right))
            case ast.Call(func=ast.Name(id="Piecewise"), args=branches, keywords=[]):
                return self._piecewise(node, branches)
            case ast.Call(func=ast.Name(id=name), args=args, keywords=[]) if name in _FUNCTIONS:
                return self._call(node, name, [self.number(arg) for arg in args])
            case ast.Call(func=ast.Name(id=name)) if name in self.symbols or name in _CONSTANTS:
                raise NotationError(f"{name} is not a function{self.at(node)}; write {name}*(...)")
            case ast.Call():
                raise NotationError(
                    f"a bracket follows a part that is not a function{self.at(node)}; write * between them"
                )
            case ast.Tuple():
                raise NotationError(f"a comma outside a function{self.at(node)}; write decimals with a point")
        if self._is_condition(node):
            raise NotationError(f"a condition stands for a number{self.at(node)}; use Piecewise((value, condition), …)")
        raise NotationError(f"{type(node).__name__} is not part of the notation{self.at(node)}; write plain formulas")

    def _constant(self, node: ast.Constant) -> _Number:
        exact = Fraction(self.source[node.col_offset : node.end_col_offset])  # from the text: 0.1 is 1/10
        return self._bounded(node, lambda: Rational(exact.numerator, exact.denominator), 0, lambda: float(exact))

    def _binary(self, node: ast.expr, op: Callable, left: _Number, right: _Number) -> _Number:
        products = op in (operator.mul, operator.truediv)
        degree = left.degree + right.degree if products else max(left.degree, right.degree)
        if right.expr.is_zero and op is operator.truediv:
            raise NotationError(f"division by zero{self.at(node)}; write a denominator that is not 0")
        return self._built(node, lambda: op(left.expr, right.expr), degree, op, (left, right))

    def _power(self, node: ast.expr, base: _Number, exponent: _Number) -> _Number:
        power = exponent.expr
        if isinstance(power, Rational):
            if _too_large(power) or abs(power) * _bits(base.expr) > MAX_BITS:
                raise NotationError(f"the power{self.at(node)} is too large; {_EXPONENTS}")
            if base.expr.is_zero and power < 0:
                raise NotationError(f"division by zero{self.at(node)}; write a base that is not 0")
            degree = math.ceil(base.degree * abs(power))
        elif base.expr is sympy.E:
            return self._call(node, "exp", [exponent])
        elif isinstance(base.expr, Rational) and base.expr > 0:
            # rᵘ·r^(n−u) becomes rⁿ automatically, so the numbers of a symbolic exponent are bounded as well
            if _bits(base.expr) > MAX_EXPONENT or any(abs(n) > MAX_EXPONENT for n in power.atoms(Rational)):
                raise NotationError(f"the power{self.at(node)} is too large; exponents go up to {MAX_EXPONENT}")
            degree = 1
        else:
            raise NotationError(f"the exponent{self.at(node)} is not a number; write exp(… * log(…)) instead")
        return self._built(node, lambda: Pow(base.expr, power), degree, _real_power, (base, exponent))

    def _call(self, node: ast.expr, name: str, args: list[_Number]) -> _Number:
        function = _FUNCTIONS[name]
        if not function.least <= len(args) <= function.most:
            wanted = f"{function.least}" if function.least == function.most else f"{function.least} to {function.most}"
            raise NotationError(f"{name}{self.at(node)} has {len(args)} arguments; give it {wanted}")
        if name in ("exp", "expm1"):
            self._refuse_hidden_power(node, args[0].expr)
        degree = max(arg.degree for arg in args)
        degree = degree if function.keeps_degree else min(degree, 1)
        return self._built(node, lambda: function.build(*(a.expr for a in args)), degree, function.value, args)

    def _refuse_hidden_power(self, node: ast.expr, argument: Expr) -> None:
        """Raises NotationError for exp(n log r), which SymPy turns into rⁿ: 10⁹ log(1 + 10⁻⁹) into 10¹⁰ digits."""
        for term in sympy.Add.make_args(argument):
            if term.has(log) and any(abs(n) > MAX_EXPONENT for n in sympy.Mul.make_args(term) if n.is_Rational):
                raise NotationError(
                    f"exp of a large multiple of log{self.at(node)}; multiples go up to {MAX_EXPONENT}, as exponents do"
                )

    def _piecewise(self, node: ast.expr, branches: list[ast.expr]) -> _Number:
        if not branches or len(branches) > MAX_BRANCHES:
            raise NotationError(f"Piecewise{self.at(node)} has {len(branches)} branches; give it 1 to {MAX_BRANCHES}")
        pairs: list[tuple[_Number, Boolean]] = []
        for branch in branches:
            match branch:
                case ast.Tuple(elts=[value, condition]):
                    pairs.append((self.number(value), self.condition(condition)))
                case _:
                    raise NotationError(f"not a pair{self.at(branch)}; Piecewise takes (value, condition), …")
        if pairs[-1][1] is not true:
            raise NotationError(f"Piecewise{self.at(node)} leaves a gap; end it with (value, True)")
        degree = max(value.degree for value, _ in pairs)
        # SymPy solves compound conditions when it builds a Piecewise: slow, so those are kept unchanged. From one
        # within another it drops unreachable branches, and the rest would then seem to have a gap
        solved = not any(isinstance(condition, And | Or) or value.expr.has(Piecewise) for value, condition in pairs)
        arguments = [(value.expr, condition) for value, condition in pairs]
        return self._built(node, lambda: Piecewise(*arguments, evaluate=solved), degree, None, ())

    # conditions ──────────────────────────────────────────────────────────────────────────────────────────────────────

    def condition(self, node: ast.expr) -> Boolean:
        match node:
            case ast.Constant(value=True):
                return true
            case ast.BinOp(left=left, op=ast.BitAnd(), right=right):
                return And(self.condition(left), self.condition(right))
            case ast.BinOp(left=left, op=ast.BitOr(), right=right):
                return Or(self.condition(left), self.condition(right))
            case ast.Compare(left=left, ops=[op], comparators=[right]) if type(op) in _RELATIONS:
                return self._relation(node, _RELATIONS[type(op)], left, right)
            case ast.Call(func=ast.Name(id="Eq" | "Ne" as name), args=[left, right], keywords=[]):
                return self._relation(node, sympy.Eq if name == "Eq" else sympy.Ne, left, right)
            case ast.Compare():
                raise NotationError(f"a chain of comparisons{self.at(node)}; write (0 < u) & (u < 1)")
        raise NotationError(f"not a condition{self.at(node)}; write one such as u > 0, or True")

    def _relation(self, node: ast.expr, relation: Callable, left: ast.expr, right: ast.expr) -> Boolean:
        one, other = self.number(left).expr, self.number(right).expr
        if one.has(*_CASES) or other.has(*_CASES):  # SymPy would fold the cases into each other, for seconds
            raise NotationError(f"cases inside a condition{self.at(node)}; compare without Max, Min and Piecewise")
        try:
            return relation(one, other)
        except _TROUBLE:
            raise NotationError(f"the comparison{self.at(node)} has no meaning; compare real numbers") from None

    @staticmethod
    def _is_condition(node: ast.expr) -> bool:
        match node:
            case ast.Compare() | ast.Constant(value=bool()):
                return True
            case ast.BinOp(op=ast.BitAnd() | ast.BitOr()) | ast.Call(func=ast.Name(id="Eq" | "Ne")):
                return True
        return False

    # limits of every construction ──────────────────────────────────────────────────────────────────────────────────

    def _built(
        self, node: ast.expr, build: Callable[[], Expr], degree: int, value: Callable | None, args: Iterable[_Number]
    ) -> _Number:
        """The expression, built after all limits were checked: SymPy evaluates at any size."""
        if degree > MAX_DEGREE:
            raise NotationError(f"the degree{self.at(node)} is above {MAX_DEGREE}; write a lower power")
        values = [arg.value for arg in args]
        known = value is not None and None not in values
        return self._bounded(node, build, degree, (lambda: value(*values)) if value and known else None)

    def _bounded(
        self, node: ast.expr, build: Callable[[], Expr], degree: int, value: Callable[[], float] | None
    ) -> _Number:
        try:
            # Constants are within double precision, so that SymPy compares them cheaply
            constant = value() if value else None
        except OverflowError:
            raise NotationError(f"the constant{self.at(node)} is above 1e308; write a smaller one") from None
        except (ValueError, ZeroDivisionError):
            raise NotationError(f"the constant{self.at(node)} is not a real number; keep to real values") from None
        if constant is not None and not math.isfinite(constant):
            raise NotationError(f"the constant{self.at(node)} is above 1e308; write a smaller one")
        try:
            return _Number(build(), degree, constant)
        except _TROUBLE:
            raise NotationError(f"the expression{self.at(node)} has no real value; keep to real functions") from None


def _too_large(power: Rational) -> bool:
    return abs(power) > MAX_EXPONENT or max(abs(power.p), power.q) > (
        MAX_EXPONENT if power.is_Integer else MAX_FRACTION
    )


def _real_power(base: float, exponent: float) -> float:
    value = base**exponent
    if isinstance(value, complex):
        raise ValueError("complex")
    return value


def _bits(expr: Expr) -> int:
    """Bits of all the numbers in an expression, each of which a power may multiply."""
    return sum(n.p.bit_length() + n.q.bit_length() for n in expr.atoms(Rational))


def _refuse_infinite_or_complex(expr: Expr) -> None:
    if expr.has(oo, -oo, zoo, nan):
        raise NotationError("the expression is infinite or undefined; look for a division by zero")
    if expr.has(I):
        raise NotationError("the expression is complex; look for the root or logarithm of a negative number")
    if any(isinstance(p.exp, Rational) and _too_large(p.exp) for p in expr.atoms(Pow)):
        raise NotationError(f"the expression has a power that is too large; {_EXPONENTS}")
