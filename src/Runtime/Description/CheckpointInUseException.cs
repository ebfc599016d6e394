namespace Islet;

/// <summary>A checkpoint can't be deleted, because a container or another checkpoint is based on it.</summary>
public sealed class CheckpointInUseException(string message) : CheckpointException(message);
