package ai.openlegion.vault;

import java.util.Collection;

final class LeakSearch {
    LeakSearch(Collection<Secret> secrets) {}

    boolean finds(byte[] bytes, int from, int to) {
        return false;
    }

    int tail(byte[] bytes, int from, int to) {
        return 0;
    }
}
