using System.Globalization;

namespace Coracle.Cli;

/// <summary>
/// Tokens to nodes: actions, if, with, range, else, break, continue, variables, pipelines and parentheses.
/// Named templates (define, template, block) are not there: a --format is one line.
/// </summary>
internal sealed class TemplateParser(string name, string source)
{
    /// <summary>Nesting of blocks and parentheses; the tree is walked by recursion.</summary>
    private const int MaxDepth = 100;

    private readonly List<TemplateToken> _tokens = new TemplateLexer(source).Read();
    private readonly List<string> _variables = ["$"];
    private int _at;
    private int _depth;
    private int _loops;

    /// <exception cref="TemplateException">What Go's parser would say.</exception>
    public List<TemplateNode> Parse()
    {
        (List<TemplateNode> nodes, string end) = List();
        return end.Length == 0 ? nodes : throw Fail($"unexpected {{{{{end}}}}}");
    }

    private TemplateToken Peek => _tokens[_at];

    /// <returns>The nodes, and the word that ended them: <c>end</c>, <c>else</c>, or nothing at the end of the source.</returns>
    private (List<TemplateNode> Nodes, string End) List()
    {
        List<TemplateNode> nodes = [];
        while (true)
        {
            TemplateToken token = Take();
            if (token.Kind is TokenKind.End)
            {
                return (nodes, "");
            }

            if (token.Kind == TokenKind.Text)
            {
                nodes.Add(new TextNode(token.Position, token.Text));
                continue;
            }

            SkipSpace();
            if (Peek is { Kind: TokenKind.Word, Text: "end" or "else" })
            {
                return (nodes, Take().Text);
            }

            nodes.Add(Action());
        }
    }

    private TemplateNode Action()
    {
        TemplateToken first = Peek;
        switch (first.Kind == TokenKind.Word ? first.Text : "")
        {
            case "if":
                Take();
                return Branch(BranchKind.If);
            case "with":
                Take();
                return Branch(BranchKind.With);
            case "range":
                Take();
                return Branch(BranchKind.Range);
            case "break" or "continue":
                Take();
                if (_loops == 0)
                {
                    throw Fail($"{{{{{first.Text}}}}} outside {{{{range}}}}");
                }

                Close(first.Text);
                return new LoopNode(first.Position, first.Text == "break");
            default:
                return new ActionNode(Pipe("command", TokenKind.Close));
        }
    }

    private BranchNode Branch(BranchKind kind)
    {
        Deeper();
        int scope = _variables.Count;
        string word = kind.ToString().ToLowerInvariant();
        Pipeline pipeline = Pipe(word, TokenKind.Close);
        _loops += kind == BranchKind.Range ? 1 : 0;
        (List<TemplateNode> body, string end) = List();
        _loops -= kind == BranchKind.Range ? 1 : 0;
        List<TemplateNode>? otherwise = null;
        if (end == "else")
        {
            otherwise = Otherwise(kind, word, ref end);
        }

        if (end.Length == 0)
        {
            throw Fail("unexpected EOF");
        }

        if (end == "end")
        {
            Close("end");
        }

        _variables.RemoveRange(scope, _variables.Count - scope);
        _depth--;
        return new BranchNode(kind, pipeline, body, otherwise);
    }

    /// <summary><c>else</c>, or <c>else if</c>, which brings the end with it.</summary>
    private List<TemplateNode> Otherwise(BranchKind kind, string word, ref string end)
    {
        SkipSpace();
        if (kind != BranchKind.Range && Peek.Kind == TokenKind.Word && Peek.Text == word)
        {
            Take();
            end = "closed";
            return [Branch(kind)];
        }

        Close("else");
        (List<TemplateNode> nodes, string last) = List();
        end = last == "else" ? throw Fail("expected end; found {{else}}") : last;
        return nodes;
    }

    private Pipeline Pipe(string context, TokenKind end)
    {
        SkipSpace();
        int position = Peek.Position;
        (List<string> variables, bool declares) = Variables(context);
        List<CallNode> calls = [];
        while (true)
        {
            SkipSpace();
            TemplateToken token = Peek;
            if (token.Kind == end)
            {
                Take();
                if (calls.Count == 0)
                {
                    throw Fail($"missing value for {context}");
                }

                if (declares)
                {
                    _variables.AddRange(variables);
                }

                return new Pipeline(position, string.Join(" | ", calls.ConvertAll(c => c.Text)), variables, declares, calls);
            }

            calls.Add(Call());
            SkipSpace();
            if (Peek.Kind == TokenKind.Pipe)
            {
                Take();
            }
        }
    }

    private (List<string> Names, bool Declares) Variables(string context)
    {
        int start = _at;
        List<string> names = [];
        while (Peek.Kind == TokenKind.Variable)
        {
            names.Add(Take().Text);
            SkipSpace();
            TemplateToken next = Peek;
            if (next.Kind is TokenKind.Declare or TokenKind.Assign)
            {
                Take();
                foreach (string used in next.Kind == TokenKind.Assign ? names : [])
                {
                    CheckKnown(used);
                }

                return (names, next.Kind == TokenKind.Declare);
            }

            if (next.Kind != TokenKind.Comma || context != "range" || names.Count > 1)
            {
                break;
            }

            Take();
            SkipSpace();
        }

        _at = start;
        return ([], false);
    }

    private CallNode Call()
    {
        List<TemplateNode> operands = [];
        int position = Peek.Position;
        while (Operand() is TemplateNode operand)
        {
            operands.Add(operand);
            if (Peek.Kind != TokenKind.Space)
            {
                break;
            }

            SkipSpace();
        }

        if (operands.Count == 0)
        {
            throw Unexpected(Peek, "command");
        }

        return Peek.Kind is TokenKind.Close or TokenKind.Pipe or TokenKind.RightParenthesis
            ? new CallNode(position, string.Join(' ', operands.ConvertAll(o => o.Text)), operands)
            : throw Unexpected(Peek, "operand");
    }

    private TemplateNode? Operand()
    {
        TemplateNode? term = Term();
        if (term is null || Peek.Kind != TokenKind.Field)
        {
            return term;
        }

        // Go names the second of several fields as the place of an error.
        int position = Peek.Position;
        List<string> names = term is PathNode { Names: var first } && term is not PathNode { Root: Pipeline } ? [.. first] : [];
        TemplateNode? root = term is PathNode path ? path.Root : term;
        string text = term.Text;
        while (Peek.Kind == TokenKind.Field)
        {
            TemplateToken field = Take();
            names.Add(field.Text[1..]);
            text += field.Text;
        }

        return term is ConstantNode ? throw Fail($"unexpected . after term \"{term.Text}\"") : new PathNode(position, text, root, names);
    }

    private TemplateNode? Term()
    {
        TemplateToken token = Peek;
        switch (token.Kind)
        {
            case TokenKind.Field:
                Take();
                return new PathNode(token.Position, token.Text, null, [token.Text[1..]]);
            case TokenKind.Dot:
                Take();
                return new PathNode(token.Position, ".", null, []);
            case TokenKind.Variable:
                Take();
                CheckKnown(token.Text);
                return new VariableNode(token.Position, token.Text);
            case TokenKind.String or TokenKind.Number or TokenKind.Word:
                Take();
                return Literal(token);
            case TokenKind.LeftParenthesis:
                Take();
                Deeper();
                Pipeline pipeline = Pipe("parenthesized pipeline", TokenKind.RightParenthesis);
                _depth--;
                return new PathNode(token.Position, $"({pipeline.Text})", pipeline, []);
            case TokenKind.Error:
                throw Fail(token.Text);
            default:
                return null;
        }
    }

    private TemplateNode Literal(TemplateToken token) => token switch
    {
        { Kind: TokenKind.String } => new ConstantNode(token.Position, token.Text, GoQuote.Unquote(token.Text) ?? throw Fail("invalid syntax")),
        { Kind: TokenKind.Number } => new ConstantNode(token.Position, token.Text, Number(token.Text)),
        { Text: "true" or "false" } => new ConstantNode(token.Position, token.Text, token.Text == "true"),
        { Text: "nil" } => new ConstantNode(token.Position, token.Text, null),
        _ when TemplateFunctions.Exists(token.Text) => new FunctionNode(token.Position, token.Text),
        _ => throw Fail($"function \"{token.Text}\" not defined"),
    };

    private object Number(string text)
    {
        if (text[0] == '\'')
        {
            return GoQuote.Unquote(text) is { Length: 1 } character ? (object)(long)character[0] : throw Fail($"malformed character constant: {text}");
        }

        return long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long whole) ? (object)whole
            : text.StartsWith("0x", StringComparison.OrdinalIgnoreCase) && long.TryParse(text[2..], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out long hex) ? hex
            : double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double real) ? real
            : throw Fail($"bad number syntax: \"{text}\"");
    }

    private void CheckKnown(string variable)
    {
        if (!_variables.Contains(variable))
        {
            throw Fail($"undefined variable \"{variable}\"");
        }
    }

    private void Deeper()
    {
        if (++_depth > MaxDepth)
        {
            throw Fail("nested too deeply");
        }
    }

    private void Close(string context)
    {
        SkipSpace();
        if (Take() is { Kind: not TokenKind.Close } other)
        {
            throw Unexpected(other, context);
        }
    }

    private void SkipSpace()
    {
        while (Peek.Kind == TokenKind.Space)
        {
            _at++;
        }
    }

    /// <exception cref="TemplateException">It is the lexer's mistake.</exception>
    private TemplateToken Take()
    {
        TemplateToken token = _tokens[_at];
        if (token.Kind == TokenKind.Error)
        {
            throw Fail(token.Text);
        }

        _at += token.Kind == TokenKind.End ? 0 : 1;
        return token;
    }

    private TemplateException Unexpected(TemplateToken token, string context)
        => token.Kind == TokenKind.Error ? Fail(token.Text) : Fail($"unexpected {(token.Kind == TokenKind.End ? "EOF" : GoQuote.Quote(token.Text))} in {context}");

    private TemplateException Fail(string words)
    {
        int line = 1 + source.AsSpan(0, Math.Min(Peek.Position, source.Length)).Count('\n');
        return new TemplateException($"template: {name}:{line}: {words}");
    }
}
