namespace Coracle.E2E;

/// <summary>What kind of registry a <see cref="TestRegistry"/> is.</summary>
internal sealed record TestRegistryOptions
{
    /// <summary>Whether it lists referrers (distribution-spec v1.1), or answers 404 as those of before.</summary>
    public bool HasReferrers { get; init; } = true;

    /// <summary>Whether it keeps to the type asked for; it need not.</summary>
    public bool FiltersReferrers { get; init; } = true;

    /// <summary>Entries of one page of tags or referrers.</summary>
    public int PageSize { get; init; } = 100;

    /// <summary>Null lets everybody in; else pushes and pulls want a token of this user, which its own <c>/token</c> gives.</summary>
    public string? User { get; init; }

    public string Password { get; init; } = "";

    /// <summary>Requests that one token is good for.</summary>
    public int TokenUses { get; init; } = int.MaxValue;

    /// <summary>Whether a broken upload can be gone on with; docker-registry 2.8.2 answers 404 then.</summary>
    public bool ResumesUploads { get; init; } = true;

    /// <summary>Whether places of uploads are whole addresses.</summary>
    public bool HasAbsolutePlaces { get; init; }

    /// <summary>Host and port where uploads go on: a registry over the same store. Null: here.</summary>
    public string? UploadsAt { get; init; }

    /// <summary>Whether blobs may be mounted from other repositories, or such a wish begins an upload.</summary>
    public bool Mounts { get; init; } = true;
}

/// <summary>A fault to order: what becomes of one request.</summary>
internal sealed record TestFault
{
    /// <summary>Answered instead, with an error of the specification.</summary>
    public int? Status { get; init; }

    public string Code { get; init; } = "UNAVAILABLE";

    /// <summary>Bytes of the answer's body after which the connection ends.</summary>
    public long? CutAnswerAfter { get; init; }

    /// <summary>Bytes of the request's body that are taken (and kept, of an upload) before the connection ends.</summary>
    public long? CutRequestAfter { get; init; }

    /// <summary>Of the answer's body.</summary>
    public int? BytesPerSecond { get; init; }

    /// <summary>The body has one bit flipped; of a stored thing the answer names another digest.</summary>
    public bool IsWrong { get; init; }

    /// <summary>The whole is sent, whatever part was asked for.</summary>
    public bool IgnoresRange { get; init; }

    /// <summary>The same fault for the first requests that match, then none.</summary>
    public static Func<TestRequest, TestFault?> Times(int times, Func<TestRequest, bool> matches, TestFault fault)
    {
        int left = times;
        return request => matches(request) && Interlocked.Decrement(ref left) >= 0 ? fault : null;
    }
}
