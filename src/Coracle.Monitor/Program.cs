using Coracle.Runtime;

return args.Length > 0 && args[0] == KeeperProcess.Role ? KeeperProcess.Run(args) : MonitorProcess.Run(args);
