using System.Globalization;
using Coracle.Oci;

namespace Coracle.Registry;

/// <summary>One upload as the registry counts it: where it wants the next bytes, and how many it has.</summary>
/// <remarks>
/// distribution-spec v1.1, "Pushing blobs". Once a part has broken off docker-registry 2.8.2 answers everything at that place with 404,
/// BLOB_UPLOAD_INVALID (measured), so there a broken upload begins anew; others go on.
/// </remarks>
internal sealed class BlobUpload(RegistrySession session, Descriptor blob, Stream content, IPushObserver observer)
{
    /// <summary>The most that a registry may ask for as the least part; 5 MiB is what those on S3 ask for.</summary>
    private const int MostPartBytes = 256 * 1024 * 1024;

    private const string Octets = "application/octet-stream";

    private Uri? _place;
    private int _partBytes = session.Options.UploadPartBytes;
    private bool _isResumed;
    private bool _knowsNoResuming;

    /// <summary>It goes in one request: what a break costs is less than the questions would.</summary>
    private bool IsSmall => blob.Size <= session.Options.UploadPartBytes / 4;

    /// <summary>Bytes that the registry has said it has.</summary>
    public long Taken { get; private set; }

    /// <summary>Asks how far a broken upload had come.</summary>
    /// <returns>False where there is none to go on with.</returns>
    public async Task<bool> ResumeAsync(CancellationToken cancellationToken)
    {
        (Uri? place, long taken) = (_place, Taken);
        (_place, Taken) = (null, 0);
        if (place is null || IsSmall || _knowsNoResuming)
        {
            return false;
        }

        Answer answer = await session.AskAsync(new RequestLine("GET", place), ErrorResponse.MaxBytes, cancellationToken);
        // 0-0 is what some say who have nothing: one byte is no loss.
        long end = answer.Response.IsSuccess ? EndOf(answer) : 0;
        if (end <= 0 || end >= blob.Size)
        {
            return false;
        }

        _place = answer.Response.Headers["Location"] is { } moved ? session.Resolve(answer, moved) : place;
        (Taken, _isResumed) = (end + 1, _isResumed || end + 1 != taken);
        return true;
    }

    /// <summary>Begins an upload.</summary>
    /// <returns>True where the registry mounted the blob instead.</returns>
    public async Task<bool> BeginAsync(string? mountFrom, CancellationToken cancellationToken)
    {
        string mount = mountFrom is null ? "" : $"?mount={Uri.EscapeDataString(blob.Digest.ToString())}&from={Uri.EscapeDataString(mountFrom)}";
        Answer answer = await session.AskAsync(new RequestLine("POST", session.AddressOf("blobs/uploads/" + mount)), ErrorResponse.MaxBytes, cancellationToken);
        answer.RequireSuccess(session);
        if (answer.Status == 201 && mountFrom is not null)
        {
            answer.RequireDigest(blob.Digest);
            return true;
        }

        _place = PlaceIn(answer);
        (Taken, _isResumed) = (0, false);
        if (int.TryParse(answer.Response.Headers["OCI-Chunk-Min-Length"], NumberStyles.None, CultureInfo.InvariantCulture, out int least))
        {
            _partBytes = Math.Clamp(least, session.Options.UploadPartBytes, MostPartBytes);
        }

        return false;
    }

    /// <summary>Sends what the registry does not have yet, and closes the upload.</summary>
    public async Task SendAsync(CancellationToken cancellationToken)
    {
        while (!IsSmall && Taken < blob.Size)
        {
            await SendPartAsync(cancellationToken);
        }

        await CloseAsync(cancellationToken);
    }

    private async Task SendPartAsync(CancellationToken cancellationToken)
    {
        long length = Math.Min(_partBytes, blob.Size - Taken);
        RequestContent part = new(Octets, content, Taken, length) { IsPart = true, Observer = observer };
        Answer answer = await AskAsync(new RequestLine("PATCH", _place!) { Content = part }, cancellationToken);
        long taken = answer.Response.Headers["Range"] is null ? Taken + length : EndOf(answer) + 1;
        if (taken <= Taken || taken > Taken + length)
        {
            throw Lost(answer, $"the registry has {taken} bytes of blob {blob.Digest}, which cannot be");
        }

        (_place, Taken) = (PlaceIn(answer), taken);
    }

    private async Task CloseAsync(CancellationToken cancellationToken)
    {
        string digest = (_place!.Query.Length == 0 ? "?" : "&") + "digest=" + Uri.EscapeDataString(blob.Digest.ToString());
        RequestLine line = new("PUT", new Uri(_place.AbsoluteUri + digest))
        {
            Content = new RequestContent(Octets, content, Taken, blob.Size - Taken) { Observer = observer },
        };
        Answer answer = await AskAsync(line, cancellationToken);
        answer.RequireDigest(blob.Digest);
        Taken = blob.Size;
    }

    /// <summary>One step of the upload.</summary>
    private async Task<Answer> AskAsync(RequestLine line, CancellationToken cancellationToken)
    {
        Answer answer = await session.AskAsync(line, ErrorResponse.MaxBytes, cancellationToken);
        // 404: it knows this upload no longer. 416: it has another number of bytes than we think.
        if (answer.Status is 404 or 416)
        {
            throw Lost(answer, session.RefusalOf(answer).Message);
        }

        if (answer.Status == 400 && _isResumed)
        {
            // What it said it had was not what we had sent: once more, from the first byte.
            _knowsNoResuming = true;
            throw Lost(answer, session.RefusalOf(answer).Message);
        }

        answer.RequireSuccess(session);
        return answer;
    }

    private static RegistryException Lost(Answer answer, string message)
        => new(RegistryProblem.Unreachable, answer.Line.Describe(message));

    private Uri PlaceIn(Answer answer) => session.Resolve(answer, answer.Response.Headers["Location"]);

    /// <returns>The last byte that the registry has, from <c>Range: 0-99</c>; -1 where it says nothing that can be understood.</returns>
    private static long EndOf(Answer answer)
    {
        ReadOnlySpan<char> range = answer.Response.Headers["Range"];
        // RFC 9110 would have the unit in front, and some put it there.
        range = range.StartsWith("bytes=", StringComparison.Ordinal) ? range["bytes=".Length..] : range;
        return range.StartsWith("0-", StringComparison.Ordinal) && long.TryParse(range[2..], NumberStyles.None, CultureInfo.InvariantCulture, out long end)
            ? end
            : -1;
    }
}
