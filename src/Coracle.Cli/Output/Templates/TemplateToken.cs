namespace Coracle.Cli;

internal enum TokenKind
{
    Text,
    Open,
    Close,

    /// <summary><c>.Name</c></summary>
    Field,

    /// <summary><c>$</c>, <c>$name</c></summary>
    Variable,
    Word,
    String,
    Number,
    Dot,
    LeftParenthesis,
    RightParenthesis,
    Pipe,
    Assign,
    Declare,
    Comma,

    /// <summary>A character that means nothing here.</summary>
    Character,
    Space,
    Error,
    End,
}

/// <summary>One piece of a template's source.</summary>
/// <param name="Text">As it is written; of an error, its words.</param>
/// <param name="Position">Where it begins, in UTF-16 units.</param>
internal readonly record struct TemplateToken(TokenKind Kind, string Text, int Position);
