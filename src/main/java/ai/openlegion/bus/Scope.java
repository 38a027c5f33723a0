package ai.openlegion.bus;

/// How far a message travels: to this node's own consumers, or to any node of the cluster.
public enum Scope {
    NODE,
    CLUSTER
}
