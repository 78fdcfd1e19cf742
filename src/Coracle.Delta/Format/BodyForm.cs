namespace Coracle.Delta;

/// <summary>The rest of an operation <see cref="OperationKind.Entry"/> or <see cref="OperationKind.Body"/>.</summary>
internal static class BodyForm
{
    public const int HasReference = 1, NoPadding = 2;
    public const int None = 0, Literal = 4, Patched = 8, Whole = 12;
    public const int BodyMask = 12, All = 15;
}
