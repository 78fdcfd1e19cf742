using System.Text;

namespace Coracle.Cli;

/// <summary>One filling of a template: walks the nodes with a dot and the variables in sight.</summary>
/// <param name="isHeader">The words above a table: functions that shape a value leave a heading alone, and what is unknown is no mistake.</param>
internal sealed class TemplateRun(string name, string source, StringBuilder output, bool isHeader)
{
    /// <summary>What a template may print: a range over a number has no other bound.</summary>
    private const int MaxOutputChars = 64 << 20;

    private readonly List<Variable> _variables = [];
    private bool _isRaw;

    private enum Flow
    {
        Goes,
        Breaks,
        Continues,
    }

    /// <exception cref="TemplateException">What Go's executor would say; what was printed before stays.</exception>
    public void Execute(List<TemplateNode> nodes, object? dot)
    {
        _isRaw = dot is EngineValue { IsRaw: true };
        _variables.Add(new Variable("$", dot));
        Walk(nodes, dot);
    }

    private Flow Walk(List<TemplateNode> nodes, object? dot)
    {
        foreach (TemplateNode node in nodes)
        {
            Flow flow = node switch
            {
                TextNode text => Print(text, text.Text),
                ActionNode { Pipeline: { Variables.Count: > 0 } silent } => Evaluated(silent, dot),
                ActionNode action => Print(action, Printable(Evaluate(action.Pipeline, dot))),
                BranchNode branch => Branch(branch, dot),
                LoopNode loop => loop.IsBreak ? Flow.Breaks : Flow.Continues,
                _ => Flow.Goes,
            };
            if (flow != Flow.Goes)
            {
                return flow;
            }
        }

        return Flow.Goes;
    }

    private string Printable(object? value) => isHeader && value is null ? "<no value>" : GoText.Printed(value);

    private Flow Print(TemplateNode node, string text)
    {
        if (output.Length + text.Length > MaxOutputChars)
        {
            throw Fail(node, "too much output");
        }

        output.Append(text);
        return Flow.Goes;
    }

    private Flow Evaluated(Pipeline pipeline, object? dot)
    {
        Evaluate(pipeline, dot);
        return Flow.Goes;
    }

    private Flow Branch(BranchNode branch, object? dot)
    {
        int scope = _variables.Count;
        object? value = Evaluate(branch.Pipeline, dot);
        Flow flow = Flow.Goes;
        if (branch.Kind == BranchKind.Range)
        {
            flow = Range(branch, value, dot);
        }
        else if (TemplateFunctions.IsTrue(value))
        {
            flow = Walk(branch.Body, branch.Kind == BranchKind.With ? value : dot);
        }
        else if (branch.Otherwise is not null)
        {
            flow = Walk(branch.Otherwise, dot);
        }

        _variables.RemoveRange(scope, _variables.Count - scope);
        return flow;
    }

    private Flow Range(BranchNode branch, object? value, object? dot)
    {
        int scope = _variables.Count;
        bool isEmpty = true;
        List<string>? keys = value is EngineValue { IsMap: true } map ? map.Keys() : null;
        int count = keys?.Count ?? CountOf(branch, value);
        for (int i = 0; i < count; i++)
        {
            object? item = ItemOf(value, keys, i);
            isEmpty = false;
            _variables.RemoveRange(scope, _variables.Count - scope);
            Declare(branch.Pipeline, keys is null ? (long)i : keys[i], item);
            if (Walk(branch.Body, item) == Flow.Breaks)
            {
                break;
            }
        }

        return isEmpty && branch.Otherwise is not null ? Walk(branch.Otherwise, dot) : Flow.Goes;
    }

    private void Declare(Pipeline pipeline, object? key, object? item)
    {
        if (pipeline.Variables.Count == 1)
        {
            Set(pipeline.Variables[0], item, pipeline.Declares);
        }
        else if (pipeline.Variables.Count == 2)
        {
            Set(pipeline.Variables[0], key, pipeline.Declares);
            Set(pipeline.Variables[1], item, pipeline.Declares);
        }
    }

    private int CountOf(BranchNode branch, object? value) => value switch
    {
        EngineValue { IsList: true } list => list.Count,
        IReadOnlyList<object?> list => list.Count,
        long count => (int)Math.Clamp(count, 0, int.MaxValue),
        null or NoValue => 0,
        _ => throw Fail(branch.Pipeline, $"range can't iterate over {GoText.Of(value)}"),
    };

    private static object? ItemOf(object? value, List<string>? keys, int at) => value switch
    {
        EngineValue json => keys is null ? json.At(at) : json.At(keys[at]),
        IReadOnlyList<object?> list => list[at],
        _ => (long)at,
    };

    private object? Evaluate(Pipeline pipeline, object? dot)
    {
        object? value = null;
        for (int i = 0; i < pipeline.Calls.Count; i++)
        {
            value = Call(pipeline.Calls[i], dot, i > 0, value);
        }

        foreach (string variable in pipeline.Variables.Count == 1 ? pipeline.Variables : [])
        {
            Set(variable, value, pipeline.Declares);
        }

        return value;
    }

    /// <param name="isPiped">Whether the value before comes in as the last argument.</param>
    private object? Call(CallNode call, object? dot, bool isPiped, object? before)
    {
        TemplateNode first = call.Operands[0];
        if (first is FunctionNode function)
        {
            return Function(call, function, dot, isPiped, before);
        }

        if (first is ConstantNode { Value: null })
        {
            throw Fail(first, "nil is not a command");
        }

        object? value = Operand(first, dot);
        List<object?> arguments = Arguments(call, dot, isPiped, before);
        if (value is Func<string, string> method)
        {
            return arguments is [string key]
                ? method(key)
                : throw Fail(first, $"wrong number of args for {Last(first)}: want 1 got {arguments.Count}");
        }

        return arguments.Count == 0 ? value
            : first is PathNode { Names.Count: > 0 } ? throw Fail(first, $"{Last(first)} {(_isRaw ? "is not a method but has arguments" : "has arguments but cannot be invoked as function")}")
            : throw Fail(first, $"can't give argument to non-function {first.Text}");
    }

    private static string Last(TemplateNode node) => node is PathNode { Names: [.., string last] } ? last : node.Text;

    private List<object?> Arguments(CallNode call, object? dot, bool isPiped, object? before)
    {
        List<object?> arguments = [];
        foreach (TemplateNode operand in call.Operands.Where((_, i) => i > 0))
        {
            arguments.Add(operand is FunctionNode inner ? Function(call, inner, dot, false, null) : Operand(operand, dot));
        }

        if (isPiped)
        {
            arguments.Add(before);
        }

        return arguments;
    }

    /// <summary>Characters: json of json doubles with each step, so a template of a line could ask for more memory than there is.</summary>
    private const int MostOfAText = 1 << 20;

    private object? Function(CallNode call, FunctionNode function, object? dot, bool isPiped, object? before)
    {
        bool isCalled = ReferenceEquals(call.Operands[0], function);
        int count = isCalled ? call.Operands.Count - 1 + (isPiped ? 1 : 0) : 0;
        if (TemplateFunctions.CountComplaint(function.Text, count) is string complaint)
        {
            throw Fail(function, complaint);
        }

        if (TemplateFunctions.IsLazy(function.Text))
        {
            return Lazy(call, function, dot, isPiped, before);
        }

        List<object?> arguments = isCalled ? Arguments(call, dot, isPiped, before) : [];
        if (isHeader && function.Text is ("json" or "title" or "lower" or "upper" or "truncate" or "split" or "join"))
        {
            return arguments[0];
        }

        try
        {
            object? result = TemplateFunctions.Call(function.Text, arguments);
            return result is string { Length: > MostOfAText } ? throw Fail(call, $"error calling {function.Text}: its text is too long") : result;
        }
        catch (ArgumentException mistake)
        {
            throw mistake is WrongArgumentException wrong ? Wrong(call, wrong) : Fail(call, $"error calling {function.Text}: {mistake.Message}");
        }
    }

    /// <summary>Go checks a constant against the parameter when it reads it, and so has other words for it.</summary>
    private TemplateException Wrong(CallNode call, WrongArgumentException wrong)
    {
        TemplateNode node = wrong.Index + 1 < call.Operands.Count ? call.Operands[wrong.Index + 1] : call;
        string kind = wrong.Wanted == "int" ? "integer" : wrong.Wanted;
        return Fail(node, node is ConstantNode ? $"expected {kind}; found {node.Text}" : wrong.Message);
    }

    private object? Lazy(CallNode call, FunctionNode function, object? dot, bool isPiped, object? before)
    {
        object? value = null;
        bool stopsAt = function.Text == "or";
        foreach (TemplateNode operand in call.Operands.Where((_, i) => i > 0))
        {
            value = Operand(operand, dot);
            if (TemplateFunctions.IsTrue(value) == stopsAt)
            {
                return value;
            }
        }

        return isPiped ? before : value;
    }

    private object? Operand(TemplateNode node, object? dot) => node switch
    {
        ConstantNode constant => constant.Value,
        VariableNode variable => Get(variable.Text),
        PathNode path => Path(path, dot),
        FunctionNode function => throw Fail(function, $"can't evaluate command {function.Text}"),
        _ => null,
    };

    private object? Path(PathNode path, object? dot)
    {
        object? value = path.Root switch
        {
            null => dot,
            Pipeline pipeline => Evaluate(pipeline, dot),
            TemplateNode root => Operand(root, dot),
        };
        foreach (string field in path.Names)
        {
            value = Field(path, value, field);
        }

        return value;
    }

    private object? Field(PathNode path, object? value, string field) => value switch
    {
        EngineValue { TypeName: "", IsList: false } map => map.TryField(field, out object? found) ? found : throw Fail(path, $"map has no entry for key \"{field}\""),
        IFields fields when fields.TryField(field, out object? found) => found,
        IFields fields => isHeader ? null : throw Fail(path, $"can't evaluate field {field} in type {fields.TypeName}"),
        null or NoValue when isHeader => null,
        null => throw Fail(path, $"nil pointer evaluating {field}"),
        NoValue => _isRaw ? throw Fail(path, $"nil data; no entry for key \"{field}\"") : value,
        _ => throw Fail(path, $"can't evaluate field {field} in type {(_isRaw ? "interface {}" : GoText.TypeOf(value))}"),
    };

    private object? Get(string variable) => _variables.FindLast(v => v.Name == variable)?.Value;

    private void Set(string variable, object? value, bool declares)
    {
        if (!declares && _variables.FindLast(v => v.Name == variable) is Variable known)
        {
            known.Value = value;
            return;
        }

        _variables.Add(new Variable(variable, value));
    }

    private TemplateException Fail(TemplateNode node, string words)
    {
        int lineStart = source.LastIndexOf('\n', Math.Max(0, Math.Min(node.Position, source.Length) - 1)) + 1;
        int line = 1 + source.AsSpan(0, lineStart).Count('\n');
        int column = Encoding.UTF8.GetByteCount(source.AsSpan(lineStart, Math.Max(0, node.Position - lineStart)));
        return new TemplateException($"template: {name}:{line}:{column}: executing {GoQuote.Quote(name)} at <{node.Text}>: {words}");
    }

    /// <summary>A variable of the template in a scope.</summary>
    private sealed class Variable(string name, object? value)
    {
        public string Name => name;

        public object? Value { get; set; } = value;
    }
}
