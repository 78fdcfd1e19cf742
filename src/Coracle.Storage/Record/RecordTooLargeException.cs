namespace Coracle.Storage;

/// <summary>A layer's headers and overwritten files do not fit into a record.</summary>
public sealed class RecordTooLargeException()
    : IOException($"layer refused: what its tar holds beside the files exceeds {RecordFormat.MaxFramesLength >> 20} MiB compressed");
