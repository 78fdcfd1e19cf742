namespace Coracle.Cli;

/// <summary>A part of a template.</summary>
/// <param name="Position">Where it stands, for the words of an error.</param>
/// <param name="Text">As it was written.</param>
internal abstract record TemplateNode(int Position, string Text);

internal sealed record TextNode(int Position, string Text) : TemplateNode(Position, Text);

internal sealed record ActionNode(Pipeline Pipeline) : TemplateNode(Pipeline.Position, Pipeline.Text);

internal enum BranchKind
{
    If,
    With,
    Range,
}

internal sealed record BranchNode(BranchKind Kind, Pipeline Pipeline, List<TemplateNode> Body, List<TemplateNode>? Otherwise) : TemplateNode(Pipeline.Position, Pipeline.Text);

/// <summary><c>break</c> or <c>continue</c>.</summary>
internal sealed record LoopNode(int Position, bool IsBreak) : TemplateNode(Position, IsBreak ? "break" : "continue");

/// <summary><c>$a, $b := first | second</c></summary>
internal sealed record Pipeline(int Position, string Text, List<string> Variables, bool Declares, List<CallNode> Calls) : TemplateNode(Position, Text);

/// <summary>A function or a value, and what it is given.</summary>
internal sealed record CallNode(int Position, string Text, List<TemplateNode> Operands) : TemplateNode(Position, Text);

/// <summary>A value and the names below it: <c>.A.B</c>, <c>$x.A</c>, <c>(pipe).A</c>.</summary>
/// <param name="Root">Null for the dot.</param>
internal sealed record PathNode(int Position, string Text, TemplateNode? Root, List<string> Names) : TemplateNode(Position, Text);

internal sealed record VariableNode(int Position, string Text) : TemplateNode(Position, Text);

internal sealed record FunctionNode(int Position, string Text) : TemplateNode(Position, Text);

/// <summary>A string, a number, true, false, or nil (null).</summary>
internal sealed record ConstantNode(int Position, string Text, object? Value) : TemplateNode(Position, Text);
