using System.Text.Json;
using Coracle.Core;
using Coracle.Http;

namespace Coracle.Api;

/// <summary>The one place where a thrown exception becomes an HTTP status. No endpoint catches.</summary>
internal static class ApiErrors
{
    public static int StatusOf(Exception error) => error switch
    {
        EngineException e => e.Refusal switch
        {
            Refusal.InvalidArgument => 400,
            Refusal.Unauthorized => 401,
            Refusal.Forbidden => 403,
            Refusal.NotFound => 404,
            Refusal.Conflict => 409,
            Refusal.NotImplemented => 501,
            Refusal.Unavailable => 503,
            _ => 500,
        },
        HttpFormatException e => e.Status,
        _ => 500,
    };

    /// <summary>Whether nobody foresaw this: such an error is logged, with its exception, where it is answered.</summary>
    public static bool IsUnexpected(Exception error) => error is not (EngineException or HttpFormatException);

    public static ApiResponse ResponseTo(Exception error) => Message(StatusOf(error), error.Message);

    public static ApiResponse Message(int status, string message) => ApiResponse.Json(status, json => Write(json, message));

    private static void Write(Utf8JsonWriter json, string message)
    {
        json.WriteStartObject();
        json.WriteString("message"u8, message);
        json.WriteEndObject();
    }
}
