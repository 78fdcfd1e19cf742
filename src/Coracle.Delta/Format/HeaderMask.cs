namespace Coracle.Delta;

/// <summary>What differs from the prediction in an entry's headers.</summary>
internal static class HeaderMask
{
    public const int Name = 1, Time = 2, Template = 4, Link = 8, Patch = 16, PatchAgain = 32, Fields = 64, Records = 128, Raw = 256;
    public const int All = 511;

    public const int TypeField = 1, ModeField = 2, UidField = 4, GidField = 8, AllFields = 15;

    public const int MaxPatchPlaces = 64;
}
