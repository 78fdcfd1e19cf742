namespace Coracle.Cli;

/// <summary>Source to tokens. A mistake is a token too, so that whatever the parser finds before it is told first, as Go's does.</summary>
internal sealed class TemplateLexer(string source)
{
    private const string Left = "{{";
    private const string Right = "}}";

    private readonly List<TemplateToken> _tokens = [];
    private int _at;
    private int _parentheses;

    public List<TemplateToken> Read()
    {
        bool trimsNext = false;
        while (_at < source.Length && !HasFailed)
        {
            int open = source.IndexOf(Left, _at, StringComparison.Ordinal);
            string text = open < 0 ? source[_at..] : source[_at..open];
            bool trimsBefore = open >= 0 && HasTrimAfter(open + Left.Length);
            text = trimsNext ? text.TrimStart(' ', '\t', '\r', '\n') : text;
            text = trimsBefore ? text.TrimEnd(' ', '\t', '\r', '\n') : text;
            if (text.Length > 0)
            {
                Add(TokenKind.Text, text, _at);
            }

            _at = open < 0 ? source.Length : open + Left.Length + (trimsBefore ? 2 : 0);
            trimsNext = open >= 0 && Action(open);
        }

        Add(TokenKind.End, "EOF", source.Length);
        return _tokens;
    }

    private bool HasFailed => _tokens.Count > 0 && _tokens[^1].Kind == TokenKind.Error;

    private bool HasTrimAfter(int at) => at + 1 < source.Length && source[at] == '-' && IsSpace(source[at + 1]);

    /// <returns>Whether the text after it loses its leading white space.</returns>
    private bool Action(int open)
    {
        if (source.AsSpan(_at).StartsWith("/*"))
        {
            return Comment();
        }

        Add(TokenKind.Open, Left, open);
        _parentheses = 0;
        while (!HasFailed)
        {
            if (IsTrimmedEnd(_at))
            {
                _at += 2;
                Close();
                return true;
            }

            if (source.AsSpan(_at).StartsWith(Right))
            {
                Close();
                return false;
            }

            Next();
        }

        return false;
    }

    private bool IsTrimmedEnd(int at) => at + 3 < source.Length && IsSpace(source[at]) && source[at + 1] == '-' && source.AsSpan(at + 2).StartsWith(Right);

    private void Close()
    {
        if (_parentheses > 0)
        {
            Fail("unclosed left paren");
            return;
        }

        Add(TokenKind.Close, Right, _at);
        _at += Right.Length;
    }

    private bool Comment()
    {
        int end = source.IndexOf("*/", _at + 2, StringComparison.Ordinal);
        if (end < 0)
        {
            Fail("unclosed comment");
            return false;
        }

        _at = end + 2;
        bool isTrimmed = IsTrimmedEnd(_at);
        _at += isTrimmed ? 2 : 0;
        if (!source.AsSpan(_at).StartsWith(Right))
        {
            Fail("comment ends before closing delimiter");
        }

        _at += Right.Length;
        return isTrimmed;
    }

    private void Next()
    {
        char c = _at < source.Length ? source[_at] : '\0';
        switch (c)
        {
            case '\0':
                Fail("unclosed action");
                break;
            case ' ' or '\t' or '\r' or '\n':
                Run(TokenKind.Space, IsSpaceBeforeNoEnd);
                break;
            case '"' or '`' or '\'':
                Quoted(c);
                break;
            case '.' when _at + 1 < source.Length && IsLetter(source[_at + 1]):
            case '$':
                Run(c == '.' ? TokenKind.Field : TokenKind.Variable, IsLetterOrDigit);
                break;
            case '.' when _at + 1 >= source.Length || !char.IsAsciiDigit(source[_at + 1]):
                Single(TokenKind.Dot);
                break;
            case ':' when source.AsSpan(_at).StartsWith(":="):
                Add(TokenKind.Declare, ":=", _at);
                _at += 2;
                break;
            case '(' or ')':
                Parenthesis(c);
                break;
            case '|' or '=' or ',':
                Single(c == '|' ? TokenKind.Pipe : c == '=' ? TokenKind.Assign : TokenKind.Comma);
                break;
            default:
                Other(c);
                break;
        }
    }

    private void Other(char c)
    {
        if (IsLetter(c))
        {
            Run(TokenKind.Word, IsLetterOrDigit);
        }
        else if (char.IsAsciiDigit(c) || c is '+' or '-' or '.')
        {
            Number();
        }
        else
        {
            Single(TokenKind.Character);
        }
    }

    private void Number()
    {
        bool isHex = source.AsSpan(_at).StartsWith("0x", StringComparison.OrdinalIgnoreCase);
        int end = _at + (isHex ? 2 : 1);
        while (end < source.Length && (isHex ? char.IsAsciiHexDigit(source[end]) : IsOfNumber(end)))
        {
            end++;
        }

        if (end < source.Length && IsLetterOrDigit(end))
        {
            Fail($"bad number syntax: \"{source[_at..(end + 1)]}\"");
            return;
        }

        Add(TokenKind.Number, source[_at..end], _at);
        _at = end;
    }

    private bool IsOfNumber(int at)
        => char.IsAsciiDigit(source[at]) || source[at] == '.' || (source[at] is 'e' or 'E' && at + 1 < source.Length && (char.IsAsciiDigit(source[at + 1]) || source[at + 1] is '+' or '-'))
            || (source[at] is '+' or '-' && source[at - 1] is 'e' or 'E');

    private void Parenthesis(char c)
    {
        _parentheses += c == '(' ? 1 : -1;
        if (_parentheses < 0)
        {
            Fail("unexpected right paren");
            return;
        }

        Single(c == '(' ? TokenKind.LeftParenthesis : TokenKind.RightParenthesis);
    }

    private void Quoted(char quote)
    {
        int end = _at + 1;
        while (end < source.Length && source[end] != quote && (quote == '`' || source[end] != '\n'))
        {
            end += quote != '`' && source[end] == '\\' ? 2 : 1;
        }

        if (end >= source.Length || source[end] != quote)
        {
            Fail(quote == '`' ? "unterminated raw quoted string" : quote == '"' ? "unterminated quoted string" : "unterminated character constant");
            return;
        }

        Add(quote == '\'' ? TokenKind.Number : TokenKind.String, source[_at..(end + 1)], _at);
        _at = end + 1;
    }

    private void Single(TokenKind kind) => Add(kind, source[_at].ToString(), _at++);

    /// <summary>The character here, and those after it that belong.</summary>
    private void Run(TokenKind kind, Predicate<int> belongs)
    {
        int end = _at + 1;
        while (end < source.Length && belongs(end))
        {
            end++;
        }

        Add(kind, source[_at..end], _at);
        _at = end;
    }

    private void Add(TokenKind kind, string text, int position) => _tokens.Add(new TemplateToken(kind, text, position));

    private void Fail(string words) => Add(TokenKind.Error, words, _at);

    private bool IsSpaceBeforeNoEnd(int at) => IsSpace(source[at]) && !IsTrimmedEnd(at);

    private bool IsLetterOrDigit(int at) => IsLetter(source[at]) || char.IsDigit(source[at]);

    private static bool IsLetter(char c) => c == '_' || char.IsLetter(c);

    private static bool IsSpace(char c) => c is ' ' or '\t' or '\r' or '\n';
}
