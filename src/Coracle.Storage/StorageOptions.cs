namespace Coracle.Storage;

/// <param name="DataRoot">Absolute. Made when it is missing.</param>
/// <param name="ReserveBytes">What a layer may not eat into: applying stops with "no space left on device" before it.</param>
public sealed record StorageOptions(string DataRoot, long ReserveBytes = 0);
