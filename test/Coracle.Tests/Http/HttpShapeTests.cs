using Coracle.Http;
using Coracle.Tests.House;

namespace Coracle.Tests.Http;

/// <summary>Requests that no client sends: dockerd's answer, or one that <see cref="HttpShape"/> names.</summary>
public sealed class HttpShapeTests
{
    private static readonly IReadOnlyList<HttpShape> _shapes = HttpShape.ReadAll(Repository.Root);

    public static TheoryData<string> Names => [.. _shapes.Select(shape => shape.Name)];

    [Theory, MemberData(nameof(Names))]
    public async Task A_shape_is_answered_as_dockerd_does_or_refused(string name)
    {
        HttpShape shape = _shapes.Single(shape => shape.Name == name);
        await using TestServer server = new(AnswerAsync);
        Assert.Equal(shape.Ours, HttpShape.Statuses(await server.TalkAsync(shape.Request)));
    }

    [Fact]
    public void What_is_answered_otherwise_is_refused_or_reaches_no_other_request()
        => Assert.All(HttpShape.Otherwise, name =>
        {
            int status = Assert.Single(_shapes.Single(shape => shape.Name == name).Ours);
            Assert.True(status is >= 400 and <= 505 || name == "empty line before");
        });

    /// <summary>The engine's two answers that the shapes ask for, and its 404 for anything else.</summary>
    private static async Task AnswerAsync(HttpRequest request, HttpResponse response)
    {
        using MemoryStream body = new();
        await request.Body.CopyToAsync(body, request.Aborted);
        bool isExec = request.Path.EndsWith("/exec", StringComparison.Ordinal);
        response.Status = (request.Path == "/_ping" && request.Method == "GET") || request.Method == "OPTIONS" ? 200
            : isExec && !body.ToArray().AsSpan().SequenceEqual("{\"Cmd\":[\"a\"]}"u8) ? 400
            : 404;
    }
}
