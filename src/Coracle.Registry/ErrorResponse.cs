using System.Globalization;
using System.Text;
using System.Text.Json;
using Coracle.Oci;

namespace Coracle.Registry;

/// <summary>Turns a registry's refusal into Docker's words.</summary>
/// <remarks>distribution's client (HandleErrorResponse, parseHTTPErrorResponse) and moby's translatePullError.</remarks>
internal static class ErrorResponse
{
    /// <summary>Error bodies are short; of a long one (a web page) the beginning tells enough.</summary>
    public const int MaxBytes = 64 * 1024;

    private const int ShownBytes = 512;

    /// <param name="challenge">Of the answer, for the errors that OAuth puts there.</param>
    /// <param name="image">What is pulled; null for a push, whose refusals Docker passes on as they are.</param>
    public static RegistryException Translate(int status, AuthChallenge? challenge, ReadOnlySpan<byte> body, ImageReference? image)
    {
        if (status is < 400 or >= 500)
        {
            RegistryProblem problem = status >= 500 ? RegistryProblem.Unreachable : RegistryProblem.Protocol;
            return new RegistryException(problem, $"received unexpected HTTP status: {status} {ReasonOf(status)}".TrimEnd());
        }

        if (FromChallenge(challenge) is { } fromOAuth)
        {
            return InMobysWords(fromOAuth, image);
        }

        RegistryError? error = FromBody(status, body, out string parseFailure);
        if (error is null && status == 401)
        {
            error = new RegistryError("UNAUTHORIZED", "authentication required");
        }

        return error is { } known ? InMobysWords(known, image) : new RegistryException(
            status == 404 ? RegistryProblem.NotFound : RegistryProblem.Protocol,
            $"error parsing HTTP {status.ToString(CultureInfo.InvariantCulture)} response body: {parseFailure}: {Quote(body)}");
    }

    private static string ReasonOf(int status) => status switch
    {
        500 => "Internal Server Error",
        501 => "Not Implemented",
        502 => "Bad Gateway",
        503 => "Service Unavailable",
        504 => "Gateway Timeout",
        _ => "",
    };

    private static RegistryException InMobysWords(RegistryError error, ImageReference? image) => error.Code switch
    {
        "DENIED" or "MANIFEST_UNKNOWN" or "NAME_UNKNOWN" when image is null => new(RegistryProblem.NotFound, error.ToString()),
        "DENIED" => new(RegistryProblem.NotFound, $"pull access denied for {image!.FamiliarName}, repository does not exist or may require 'docker login': {error}"),
        "MANIFEST_UNKNOWN" => new(RegistryProblem.NotFound, $"manifest for {image!.Familiar} not found: {error}"),
        "NAME_UNKNOWN" => new(RegistryProblem.NotFound, $"repository {image!.FamiliarName} not found: {error}"),
        "UNAUTHORIZED" => new(RegistryProblem.Unauthorized, error.ToString()),
        "TOOMANYREQUESTS" => new(RegistryProblem.TooManyRequests, error.ToString()),
        "UNAVAILABLE" => new(RegistryProblem.Unreachable, error.ToString()),
        _ => new(RegistryProblem.Protocol, error.ToString()),
    };

    private static RegistryError? FromChallenge(AuthChallenge? challenge)
    {
        if (challenge?.Scheme != "bearer")
        {
            return null;
        }

        string description = challenge["error_description"];
        return challenge["error"] switch
        {
            "invalid_token" => new("UNAUTHORIZED", description.Length > 0 ? description : "authentication required"),
            "insufficient_scope" => new("DENIED", description.Length > 0 ? description : "requested access to the resource is denied"),
            _ => null,
        };
    }

    private static RegistryError? FromBody(int status, ReadOnlySpan<byte> body, out string failure)
    {
        failure = "no error details found in HTTP response body";
        ReadOnlySpan<byte> text = body.Trim(" \t\r\n"u8);
        if (text.IsEmpty)
        {
            failure = "unexpected end of JSON input";
            return null;
        }

        if (text[0] is not ((byte)'{' or (byte)'['))
        {
            failure = $"invalid character '{(char)text[0]}' looking for beginning of value";
            return null;
        }

        try
        {
            using JsonDocument document = GoJson.Parse(text.ToArray());
            return FirstError(status, document.RootElement);
        }
        catch (JsonException error)
        {
            failure = error.Message;
            return null;
        }
    }

    private static RegistryError? FirstError(int status, JsonElement root)
    {
        if (root.ValueKind != JsonValueKind.Object)
        {
            return null;
        }

        if (Text(root, "details") is { Length: > 0 } details)
        {
            string code = status switch { 401 => "UNAUTHORIZED", 403 => "DENIED", 429 => "TOOMANYREQUESTS", _ => "UNKNOWN" };
            return new RegistryError(code, details);
        }

        if (!root.TryGetProperty("errors", out JsonElement errors) || errors.ValueKind != JsonValueKind.Array || errors.GetArrayLength() == 0)
        {
            return null;
        }

        JsonElement first = errors[0];
        string? firstCode = first.ValueKind == JsonValueKind.Object ? Text(first, "code") : null;
        return firstCode is { Length: > 0 } ? new RegistryError(firstCode, Text(first, "message") ?? "") : null;
    }

    private static string? Text(JsonElement element, string name)
        => element.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    /// <summary>Go's %q, near enough: one line, no control characters.</summary>
    private static string Quote(ReadOnlySpan<byte> body)
    {
        StringBuilder quoted = new("\"");
        foreach (char c in Encoding.UTF8.GetString(body[..Math.Min(body.Length, ShownBytes)]))
        {
            quoted.Append(c switch { '\n' => "\\n", '\r' => "\\r", '\t' => "\\t", '"' => "\\\"", '\\' => "\\\\", _ => char.IsControl(c) ? "?" : c.ToString() });
        }

        return quoted.Append(body.Length > ShownBytes ? "…\"" : "\"").ToString();
    }

    /// <summary>One entry of a registry's <c>errors</c>; its text is Go's: the code in words, then the message.</summary>
    private readonly record struct RegistryError(string Code, string Message)
    {
        public override string ToString() => $"{Code.Replace('_', ' ').ToLowerInvariant()}: {Message}";
    }
}
