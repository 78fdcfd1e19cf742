using System.Collections.Concurrent;
using System.Text;

namespace Coracle.E2E;

/// <summary>Who may do what in a <see cref="TestRegistry"/>: distribution's docs/spec/auth/token.md, for one user.</summary>
internal sealed class TestRegistryTokens(TestRegistryOptions options)
{
    private readonly ConcurrentDictionary<string, TestToken> _given = new();

    public ConcurrentQueue<string> Scopes { get; } = new();

    /// <summary>Of <c>/token</c>: to whoever has the password.</summary>
    public TestAnswer Give(TestRequest request)
    {
        string expected = "Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes($"{options.User}:{options.Password}"));
        if (request["Authorization"] != expected)
        {
            return TestAnswer.Text(401, """{"details":"incorrect username or password"}""");
        }

        string scope = request.Query.GetValueOrDefault("scope", "");
        Scopes.Enqueue(scope);
        string token = $"token-{_given.Count + 1}";
        _given["Bearer " + token] = new TestToken(scope, options.TokenUses);
        return TestAnswer.Text(200, $$"""{"token":"{{token}}"}""");
    }

    /// <summary>Counts a use of the token.</summary>
    public bool Admits(TestRequest request)
        => options.User is null || (Find(request) is { } token && token.Covers(request) && token.Use());

    public bool Knows(TestRequest request) => options.User is null || (Find(request) is { UsesLeft: > 0 } token && token.Covers(request));

    public TestAnswer Challenge(TestRequest request, string address)
    {
        TestAnswer answer = TestAnswer.Error(401, "UNAUTHORIZED");
        string error = Find(request) is { } token && !token.Covers(request) ? ",error=\"insufficient_scope\"" : "";
        answer.Headers["WWW-Authenticate"] = $"Bearer realm=\"http://{address}/token\",service=\"test\"{error}";
        return answer;
    }

    private TestToken? Find(TestRequest request) => _given.GetValueOrDefault(request["Authorization"] ?? "");
}

/// <summary>One token: what it is for and how long it is good.</summary>
internal sealed class TestToken(string scope, int uses)
{
    private int _left = uses;

    public int UsesLeft => _left;

    public bool Use() => Interlocked.Decrement(ref _left) >= 0;

    public bool Covers(TestRequest request)
    {
        TestRoute route = TestRoute.Parse(request.Path);
        string wanted = request.Method is "GET" or "HEAD" ? "pull" : "push";
        return route.Kind.Length == 0
            || scope.Split(' ').Any(one => one.StartsWith($"repository:{route.Repository}:", StringComparison.Ordinal) && one.Split(':')[2].Split(',').Contains(wanted));
    }
}
