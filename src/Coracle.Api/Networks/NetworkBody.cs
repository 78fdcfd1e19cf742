using System.Text.Json;
using Coracle.Core;
using Coracle.Wire;

namespace Coracle.Api;

/// <summary>Bodies of the network endpoints; each has one.</summary>
internal static class NetworkBody
{
    private const int MaxBytes = 1 << 20;

    /// <exception cref="EngineException">400: none, or not of that shape. 501: an option that is not built.</exception>
    public static async Task<T> ReadAsync<T>(ApiRequest request, JsonTable<T> table)
        where T : class
    {
        using JsonDocument? body = await request.ReadJsonAsync(MaxBytes);
        if (body is null)
        {
            throw new EngineException(Refusal.InvalidArgument, "invalid JSON: got EOF while reading request body");
        }

        JsonReading reading = new();
        T? wanted = table.Read(body.RootElement, reading);
        if (wanted is null || reading.Problem is not null)
        {
            throw new EngineException(Refusal.InvalidArgument, "invalid JSON: " + (reading.Problem ?? "no object"));
        }

        return reading.NotBuilt is [string first, ..] ? throw NotBuilt.Option(first) : wanted;
    }
}
