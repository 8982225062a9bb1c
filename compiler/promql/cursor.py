"""A place in the tokens of an expression, with what was noted on the way."""

from typing import Final, NoReturn

from compiler.promql import literals
from compiler.promql.features import Feature
from compiler.promql.lexer import Lexer, Token
from compiler.promql.problem import Mark, Problem, PromQLError
from compiler.promql.syntax import Node, Word

NUMBER_WORDS: Final = frozenset({"inf", "nan"})
MAX_DEPTH: Final = 100


class Cursor:
    """Reads tokens one by one. `used` are the features that only some versions have, with their places."""

    def __init__(self, text: str, *, variables: bool = False) -> None:
        self.text = text
        self.tokens = Lexer(text, variables=variables).tokens()
        self.used: list[tuple[Feature, Node]] = []
        self.depth = 0
        self._index = 0

    @property
    def next(self) -> Token:
        """The token that is next."""
        return self.tokens[self._index]

    @property
    def at_end(self) -> bool:
        """Whether nothing is left."""
        return self.next.kind == "end"

    @property
    def after(self) -> Token:
        """The token after the next one."""
        return self.tokens[min(self._index + 1, len(self.tokens) - 1)]

    @property
    def previous(self) -> Token:
        """The token that was taken last."""
        return self.tokens[max(self._index - 1, 0)]

    def take(self) -> Token:
        """Go on by one token, and return it."""
        token = self.next
        if token.kind not in ("end", "wrong"):
            self._index += 1
        return token

    def is_symbol(self, *symbols: str) -> bool:
        """Whether the next token is one of the symbols."""
        return self.next.kind == "symbol" and self.next.text in symbols

    def is_number(self) -> bool:
        """Whether the next token is a number; so are the words `inf` and `nan`."""
        return self.next.kind == "number" or self.next.word in NUMBER_WORDS

    def take_word(self, *words: str) -> Word | None:
        """The next token, if it is one of the keywords."""
        return as_word(self.take()) if self.next.word in words else None

    def expect(self, symbol: str, where: str) -> Token:
        """The next token, which must be the symbol."""
        if not self.is_symbol(symbol):
            self.fail(f"expected `{symbol}` {where}, found {self.next.named()}")
        return self.take()

    def use(self, feature: Feature, start: int, end: int) -> None:
        """Note a feature that only some versions have."""
        self.used.append((feature, Node(start, end)))

    def fail(
        self, message: str, hint: str = "", at: Token | Node | None = None, marks: tuple[Mark, ...] = ()
    ) -> NoReturn:
        """Stop at the next token, or at what is given; a token that is wrong itself says so instead."""
        if at is None and self.next.problem:
            raise PromQLError(self.next.problem)
        place = at or self.next
        end = max(place.end, min(place.start + 1, len(self.text)))
        raise PromQLError(Problem(message, place.start, end, hint, marks))

    def seconds(self, token: Token) -> float:
        """The value of a number, or the seconds of a duration."""
        try:
            return literals.duration(token.text) / 1000 if token.kind == "duration" else literals.number(token.text)
        except ValueError as error:
            self.fail(str(error), at=token)

    def source(self, node: Node) -> str:
        """The text of a node, on one line."""
        return " ".join(self.text[node.start : node.end].split())


def as_word(token: Token) -> Word:
    """The token as a node."""
    return Word(token.start, token.end, token.text)
