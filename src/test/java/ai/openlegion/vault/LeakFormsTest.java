package ai.openlegion.vault;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

/// Credentials in every encoding, escaped by chance and cut anywhere, in each of the searches.
class LeakFormsTest {

    private static final long SEED = 20261122;

    @Test
    void a_value_is_found_in_every_encoding_behind_any_escapes_and_wherever_it_is_cut() {
        Random random = new Random(SEED);
        for (int round = 0; round < 60; round++) {
            String value = Written.value(random, 12 + random.nextInt(round % 10 == 0 ? 1500 : 60));
            Vault vault = vault(random, value);
            for (Written way : Written.values()) {
                String text = "so: " + way.of(value) + " and so on";
                String json = Written.json(text, random, random.nextInt(3) * 5);
                if (random.nextInt(3) == 0) {
                    json = Written.json("{\"x\":\"" + json + "\"}", random, random.nextInt(2) * 5);
                }
                String as = "seed " + SEED + " round " + round + " " + way + " in " + json;
                byte[] document = ("{\"a\":\"\\\\\",\"b\":\"" + json + "\"}").getBytes(UTF_8);
                assertThat(vault.leaks(document, 0, document.length)).as(as).isTrue();
                byte[] inside = json.getBytes(UTF_8);
                for (int cut = 0; cut <= inside.length; cut += value.length() > 100 ? 97 : 1) {
                    LeakWatch watch = vault.watch();
                    assertThat(watch.completes(inside, 0, cut) || watch.completes(inside, cut, inside.length))
                            .as("%s cut at %d", as, cut)
                            .isTrue();
                    ByteWatch bytes = vault.scan().byteWatch();
                    assertThat(bytes.completes(inside, 0, cut) || bytes.completes(inside, cut, inside.length))
                            .as("%s cut at %d", as, cut)
                            .isTrue();
                }
            }
        }
    }

    /// Whatever leaves before a value is complete holds less of it than tells something.
    @Test
    void nothing_that_tells_of_a_value_leaves_before_it_is_complete() {
        Random random = new Random(SEED);
        for (int round = 0; round < 60; round++) {
            String value = Written.value(random, 12 + random.nextInt(60));
            Vault vault = vault(random, value);
            for (Written way : List.of(Written.AS_IT_IS, Written.URL, Written.HEX, Written.BASE64)) {
                String form = way == Written.BASE64 ? way.of(value).replace("=", "") : way.of(value);
                String json = Written.json(form, random, random.nextInt(2) * 5);
                byte[] bytes = ("so: " + json).getBytes(UTF_8);
                // the most text that gives away four characters of the value, or one byte more
                int telling = 4 + longest(json, way == Written.HEX ? 9 : way == Written.BASE64 ? 7 : 4, way);
                ByteWatch watch = vault.scan().byteWatch();
                int left = 0;
                for (int at = 0; at < bytes.length && !watch.completes(bytes, at, at + 1); at++) {
                    left = Math.max(left, at + 1 - watch.pending());
                    assertThat(left)
                            .as("seed %d round %d %s in %s after byte %d", SEED, round, way, json, at)
                            .isLessThanOrEqualTo(telling);
                }
            }
        }
    }

    /// How many of the first characters of what is written stand for so many of the form.
    private static int longest(String json, int characters, Written way) {
        int at = 0;
        for (int i = 0; i < characters && at < json.length(); i++) {
            int escapes = way == Written.URL ? 3 : 1;
            for (int each = 0; each < escapes && at < json.length(); each++) {
                at += json.charAt(at) != '\\' ? 1 : json.charAt(at + 1) == 'u' ? 6 : 2;
            }
        }
        return at;
    }

    @Test
    void honest_texts_are_never_stopped_and_wait_only_for_what_begins_a_value() {
        Random random = new Random(SEED);
        List<String> keys = new ArrayList<>();
        Map<String, Secret> secrets = new HashMap<>();
        for (int i = 0; i < 20; i++) {
            keys.add("sk-proj-" + Written.value(random, 40));
            secrets.put("key" + i, Secret.of(keys.get(i)));
        }
        Vault vault = Vault.of(secrets);
        long waited = 0;
        long pieces = 0;
        for (int round = 0; round < 400; round++) {
            boolean showsBeginnings = round % 2 == 0;
            String text = honest(random, keys, showsBeginnings);
            byte[] bytes = text.getBytes(UTF_8);
            assertThat(vault.leaks(bytes, 0, bytes.length))
                    .as("seed %d round %d %s", SEED, round, text)
                    .isFalse();
            LeakWatch watch = vault.watch();
            ByteWatch byteWatch = vault.scan().byteWatch();
            for (int at = 0; at < bytes.length; at += 4) {
                int to = Math.min(bytes.length, at + 4);
                assertThat(watch.completes(bytes, at, to) || byteWatch.completes(bytes, at, to))
                        .as("seed %d round %d %s", SEED, round, text)
                        .isFalse();
                waited += watch.pending() > 0 && !showsBeginnings ? 1 : 0;
                pieces += showsBeginnings ? 0 : 1;
            }
        }
        assertThat(waited).as("of %d pieces", pieces).isLessThan(pieces / 1000);
    }

    /// Words, numbers, base64 and hex of chance, hashes, and what a key begins with.
    private static String honest(Random random, List<String> keys, boolean showsBeginnings) {
        var text = new StringBuilder();
        while (text.length() < 2_000) {
            byte[] noise = new byte[random.nextInt(90)];
            random.nextBytes(noise);
            String key = keys.get(random.nextInt(keys.size()));
            text.append(
                    switch (random.nextInt(showsBeginnings ? 6 : 3)) {
                        case 0 -> HexFormat.of().formatHex(noise);
                        case 1 -> Base64.getEncoder().encodeToString(noise);
                        case 2 -> "the mesh is the only way out, so what leaves is read on the way %20 + ";
                        case 3 ->
                            "the keys of this project begin with sk-proj- and end with " + key.substring(38) + ". ";
                        case 4 -> "mask: " + key.substring(0, 11) + "***" + key.substring(key.length() - 4) + "; ";
                        default -> // open: any other number
                            Base64.getEncoder().encodeToString(("sk-proj-" + random.nextLong()).getBytes(UTF_8));
                    });
        }
        return text.toString().replace("\\", "/");
    }

    @Test
    void what_begins_like_the_hex_of_a_value_waits_only_where_it_tells_of_it() {
        Vault vault = Vault.of(Map.of("key", Secret.of("sk-0123456789abcdef")));
        for (String harmless : List.of("736b2d", "736b2d3", "c2st", "c2stM", "sk-", "736B2D3")) {
            byte[] text = ("it is 0x" + harmless).getBytes(UTF_8);
            LeakWatch watch = vault.watch();
            assertThat(watch.completes(text, 0, text.length)).isFalse();
            assertThat(watch.pending()).as(harmless).isZero();
        }
        byte[] telling = "it is 0x736b2d30".getBytes(UTF_8);
        LeakWatch watch = vault.watch();
        assertThat(watch.completes(telling, 0, telling.length)).isFalse();
        assertThat(watch.pending()).isEqualTo(8);
    }

    private static Vault vault(Random random, String value) {
        Map<String, Secret> secrets = new HashMap<>();
        secrets.put("it", Secret.of(value));
        for (int i = random.nextInt(4); i > 0; i--) {
            secrets.put("other" + i, Secret.of(Written.value(random, 12 + random.nextInt(60))));
        }
        return Vault.of(secrets);
    }
}
