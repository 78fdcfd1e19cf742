using Coracle.Runtime;

return MonitorProcess.Run(args);
