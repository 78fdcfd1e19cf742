namespace Coracle.Cli;

/// <summary>Something with fields that a template may name: a row of a table.</summary>
internal interface IFields
{
    /// <summary>Go's name of it, for the words of an error.</summary>
    string TypeName { get; }

    /// <param name="value">Null, a string, a long, a double, a bool, an <see cref="EngineValue"/>, a list of those, or a function of one string.</param>
    bool TryField(string name, out object? value);

    /// <summary>All of it, as Go's encoding/json writes it.</summary>
    string ToJson();
}
