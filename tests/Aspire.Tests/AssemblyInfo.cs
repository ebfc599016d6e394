// Each machine is a process that emulates a processor: more than two tests at a time only slow each other down on a small host.
[assembly: Xunit.v3.Parallelization(MaxThreads = 2)]
