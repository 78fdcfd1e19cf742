using System.Globalization;
using Coracle.Http;
using Coracle.Oci;

namespace Coracle.Registry;

/// <summary>
/// Brings one blob into a pipe, however often the connection breaks: each try goes on at the exact byte with <c>Range</c>. Does
/// not hash: the reading side does, over what it was really given.
/// </summary>
/// <param name="from">The first byte wanted.</param>
/// <param name="end">The byte behind the last one wanted; null for all to the end.</param>
public sealed class BlobFetch(RegistrySession session, Descriptor blob, HandoffPipe pipe, IFetchObserver observer, long from = 0, long? end = null)
{
    private readonly long _end = end ?? blob.Size;
    private long _received = from;
    private bool _knowsNoRanges;

    /// <summary>Runs to the end and completes the pipe, with the failure if there is one, which it also throws.</summary>
    /// <exception cref="RegistryException">Refused, or broken more often than the options allow.</exception>
    /// <exception cref="ContentMismatchException">The registry announces another length than the descriptor.</exception>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        try
        {
            await FetchWithRetriesAsync(cancellationToken);
            pipe.Complete();
        }
        catch (Exception error)
        {
            pipe.Complete(error);
            throw;
        }
    }

    private async Task FetchWithRetriesAsync(CancellationToken cancellationToken)
    {
        Tries tries = new(session, blob.Size, observer);
        while (true)
        {
            try
            {
                await FetchRestAsync(cancellationToken);
                return;
            }
            catch (RegistryException error) when (error.IsTemporary && tries.AreLeft(_received))
            {
                await tries.WaitAsync(_received, error.RetryAfter, cancellationToken);
            }
        }
    }

    private async Task FetchRestAsync(CancellationToken cancellationToken)
    {
        using SilenceTimer silence = new(session.Options.SilenceTimeout, session.Time, cancellationToken);
        long offset = _knowsNoRanges ? 0 : _received;
        try
        {
            await using Exchange exchange = await session.OpenBlobAsync(blob.Digest, offset, end is null || _knowsNoRanges ? 0 : _end, silence, cancellationToken);
            long skip = BytesToSkip(exchange.Response);
            await CopyAsync(exchange, skip, silence, cancellationToken);
        }
        catch (RegistryException error) when (error.Problem == RegistryProblem.NoSuchRange && offset > 0)
        {
            throw WithoutRanges("416 Requested Range Not Satisfiable");
        }
        catch (Exception error) when (RegistrySession.IsBroken(error, silence))
        {
            throw RegistrySession.Broken(error);
        }
    }

    /// <summary>A server that knows no ranges starts over; what we have of it already is dropped.</summary>
    private long BytesToSkip(HttpClientResponse response)
    {
        if (response.Status != 206)
        {
            return RequireLength(response, blob.Size, skip: _received);
        }

        string range = response.Headers["Content-Range"] ?? "";
        string expected = string.Create(CultureInfo.InvariantCulture, $"bytes {_received}-{_end - 1}/");
        if (_knowsNoRanges || !range.StartsWith(expected, StringComparison.Ordinal))
        {
            throw WithoutRanges(range);
        }

        string total = range[expected.Length..];
        return total == "*" || total == blob.Size.ToString(CultureInfo.InvariantCulture)
            ? RequireLength(response, _end - _received, skip: 0)
            : throw new RegistryException(RegistryProblem.Protocol, $"the registry has another blob under {blob.Digest} than before: '{range}'");
    }

    /// <summary>The next try asks for the whole blob. It counts as a failed one, so that a server cannot lie for ever.</summary>
    private RegistryException WithoutRanges(string answer)
    {
        _knowsNoRanges = true;
        return new RegistryException(RegistryProblem.Unreachable, $"the registry answered the wrong range of blob {blob.Digest}: '{answer}'");
    }

    private long RequireLength(HttpClientResponse response, long expected, long skip)
        => response.ContentLength is { } length && length != expected
            ? throw ContentMismatchException.Size(blob.Digest, blob.Size, length + blob.Size - expected)
            : skip;

    /// <summary>Of a part, no more than that; of all to the end, one byte more would tell that the registry lies.</summary>
    private Memory<byte> Limited(Memory<byte> room) => end is null ? room : room[..(int)Math.Min(room.Length, _end - _received)];

    private async Task CopyAsync(Exchange exchange, long skip, SilenceTimer silence, CancellationToken cancellationToken)
    {
        while (true)
        {
            Memory<byte> room = await pipe.RoomAsync(cancellationToken);
            Memory<byte> wanted = skip > 0 ? room[..(int)Math.Min(skip, room.Length)] : Limited(room);
            if (wanted.IsEmpty)
            {
                if (exchange.Response.Status == 206)
                {
                    exchange.Finished();   // a server that knows no ranges goes on, and its connection is not to be used again
                }

                return;
            }

            int read = await exchange.Response.Body.ReadAsync(wanted, silence.Listen());
            silence.Rest();
            if (read == 0)
            {
                exchange.Finished();
                return;
            }

            if (skip > 0)
            {
                skip -= read;
                continue;
            }

            pipe.Advance(read);
            _received += read;
            observer.Received(_received);
            if (_received > blob.Size)
            {
                throw ContentMismatchException.Size(blob.Digest, blob.Size, _received);
            }
        }
    }
}
