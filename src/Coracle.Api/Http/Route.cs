namespace Coracle.Api;

/// <summary>One line of the table.</summary>
/// <param name="Template"><c>/containers/{id}/json</c>; <c>{name:.*}</c> takes any number of segments: image names have slashes.</param>
public sealed record Route(string Method, string Template, Func<ApiRequest, Task<ApiResponse>> Handler);
