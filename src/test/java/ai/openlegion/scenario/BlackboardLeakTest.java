package ai.openlegion.scenario;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.TreeSet;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/// Lists by readers with random rights over random keys: each shows what the same reader can get one by one, and no
/// entry more or less.
@Timeout(120)
@ExtendWith(LogOnFailure.class)
class BlackboardLeakTest {

    private static final long SEED = 20_261_122;
    private static final int READERS = 12;
    private static final String[] PARTS = {"a", "A", "ab", "b", "tasks", "task", "_", "%", "é", "x-1", "[a]", "~"};
    private static final String[] PATTERNS = {
        "*", "?", "[a-b]", "[!a]", "a*", "*b", "tasks", "task?", "_", "x-[0-9]", "A"
    };

    private static final Random RANDOM = new Random(SEED);
    private static final TreeSet<String> KEYS = new TreeSet<>();
    private static Mesh mesh;

    @BeforeAll
    static void start() throws Exception {
        MeshHome home = MeshHome.withoutUpstream().member("writer", "\"blackboard_write\": [\"*\"]");
        for (int i = 0; i < READERS; i++) {
            JsonArray globs = new JsonArray();
            for (int n = 1 + RANDOM.nextInt(3); n > 0; n--) {
                globs.add(path(PATTERNS));
            }
            home.member("reader" + i, "\"blackboard_read\": " + globs.encode());
        }
        mesh = Mesh.start(home);
        AgentClient writer = AgentClient.of(mesh, "writer");
        while (KEYS.size() < 120) {
            String key = path(PARTS);
            if (KEYS.add(key)) {
                assertThat(writer.put(encoded(key), new JsonObject()).status()).isEqualTo(200);
            }
        }
    }

    @AfterAll
    static void stop() throws Exception {
        mesh.close();
    }

    private static String path(String[] parts) {
        return IntStream.rangeClosed(0, RANDOM.nextInt(3))
                .mapToObj(_ -> parts[RANDOM.nextInt(parts.length)])
                .reduce((left, right) -> left + "/" + right)
                .orElseThrow();
    }

    private static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8);
    }

    @Test
    void a_list_shows_what_its_reader_can_get_and_nothing_else() {
        int readable = 0;
        for (int i = 0; i < READERS; i++) {
            AgentClient reader = AgentClient.of(mesh, "reader" + i);
            List<String> mine = KEYS.stream()
                    .filter(key -> reader.get(encoded(key)).status() == 200)
                    .toList();
            readable += mine.size();
            for (int n = 0; n < 8; n++) {
                String some = List.copyOf(KEYS).get(RANDOM.nextInt(KEYS.size()));
                String prefix = n == 0 ? "" : some.substring(0, RANDOM.nextInt(some.length() + 1));
                int limit = n == 0 ? 1000 : 1 + RANDOM.nextInt(9);
                assertThat(pages(reader, prefix, limit))
                        .as("%s below '%s' by %s, seed %s", reader.id(), prefix, limit, SEED)
                        .isEqualTo(mine.stream()
                                .filter(key -> key.startsWith(prefix))
                                .toList());
            }
        }
        assertThat(readable).as("readable by whom it may be").isBetween(100, READERS * KEYS.size() - 100);
    }

    private static List<String> pages(AgentClient reader, String prefix, int limit) {
        String query = "prefix=" + encoded(prefix) + "&limit=" + limit;
        List<String> found = new ArrayList<>();
        List<String> page = reader.keys(query);
        while (!page.isEmpty()) {
            found.addAll(page);
            page = reader.keys(query + "&after=" + encoded(page.getLast()));
        }
        return found;
    }
}
