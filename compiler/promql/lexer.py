"""PromQL text to tokens that know where they are.

Tokens are those of every Prometheus from 2.42 to 3.x; what only some of them take is noted by the parser as a feature.
Three things depend on where a token is: in braces a word has no colon and `=~` is an operator, in brackets `:` stands
alone, and a name that begins with a colon is a metric anywhere else.
https://prometheus.io/docs/prometheus/latest/querying/basics/
"""

import re
from typing import Final, Literal, NamedTuple

from compiler.promql.problem import Problem

Kind = Literal["word", "number", "duration", "string", "symbol", "variable", "wrong", "end"]


class Token(NamedTuple):
    """A stretch of the text. `problem` says what is wrong with one of kind `wrong`, after which nothing is read."""

    kind: Kind
    text: str
    start: int
    end: int
    problem: Problem | None = None

    @property
    def word(self) -> str:
        """The keyword that it may be: lower case, or "" if it is no word."""
        return self.text.lower() if self.kind == "word" else ""

    def named(self) -> str:
        """The token as a message names it."""
        if self.kind == "end":
            return "the end"
        return f"`{self.text if len(self.text) <= _SHOWN else self.text[: _SHOWN - 1] + '…'}`"


_SHOWN: Final = 30
_BLANK: Final = re.compile(r"(?:[ \t\n\r]+|#[^\n\r]*)+")
_WORD: Final = re.compile(r"[a-zA-Z_:][a-zA-Z0-9_:]*")
_PLAIN_WORD: Final = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*")
_DIGITS: Final = r"[0-9]+(?:_[0-9]+)*"
_NUMBER: Final = re.compile(
    rf"(?:0[xX]_?[0-9a-fA-F]+(?:_[0-9a-fA-F]+)*|(?:{_DIGITS}(?:\.(?:{_DIGITS})?)?|\.{_DIGITS})(?:[eE][+-]?{_DIGITS})?)"
    r"(?![0-9a-zA-Z_.])"
)
_DURATION: Final = re.compile(r"[0-9]+[smhdwy]s?(?:[0-9]+[smhdw]s?)*(?![0-9a-zA-Z_])")
_DURATION_WORDS: Final = ("step", "range", "min", "max")
_NUMBER_LIKE: Final = re.compile(r"[0-9.][0-9a-zA-Z_.]*")
_STRING: Final = re.compile(
    r""""(?:[^"\\\n\ufffd]|\\(?:[abfnrtv\\"]|[0-3][0-7]{2}|x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U00[01][0-9a-fA-F]{5}))*"
    |'(?:[^'\\\n\ufffd]|\\(?:[abfnrtv\\']|[0-3][0-7]{2}|x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U00[01][0-9a-fA-F]{5}))*'
    |`[^`\ufffd]*`""",
    re.VERBOSE,
)
_SURROGATE: Final = re.compile(r"(?<!\\)(?:\\\\)*\\(?:u[dD][89a-fA-F]|U0000[dD][89a-fA-F]|U001[1-9a-fA-F])")
_ESCAPE: Final = re.compile(r"\\(?:[abfnrtv\\\"']|[0-3][0-7]{2}|x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8})")
_SYMBOLS: Final = re.compile(r"==|!=|<=|>=|[-+*/%^<>=,(){}\[\]@]")
_IN_BRACES: Final = re.compile(r"=~|!~|!=|[=,{}]")
_IN_BRACKETS: Final = re.compile(r"[-+*/%^(),:\[\]]")
_VARIABLE: Final = re.compile(r"\$\{[^}\n]*\}|\$[a-zA-Z_][a-zA-Z0-9_]*|\[\[[^\]\n]*\]\]")
_QUOTES: Final = dict.fromkeys("“”„«»", '"') | dict.fromkeys("\u2018\u2019\u201a", "'")
_LOOKALIKES: Final = _QUOTES | {"≥": ">=", "≤": "<=", "≠": "!=", "×": "*", "÷": "/", "−": "-", "–": "-", "—": "-"}
_INVISIBLE: Final = dict.fromkeys("\u00a0\u2007\u202f\u3000", "a no-break space") | dict.fromkeys(
    "\u200b\u200c\u200d\u2060\ufeff", "an invisible character"
)
_BORROWED: Final = {
    "&": ("`&&` is not PromQL", "write `and`"),
    "|": ("`||` is not PromQL", "write `or`; between label values, use a regular expression: `=~`"),
    "!": ("`!` is not PromQL", "write `!=` or `unless`, or compare with 0: `== 0`"),
    ";": ("an expression ends without `;`", "remove it"),
    "?": ("`?` is not PromQL", "there is no conditional; write two expressions joined by `or`"),
}


class Lexer:
    """Reads one text from its start. With `variables`, Grafana's `$name` and `[[name]]` are tokens and no mistakes."""

    def __init__(self, text: str, *, variables: bool = False) -> None:
        self._text = text
        self._at = 0
        self._variables = variables
        self._open: list[Token] = []  # brackets, braces and parentheses that are open

    def tokens(self) -> list[Token]:
        """All tokens; the last one is of kind `end` or `wrong`."""
        found: list[Token] = []
        while not found or found[-1].kind not in ("end", "wrong"):
            found.append(self._next())
        return found

    def _next(self) -> Token:
        if blank := _BLANK.match(self._text, self._at):
            self._at = blank.end()
        if self._at == len(self._text):
            return self._unclosed() if self._open else self._take("end", self._at)
        inside = self._open[-1].text if self._open else ""
        if self._variables and (match := _VARIABLE.match(self._text, self._at)):
            return self._take("variable", match.end())
        char = self._text[self._at]
        if char in "\"'`":
            return self._string(char)
        if match := (_PLAIN_WORD if inside in ("{", "[") else _WORD).match(self._text, self._at):
            # In a range, Prometheus takes any letter for the colon of a subquery: `x[5m s]` is `x[5m:]` to it.
            is_letter = inside == "[" and match[0].lower() not in _DURATION_WORDS
            return self._take("word", self._at + 1 if is_letter else match.end())
        if inside != "{" and ((char.isascii() and char.isdigit()) or re.match(r"\.[0-9]", self._text[self._at :][:2])):
            return self._number()
        pattern = _IN_BRACES if inside == "{" else _IN_BRACKETS if inside == "[" else _SYMBOLS
        match = pattern.match(self._text, self._at)
        return self._symbol(match[0]) if match else self._unexpected(char, inside)

    def _take(self, kind: Kind, end: int) -> Token:
        token = Token(kind, self._text[self._at : end], self._at, end)
        self._at = end
        return token

    def _wrong(self, message: str, end: int, hint: str = "", also: Token | None = None) -> Token:
        marks = ((also.start, also.end, "opened here"),) if also else ()
        problem = Problem(message, self._at, end, hint, marks)
        return Token("wrong", self._text[self._at : end], self._at, end, problem)

    def _symbol(self, text: str) -> Token:
        end = self._at + len(text)
        if text in "([{":
            if self._open and self._open[-1].text in "{[" and text != "(":
                return self._wrong(f"`{text}` cannot be inside of `{self._open[-1].text}`", end, "", self._open[-1])
            token = self._take("symbol", end)
            self._open.append(token)
            return token
        if text in ")]}":
            pair = {")": "(", "]": "[", "}": "{"}[text]
            if not self._open:
                return self._wrong(f"nothing is open that `{text}` could close", end, "remove it")
            if self._open[-1].text != pair:
                return self._wrong(f"`{text}` does not close `{self._open[-1].text}`", end, "", self._open[-1])
            self._open.pop()
        return self._take("symbol", end)

    def _number(self) -> Token:
        if match := _NUMBER.match(self._text, self._at):
            return self._take("number", match.end())
        if match := _DURATION.match(self._text, self._at):
            return self._take("duration", match.end())
        match = _NUMBER_LIKE.match(self._text, self._at)
        end = match.end() if match else self._at + 1
        return self._wrong(f"`{self._text[self._at : end]}` is neither a number nor a duration", end, self._repair(end))

    def _repair(self, end: int) -> str:
        text = self._text[self._at : end]
        if re.fullmatch(r"[0-9]*\.[0-9]+(?:ms|[smhdwy])", text):
            return "durations have no fraction; use a smaller unit, such as 90m for 1.5h"
        if match := re.fullmatch(r"([0-9]+)(sec|min|hour|hr|day|week|year|month)s?", text):
            unit = {"month": "w", "min": "m"}.get(match[2], match[2][0])
            return f"write {match[1]}{unit}; the units are ms, s, m, h, d, w and y" if match[2] != "month" else _UNITS
        return _UNITS

    def _string(self, quote: str) -> Token:
        match = _STRING.match(self._text, self._at)
        if match:
            if quote != "`" and (wrong := _SURROGATE.search(match[0])):
                self._at += wrong.start()
                return self._wrong("this escape is no character", self._at + len(wrong[0]))
            return self._take("string", match.end())
        return self._bad_string(quote)

    def _bad_string(self, quote: str) -> Token:
        """What is wrong with the string that begins here."""
        opening, at = self._at, self._at + 1
        while at < len(self._text) and (quote == "`" or self._text[at] not in ("\n", quote)):
            char = self._text[at]
            if char == "\ufffd":
                self._at = at
                return self._wrong("U+FFFD, which stands for text that was lost, cannot be in a string", at + 1)
            if char == "\\" and quote != "`":
                escape = _ESCAPE.match(self._text, at)
                if not escape or (escape[0] in ('\\"', "\\'") and escape[0][1] != quote):
                    self._at = at
                    hint = 'write `\\\\` for a backslash, as in "\\\\d+" or "a\\\\.b"'
                    return self._wrong(f"`{self._text[at : at + 2]}` is no escape", min(at + 2, len(self._text)), hint)
                at = escape.end()
                continue
            at += 1
        return self._wrong("this string does not end", at if at > opening else at + 1, f"close it with {quote}")

    def _unclosed(self) -> Token:
        opening = self._open[-1]
        close = {"(": ")", "[": "]", "{": "}"}[opening.text]
        return self._wrong(f"`{opening.text}` is not closed", self._at, f"close it with `{close}`", opening)

    def _unexpected(self, char: str, inside: str) -> Token:
        end = self._at + 1
        if char in _LOOKALIKES:
            return self._wrong(f"`{char}` is not PromQL", end, f"write `{_LOOKALIKES[char]}`")
        if char in _INVISIBLE:
            return self._wrong(f"{_INVISIBLE[char]}, U+{ord(char):04X}", end, "replace it by a space")
        if match := _VARIABLE.match(self._text, self._at):
            hint = "only Grafana replaces it; write a duration or a value"
            return self._wrong(
                f"`{match[0]}` is a variable of Grafana, which Prometheus does not know", match.end(), hint
            )
        if inside == "{" and char == ":":
            return self._wrong("a label and its value are joined by `=`", end, 'write label="value"')
        message, hint = _BORROWED.get(char, (f"`{char}` cannot be here", ""))
        return self._wrong(message, end + (self._text[end : end + 1] == char and char in "&|"), hint)


_UNITS: Final = "a duration is whole numbers with ms, s, m, h, d, w or y, such as 5m or 1h30m"
