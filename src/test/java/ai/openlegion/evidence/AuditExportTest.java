package ai.openlegion.evidence;

import static org.assertj.core.api.Assertions.assertThat;

import ai.openlegion.evidence.LogRig.Ended;
import ai.openlegion.evidence.LogRig.Session;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A log taken out of its home proves itself, whole or in part, and while the mesh goes on writing.
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class AuditExportTest {

    @TempDir
    Path folder;

    private LogRig rig;

    @BeforeEach
    void start() {
        rig = new LogRig(folder.resolve("home"));
    }

    @AfterEach
    void stop() {
        rig.close();
    }

    @Test
    void an_export_is_verified_in_a_process_that_has_nothing_but_it_and_the_public_key() throws Exception {
        rig.lives(new int[] {500, 700}, new int[] {3});
        Path elsewhere = Files.createDirectory(folder.resolve("elsewhere"));
        assertThat(rig.run("audit", "export", elsewhere.resolve("audit.jsonl").toString())
                        .code())
                .isZero();
        Files.copy(rig.home.resolve("data/audit.pub"), elsewhere.resolve("auditor.pub"));
        Ran ok = process(elsewhere, "audit", "verify", "audit.jsonl", "--public-key", "auditor.pub");
        assertThat(ok.out).contains("entries 1 to 1204 are as they were written; signed up to entry 1204");
        assertThat(ok.code).isZero();
        Path file = elsewhere.resolve("audit.jsonl");
        List<String> lines = new ArrayList<>(Files.readAllLines(file));
        Collections.swap(lines, 40, 41);
        Files.write(file, lines);
        Ran swapped = process(elsewhere, "audit", "verify", "audit.jsonl", "--public-key", "auditor.pub");
        assertThat(swapped.out).contains("reordered");
        assertThat(swapped.code).isEqualTo(1);
    }

    @Test
    void a_part_proves_itself_and_what_is_behind_its_last_signature_is_told() throws Exception {
        rig.lives(new int[] {500, 700}, new int[] {3});
        Path part = folder.resolve("part.jsonl");
        assertThat(rig.run("audit", "export", "--from", "900", "--to", "1100", part.toString())
                        .code())
                .isZero();
        Verdict verdict = Evidence.verify(part, rig.home.resolve("data/audit.pub"), null);
        assertThat(verdict.finding()).isNull();
        assertThat(verdict.first()).isEqualTo(900);
        assertThat(verdict.last()).isEqualTo(1100);
        assertThat(verdict.signedTo()).isEqualTo(1000);
        assertThat(verdict.notes()).anyMatch(note -> note.contains("entries 1001 to 1100 are not signed"));
        assertThat(rig.run("audit", "export", "--from", "5", "--to", "20", part.toString())
                        .code())
                .isZero();
        Ended nothing = rig.run("audit", "verify", part.toString());
        assertThat(nothing.code()).isEqualTo(1);
        assertThat(nothing.err()).contains("nothing in the file is signed");
        assertThat(rig.run("audit", "export", "--since", "2026-11-23", part.toString())
                        .code())
                .isZero();
        assertThat(Evidence.verify(part, null, null).last()).isEqualTo(1204);
        assertThat(rig.run("audit", "export", "--since", "yesterday").code()).isEqualTo(2);
    }

    @Test
    void an_older_or_partial_export_is_not_blamed_for_what_was_signed_later() throws Exception {
        rig.lives(new int[] {1200}, new int[] {3});
        Path part = folder.resolve("part.jsonl");
        assertThat(rig.run("audit", "export", "--to", "1000", part.toString()).code())
                .isZero();
        Path kept = folder.resolve("kept.jsonl");
        Files.copy(rig.files().getFirst(), kept);
        Verdict verdict = Evidence.verify(part, rig.home.resolve("data/audit.pub"), kept);
        assertThat(verdict.finding()).isNull();
        assertThat(verdict.notes())
                .anyMatch(note -> note.contains("went on to entry 1204 at least")
                        && note.contains("this file ends with entry 1000"));
        // within the file they still have to agree
        Path other = folder.resolve("other");
        try (LogRig stranger = new LogRig(other)) {
            stranger.lives(new int[] {1200});
            Files.write(kept, Files.readAllLines(stranger.files().getFirst()));
        }
        assertThat(Evidence.verify(part, rig.home.resolve("data/audit.pub"), kept)
                        .finding())
                .isNotNull();
    }

    @Test
    void what_was_kept_elsewhere_may_come_twice_and_broken_off() throws Exception {
        rig.lives(new int[] {2}, new int[] {2}, new int[] {2});
        List<String> lines = Files.readAllLines(rig.files().getFirst());
        Path kept = folder.resolve("kept.jsonl");
        List<String> sent = new ArrayList<>(lines);
        sent.add(lines.getFirst().substring(0, 50) + lines.getFirst());
        sent.addAll(lines);
        Files.write(kept, sent);
        Verdict verdict = rig.evidence().verify(null, kept);
        assertThat(verdict.finding()).isNull();
        assertThat(verdict.notes()).anyMatch(note -> note.contains("line 5 is no checkpoint as the mesh writes them"));
        Path export = folder.resolve("export.jsonl");
        assertThat(rig.run("audit", "export", export.toString()).code()).isZero();
        assertThat(Evidence.verify(export, null, kept).finding()).isNull();
        Ended foreign = rig.run(
                "audit",
                "verify",
                "--checkpoint",
                rig.home.resolve("data/audit.pub").toString());
        assertThat(foreign.code()).isEqualTo(2);
        assertThat(foreign.err()).contains("there is no checkpoint in");
    }

    @Test
    void lines_removed_or_moved_or_cut_off_are_named() throws Exception {
        rig.lives(new int[] {30}, new int[] {3});
        Path export = folder.resolve("export.jsonl");
        assertThat(rig.run("audit", "export", export.toString()).code()).isZero();
        List<String> lines = Files.readAllLines(export);
        kind(lines.subList(0, 20), "truncated", 19);
        List<String> less = new ArrayList<>(lines);
        less.remove(10);
        kind(less, "removed", 9);
        List<String> moved = new ArrayList<>(lines);
        moved.add(20, moved.remove(10));
        kind(moved, "reordered", 9);
        kind(lines.stream().filter(line -> !line.startsWith("{\"checkpoint\"")).toList(), "truncated", 35);
        Ended foreign =
                rig.run("audit", "verify", rig.home.resolve("data/audit.pub").toString());
        assertThat(foreign.code()).isEqualTo(1);
        assertThat(foreign.err()).contains("it is damaged, or no export");
        assertThat(rig.run("audit", "verify", "no-such-file").code()).isEqualTo(2);
    }

    private void kind(List<String> lines, String kind, long from) throws Exception {
        Path file = folder.resolve("altered.jsonl");
        Files.write(file, lines);
        Ended ended = rig.run("audit", "verify", "--json", file.toString());
        assertThat(ended.code()).isEqualTo(1);
        assertThat(ended.kind()).as(ended.out()).isEqualTo(kind);
        assertThat(ended.from()).as(ended.out()).isEqualTo(from);
    }

    @Test
    void the_log_is_verified_and_exported_while_it_is_written_and_signed() throws Exception {
        try (Session session = rig.open()) {
            AtomicBoolean done = new AtomicBoolean();
            Thread writer = Thread.ofPlatform().start(() -> {
                for (int group = 0; group < 100 && !done.get(); group++) {
                    try {
                        session.record(200);
                        rig.pass(Duration.ofMillis(20));
                    } catch (Exception failure) {
                        throw new AssertionError(failure);
                    }
                }
            });
            long last = 0;
            int looked = 0;
            while (writer.isAlive() || looked < 5) {
                Verdict verdict = rig.verify();
                assertThat(verdict.finding()).as("look %d", looked).isNull();
                assertThat(verdict.last()).isGreaterThanOrEqualTo(last);
                last = verdict.last();
                looked++;
            }
            Path export = folder.resolve("live.jsonl");
            assertThat(rig.run("audit", "export", export.toString()).code()).isZero();
            assertThat(Evidence.verify(export, null, null).finding()).isNull();
            done.set(true);
            writer.join();
        }
        assertThat(rig.verify().last()).as("all was written").isEqualTo(20_001);
        assertThat(rig.verify().finding()).isNull();
    }

    private record Ran(int code, String out) {}

    private static Ran process(Path folder, String... arguments) throws Exception {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-cp",
                Arrays.stream(System.getProperty("java.class.path").split(":"))
                        .map(entry -> Path.of(entry).toAbsolutePath().toString())
                        .reduce((a, b) -> a + ":" + b)
                        .orElseThrow(),
                "ai.openlegion.Main"));
        command.addAll(List.of(arguments));
        ProcessBuilder builder =
                new ProcessBuilder(command).directory(folder.toFile()).redirectErrorStream(true);
        builder.environment().remove("OPENLEGION_HOME");
        Process process = builder.start();
        process.getOutputStream().close();
        String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        return new Ran(process.exitValue(), out);
    }
}
