namespace Coracle.Cli;

/// <summary>An argument of a template's function is of another type than the function wants.</summary>
/// <param name="index">Which argument, from 0.</param>
/// <param name="wanted">Go's name of the type.</param>
internal sealed class WrongArgumentException(int index, string wanted, object? value)
    : ArgumentException($"wrong type for value; expected {wanted}; got {GoText.TypeOf(value)}")
{
    public int Index => index;

    public string Wanted => wanted;
}
