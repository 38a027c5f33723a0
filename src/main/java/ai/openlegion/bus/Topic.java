package ai.openlegion.bus;

/// An address on which facts of type `E` are published; named in the past tense (`budget.exhausted`).
public record Topic<E extends Wire>(String address, Scope scope, Class<E> fact) {

    /// A topic whose facts stay on this node.
    public static <E extends Wire> Topic<E> node(String address, Class<E> fact) {
        return new Topic<>(address, Scope.NODE, fact);
    }

    /// A topic whose facts reach every node.
    public static <E extends Wire> Topic<E> cluster(String address, Class<E> fact) {
        return new Topic<>(address, Scope.CLUSTER, fact);
    }
}
