using Coracle.Core;
using Coracle.Http;
using Microsoft.Extensions.Logging;

namespace Coracle.Api;

/// <summary>From an HTTP request to the endpoint's answer or to the error's. <see cref="HandleAsync"/> is the server's handler.</summary>
public sealed class ApiDispatcher(IReadOnlyList<Route> routes, ApiIdentity identity, ILogger logger)
{
    private readonly RouteTable _routes = new(routes);

    public async Task HandleAsync(HttpRequest http, HttpResponse response)
    {
        AddHeaders(response);
        (string? versionText, string path) = RouteTable.SplitVersion(http.Path);
        ApiVersion? version = versionText is null ? ApiVersion.Unversioned : ApiVersion.TryParse(versionText);
        if (_routes.Find(http.Method, path) is not var (route, values))
        {
            ApiRequest unknown = new(http, version ?? ApiVersion.Newest, new Dictionary<string, string>());
            await NotFound(http).SendAsync(unknown, response);
            return;
        }

        ApiRequest request = new(http, version ?? ApiVersion.Newest, values);
        try
        {
            ApiResponse answer = version is null ? throw TooOld(versionText!) : await route.Handler(request);
            await answer.SendAsync(request, response);
        }
        catch (Exception e) when (!ClientIsGone(http, e))
        {
            await AnswerErrorAsync(request, response, e);
        }
    }

    private async Task AnswerErrorAsync(ApiRequest request, HttpResponse response, Exception error)
    {
        if (ApiErrors.IsUnexpected(error))
        {
            Log.RequestFailed(logger, request.Http.Method, request.Http.Path, error);
        }
        else
        {
            Log.RequestRefused(logger, request.Http.Method, request.Http.Path, error.Message);
        }

        if (response.HasStarted)
        {
            // Too late for a status. Cutting the answer short is the only honest way to say that it is not whole.
            throw new ConnectionLostException("the answer was cut short", error);
        }

        await ApiErrors.ResponseTo(error).SendAsync(request, response);
    }

    private void AddHeaders(HttpResponse response)
    {
        response.Headers.Add("Api-Version", ApiVersion.NewestText);
        response.Headers.Add("Docker-Experimental", "false");
        response.Headers.Add("Ostype", "linux");
        response.Headers.Add("Server", identity.ServerHeader);
    }

    private static ApiResponse NotFound(HttpRequest http)
        => http.Method == "OPTIONS" ? ApiResponse.Ok : ApiErrors.Message(404, "page not found");

    private static EngineException TooOld(string version) => new(
        Refusal.InvalidArgument,
        $"client version {version} is too old. Minimum supported API version is {ApiVersion.OldestText}, "
        + "please upgrade your client to a newer version");

    private static bool ClientIsGone(HttpRequest http, Exception e)
        => e is ConnectionLostException || (e is OperationCanceledException && http.Aborted.IsCancellationRequested);
}
