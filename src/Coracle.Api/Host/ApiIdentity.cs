namespace Coracle.Api;

/// <summary>As whom the engine answers.</summary>
/// <param name="ReportedVersion">Docker's version that we are compatible with, or what <c>--report-version</c> says.</param>
/// <param name="OwnVersion">Coracle's.</param>
/// <param name="CalledAsBalena">Then <c>_ping</c>'s and <c>/version</c>'s engine is <c>balena-engine</c>.</param>
public sealed record ApiIdentity(string ReportedVersion, string OwnVersion, bool CalledAsBalena)
{
    public string ServerHeader => $"Docker/{ReportedVersion} (linux)";
}
