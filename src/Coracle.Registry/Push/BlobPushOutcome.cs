namespace Coracle.Registry;

/// <summary>How a blob came to be in its repository.</summary>
public enum BlobPushOutcome
{
    /// <summary>It was there: nothing was sent.</summary>
    AlreadyThere,

    /// <summary>The registry took it from another repository of its own: nothing was sent.</summary>
    Mounted,

    Uploaded,
}
