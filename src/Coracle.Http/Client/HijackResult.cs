namespace Coracle.Http;

/// <summary>What became of the wish to leave HTTP: the stream where the server agreed, its answer where it did not.</summary>
/// <param name="Stream">Null when refused; then <paramref name="Refusal"/> says why.</param>
/// <param name="ContentType">Of the agreeing answer: raw or multiplexed.</param>
public sealed record HijackResult(HijackedStream? Stream, string? ContentType, HttpClientResponse? Refusal);
