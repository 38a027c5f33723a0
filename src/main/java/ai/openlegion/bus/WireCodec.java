package ai.openlegion.bus;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.eventbus.EventBus;
import io.vertx.core.eventbus.MessageCodec;

/// The one codec of the bus: hands every [Wire] record on by reference inside a node.
final class WireCodec implements MessageCodec<Wire, Wire> {

    static final String NAME = "wire";

    static void register(EventBus eventBus) {
        try {
            var _ = eventBus.registerCodec(new WireCodec());
        } catch (IllegalStateException alreadyThere) {
            // a second Bus over one Vertx shares the codec
            return;
        }
    }

    @Override
    public void encodeToWire(Buffer buffer, Wire message) {
        throw new IllegalStateException(
                "this build runs on one node; no wire form is defined for " + message.getClass());
    }

    @Override
    public Wire decodeFromWire(int position, Buffer buffer) {
        throw new IllegalStateException("this build runs on one node; no wire form is defined");
    }

    @Override
    public Wire transform(Wire message) {
        return message;
    }

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public byte systemCodecID() {
        return -1;
    }
}
