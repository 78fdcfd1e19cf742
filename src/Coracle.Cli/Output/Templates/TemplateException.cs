namespace Coracle.Cli;

/// <summary>A template that cannot be read or filled, in the words of Go's text/template, which scripts and people know.</summary>
internal sealed class TemplateException(string message) : Exception(message);
