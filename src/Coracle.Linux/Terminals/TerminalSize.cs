namespace Coracle.Linux;

/// <summary>In characters; zero where the terminal does not know.</summary>
public readonly record struct TerminalSize(int Rows, int Columns);
