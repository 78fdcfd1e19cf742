using System.Globalization;
using System.Text.Json;
using Coracle.Core;
using Coracle.Http;
using Coracle.Oci;

namespace Coracle.Api;

/// <summary>One request, as an endpoint sees it: route values, decoded query, version, body.</summary>
public sealed class ApiRequest
{
    internal ApiRequest(HttpRequest http, ApiVersion version, IReadOnlyDictionary<string, string> route)
    {
        Http = http;
        Version = version;
        Route = route;
    }

    public HttpRequest Http { get; }

    public ApiVersion Version { get; }

    /// <summary>What stood at the names in the route's template, decoded.</summary>
    public IReadOnlyDictionary<string, string> Route { get; }

    /// <summary>Fires when the client has gone, or the engine stops.</summary>
    public CancellationToken Aborted => Http.Aborted;

    /// <summary>Null when the body is chunked; 0 when there is none.</summary>
    public long? BodyLength => Http.ContentLength;

    /// <summary>The first value of a query parameter; null when it is absent.</summary>
    public string? Query(string name) => Http.Query[name];

    public IReadOnlyList<string> QueryAll(string name) => Http.Query.AllOf(name);

    /// <summary>Docker's reading: absent is the default; empty, <c>0</c>, <c>no</c>, <c>false</c>, <c>none</c> are false; anything else is true.</summary>
    public bool QueryBool(string name, bool absent = false)
        => Query(name) is { } text ? IsTrue(text) : absent;

    /// <exception cref="EngineException">InvalidArgument: not a number.</exception>
    public int QueryInt(string name, int absent) => (int)QueryLong(name, absent, int.MinValue, int.MaxValue);

    /// <inheritdoc cref="QueryInt"/>
    public long QueryLong(string name, long absent, long min = long.MinValue, long max = long.MaxValue)
    {
        if (string.IsNullOrEmpty(Query(name)))
        {
            return absent;
        }

        string text = Query(name)!;
        return long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long number) && number >= min && number <= max
            ? number
            : throw new EngineException(Refusal.InvalidArgument, $"strconv.Atoi: parsing \"{text}\": invalid syntax");
    }

    /// <summary>The whole JSON body, or null when there is none. The caller disposes the document.</summary>
    /// <exception cref="EngineException">InvalidArgument: not declared as JSON, not JSON, or longer than <paramref name="maxBytes"/>.</exception>
    public async Task<JsonDocument?> ReadJsonAsync(int maxBytes)
    {
        ReadOnlyMemory<byte> bytes = await ReadJsonBytesAsync(maxBytes);
        if (bytes.IsEmpty)
        {
            return null;
        }

        try
        {
            return GoJson.Parse(bytes);
        }
        catch (JsonException e)
        {
            throw new EngineException(Refusal.InvalidArgument, $"invalid JSON: {e.Message}", e);
        }
    }

    /// <summary>The same, unparsed, for a reader of its own; empty when there is no body.</summary>
    /// <inheritdoc cref="ReadJsonAsync"/>
    public async Task<ReadOnlyMemory<byte>> ReadJsonBytesAsync(int maxBytes)
    {
        if (BodyLength == 0 && Http.Headers["Content-Type"] is null)
        {
            return default;
        }

        RequireJsonType();
        return await Http.ReadAllAsync(maxBytes) ?? throw TooLarge(maxBytes);
    }

    private void RequireJsonType()
    {
        const string Json = "application/json";
        string header = Http.Headers["Content-Type"] ?? "";
        ReadOnlySpan<char> type = header.AsSpan();
        int parameters = type.IndexOf(';');
        type = (parameters < 0 ? type : type[..parameters]).Trim();
        if (type.IsEmpty)
        {
            throw new EngineException(Refusal.InvalidArgument, "malformed Content-Type header (): mime: no media type");
        }

        if (!type.Equals(Json, StringComparison.OrdinalIgnoreCase))
        {
            throw new EngineException(Refusal.InvalidArgument, $"unsupported Content-Type header ({header}): must be '{Json}'");
        }
    }

    private static EngineException TooLarge(int maxBytes)
        => new(Refusal.InvalidArgument, $"request body too large: more than {maxBytes} bytes");

    private static bool IsTrue(string text) => text.Trim().ToUpperInvariant() is not ("" or "0" or "NO" or "FALSE" or "NONE");
}
