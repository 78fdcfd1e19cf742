namespace Coracle.Wire;

/// <summary>Coracle's own version, as engine and command line tell it.</summary>
/// <remarks>Written down, not read from the assembly's attribute: that needs reflection at run time. A test compares the two.</remarks>
public static class ProductVersion
{
    public const string Text = "0.1.0";
}
