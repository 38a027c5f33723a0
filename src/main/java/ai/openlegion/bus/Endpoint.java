package ai.openlegion.bus;

import java.time.Duration;

/// An address that answers each request of type `Q` with one answer of type `R`.
///
/// @param timeout how long [Bus#ask] waits before it fails with [BusException.Reason#TIMEOUT]
public record Endpoint<Q extends Wire, R extends Wire>(
        String address, Scope scope, Class<Q> request, Class<R> answer, Duration timeout) {

    /// An endpoint that is asked and served on one node, with the usual five seconds to answer.
    public static <Q extends Wire, R extends Wire> Endpoint<Q, R> node(
            String address, Class<Q> request, Class<R> answer) {
        return new Endpoint<>(address, Scope.NODE, request, answer, Duration.ofSeconds(5));
    }

    /// An endpoint with one owner in the cluster, with the usual five seconds to answer.
    public static <Q extends Wire, R extends Wire> Endpoint<Q, R> cluster(
            String address, Class<Q> request, Class<R> answer) {
        return new Endpoint<>(address, Scope.CLUSTER, request, answer, Duration.ofSeconds(5));
    }
}
