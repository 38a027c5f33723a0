package ai.openlegion.evidence.report;

import static org.assertj.core.api.Assertions.assertThat;

import ai.openlegion.audit.AuditKeyFiles;
import ai.openlegion.audit.SigningKey;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The signature of a report, and everything that breaks it.
final class SealTest {

    private static final String BODY =
            "{\n  \"format\" : \"openlegion-audit-report-1\",\n  \"made_by\" : \"me,\\n  \\\"signature\\\" : {\"";

    @TempDir
    private Path folder;

    private SigningKey key;
    private AuditKeyFiles files;

    @BeforeEach
    void make_a_key() throws IOException {
        files = AuditKeyFiles.at(folder.resolve("audit.key"));
        key = files.create();
    }

    private byte[] signed(String body) throws IOException {
        byte[] unsigned = body.getBytes(StandardCharsets.UTF_8);
        ByteArrayOutputStream whole = new ByteArrayOutputStream();
        whole.write(unsigned);
        whole.write(Seal.member(files.keys().getFirst(), key.sign(unsigned)));
        return whole.toByteArray();
    }

    @Test
    void a_signed_report_names_its_key() throws IOException {
        byte[] report = signed(BODY);
        assertThat(Seal.isReport(report)).isTrue();
        assertThat(Seal.check(report))
                .isInstanceOfSatisfying(
                        Seal.Signed.class, good -> assertThat(good.key().id()).isEqualTo(key("audit.pub")));
    }

    private String key(String name) {
        try {
            return AuditKeyFiles.keysIn(folder.resolve(name)).getFirst().id();
        } catch (IOException unreadable) {
            throw new AssertionError(unreadable);
        }
    }

    @Test
    void every_single_flipped_bit_breaks_it() throws IOException {
        byte[] report = signed(BODY);
        for (int place = 0; place < report.length; place++) {
            for (int bit = 0; bit < 8; bit++) {
                byte[] other = report.clone();
                other[place] ^= (byte) (1 << bit);
                assertThat(Seal.check(other))
                        .as("bit %d of byte %d", bit, place)
                        .isInstanceOf(Seal.Broken.class);
            }
        }
    }

    @Test
    void a_cut_a_longer_or_an_unsigned_one_is_broken() throws IOException {
        byte[] report = signed(BODY);
        for (int length = 0; length < report.length; length++) {
            assertThat(Seal.check(Arrays.copyOf(report, length))).isInstanceOf(Seal.Broken.class);
        }
        assertThat(Seal.check(Arrays.copyOf(report, report.length + 1))).isInstanceOf(Seal.Broken.class);
        assertThat(Seal.check((BODY + "\n}\n").getBytes(StandardCharsets.UTF_8)))
                .isInstanceOf(Seal.Broken.class);
        assertThat(Seal.check("{}".getBytes(StandardCharsets.UTF_8))).isInstanceOf(Seal.Broken.class);
    }

    @Test
    void another_key_is_told_by_its_id_and_not_by_what_the_document_claims() throws IOException {
        String first = key("audit.pub");
        byte[] report = signed(BODY);
        AuditKeyFiles others = AuditKeyFiles.at(folder.resolve("other.key"));
        SigningKey other = others.create();
        byte[] unsigned = BODY.getBytes(StandardCharsets.UTF_8);
        ByteArrayOutputStream whole = new ByteArrayOutputStream();
        whole.write(unsigned);
        whole.write(Seal.member(others.keys().getFirst(), other.sign(unsigned)));
        assertThat(Seal.check(whole.toByteArray()))
                .isInstanceOfSatisfying(
                        Seal.Signed.class,
                        signed -> assertThat(signed.key().id()).isNotEqualTo(first));
        String swapped = new String(report, StandardCharsets.UTF_8)
                .replace(first, others.keys().getFirst().id());
        assertThat(Seal.check(swapped.getBytes(StandardCharsets.UTF_8))).isInstanceOf(Seal.Broken.class);
    }
}
