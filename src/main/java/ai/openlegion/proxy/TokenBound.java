package ai.openlegion.proxy;

/// The fixed sums by which a chat template can exceed the tokens of the text itself.
final class TokenBound {

    private static final int BASE = 16;
    private static final int PER_MESSAGE = 8;
    private static final int PER_OBJECT = 8;
    private static final int PER_TOOL = 32;
    private static final int HAVING_TOOLS = 512;

    private TokenBound() {}

    static long overhead(int messages, int nestedObjects, int tools) {
        return BASE
                + (long) PER_MESSAGE * messages
                + (long) PER_OBJECT * nestedObjects
                + (tools == 0 ? 0 : HAVING_TOOLS + (long) PER_TOOL * tools);
    }
}
