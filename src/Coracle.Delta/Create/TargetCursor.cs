namespace Coracle.Delta;

/// <summary>How far a target has been written: before an entry, or inside the body of one.</summary>
/// <param name="BodyOffset">More than 0: headers and so many bytes of the body have been written.</param>
/// <param name="TarOffset">The same place in the tar.</param>
internal readonly record struct TargetCursor(int Entry, long BodyOffset, long TarOffset);
