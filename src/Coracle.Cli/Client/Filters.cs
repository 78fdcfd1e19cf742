using System.Text;

namespace Coracle.Cli;

/// <summary><c>--filter name=value</c> as the API wants it: <c>{"name":{"value":true}}</c>.</summary>
internal static class Filters
{
    /// <returns><c>&amp;filters=…</c>, or nothing.</returns>
    /// <exception cref="CliException">No equals sign.</exception>
    public static string Query(IReadOnlyList<string> filters)
    {
        if (filters.Count == 0)
        {
            return "";
        }

        byte[] json = Json.Bytes(writer =>
        {
            writer.WriteStartObject();
            foreach (string name in filters.Select(NameOf).Distinct())
            {
                writer.WriteStartObject(name);
                foreach (string value in filters.Where(f => NameOf(f) == name).Select(f => KeyValues.Split(f).Value.Trim()).Distinct())
                {
                    writer.WriteBoolean(value, true);
                }

                writer.WriteEndObject();
            }

            writer.WriteEndObject();
        });
        return "&filters=" + Uri.EscapeDataString(Encoding.UTF8.GetString(json));
    }

    private static string NameOf(string filter)
    {
        int equals = filter.IndexOf('=', StringComparison.Ordinal);
        return equals > 0 ? filter[..equals].Trim().ToLowerInvariant() : throw new CliException($"invalid filter '{filter}': a filter is name=value");
    }
}
