// The engine is Linux's; said once, so that no test says it.
[assembly: System.Runtime.Versioning.SupportedOSPlatform("linux")]
