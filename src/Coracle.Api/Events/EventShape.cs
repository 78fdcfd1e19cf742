using System.Text.Json;
using Coracle.Core;

namespace Coracle.Api;

/// <summary>One event as Docker prints it, with the fields that API 1.52 took away and older clients read.</summary>
internal static class EventShape
{
    public static void Write(Utf8JsonWriter json, EngineEvent happened)
    {
        json.WriteStartObject();
        if (happened.Type is "container" or "image")
        {
            json.WriteString("status"u8, happened.Action);
            json.WriteString("id"u8, happened.ActorId);
            if (happened.Type == "container" && happened.Attributes.TryGetValue("image", out string? image))
            {
                json.WriteString("from"u8, image);
            }
        }

        json.WriteString("Type"u8, happened.Type);
        json.WriteString("Action"u8, happened.Action);
        json.WriteStartObject("Actor"u8);
        json.WriteString("ID"u8, happened.ActorId);
        json.WriteStartObject("Attributes"u8);
        foreach (string name in happened.Attributes.Keys.Order(StringComparer.Ordinal))
        {
            json.WriteString(name, happened.Attributes[name]);
        }

        json.WriteEndObject();
        json.WriteEndObject();
        json.WriteString("scope"u8, "local"u8);
        json.WriteNumber("time"u8, happened.At.ToUnixTimeSeconds());
        json.WriteNumber("timeNano"u8, LogTime.Of(happened.At));
        json.WriteEndObject();
    }
}
