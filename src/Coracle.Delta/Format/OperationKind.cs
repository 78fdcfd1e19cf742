namespace Coracle.Delta;

/// <summary>The low three bits of an operation.</summary>
internal enum OperationKind
{
    RunForward,
    RunBackward,
    Entry,
    Body,
    Raw,
    Zeros,
    ExecutableFilter,
    CompressedAnew,
}
