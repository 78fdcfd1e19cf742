namespace Coracle.Cli;

/// <summary>A label of a container, volume or network.</summary>
internal sealed record LabelText(string Name, string Value);
