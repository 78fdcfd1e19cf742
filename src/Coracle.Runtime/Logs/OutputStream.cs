namespace Coracle.Runtime;

/// <summary>Which output of the container; the values are those of Docker's frame header.</summary>
internal enum OutputStream : byte
{
    Stdout = 1,
    Stderr = 2,
}
