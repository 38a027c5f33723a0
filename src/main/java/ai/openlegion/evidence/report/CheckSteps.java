package ai.openlegion.evidence.report;

import ai.openlegion.audit.Checkpoint;
import java.util.Optional;

/// The last part of the page: how whoever has the report checks it, with this program and without it.
final class CheckSteps {

    private CheckSteps() {}

    /// @param jsonName the file name of the same report as JSON, which is signed
    /// @param jsonHash its SHA-256, in hex
    static void write(Html page, Report report, String jsonName, String jsonHash) {
        var _ = page.raw("<p>This page is for reading. The same report as JSON, <code>")
                .foreign(jsonName)
                .raw("</code>, is signed; its SHA-256 is <code>")
                .text(jsonHash)
                .raw("</code>.</p>\n");
        var _ = page.raw("<ol>")
                .raw("<li><p>Get the mesh's public key from somebody you trust, not with this report, as"
                        + " <code>audit.pub</code>, and compare its fingerprint with the one above: <code>openssl pkey"
                        + " -pubin -in audit.pub -outform DER | sha256sum</code></p></li>\n")
                .raw("<li><p>Check the report's signature. No mesh and no database is needed:</p>");
        commands(page, "openlegion audit verify " + jsonName + " --public-key audit.pub");
        var _ = page.raw("</li>\n");
        export(page, report);
        var _ = page.raw("<li><p>Compare: at each entry number in the table of checkpoints above, the export has the"
                        + " same hash. The figures of this report are counts and sums over the entries of the export: its"
                        + " lines have <code>actor</code>, <code>action</code>, <code>decision</code> and"
                        + " <code>cost_pico</code>, in millionths of a millionth of a US dollar.</p></li>\n")
                .raw("<li><p>Without this program: the signature in the last member of the JSON file is Ed25519, in"
                        + " Base64, over every byte of the file before the comma in front of that member.</p>");
        commands(
                page,
                "f=" + jsonName,
                "n=$(grep -abo ',$' \"$f\" | tail -n 1 | cut -d: -f1)",
                "head -c \"$n\" \"$f\" > signed.bin",
                "tail -n 2 \"$f\" | sed -n 's/.*\"value\" : \"\\([^\"]*\\)\".*/\\1/p' | base64 -d > signature.bin",
                "openssl pkeyutl -verify -pubin -inkey audit.pub -rawin -in signed.bin -sigfile signature.bin");
        var _ = page.raw("</li></ol>\n");
    }

    /* Only a signature proves an export, so it goes on to the first one that covers the period. */
    private static void export(Html page, Report report) {
        long first = Math.max(report.tally().firstSeq(), report.trail().firstKept());
        long last = report.tally().lastSeq();
        Optional<Long> signed = report.trail().checkpoints().stream()
                .map(Checkpoint::seq)
                .filter(seq -> seq >= last)
                .findFirst();
        String why = signed.map(seq -> seq == last
                        ? "."
                        : ". They go on to entry " + Words.count(seq)
                                + ", at which the first signature behind the period" + " lies.")
                .orElse(". No signature covers the last of this period yet; one is made within a minute of it, so ask"
                        + " after that, for all up to then.");
        var _ = page.raw("<li><p>Ask the operator for the entries themselves, and check that they are whole and signed")
                .text(why)
                .raw("</p>");
        commands(
                page,
                "openlegion audit export --from " + first
                        + signed.map(seq -> " --to " + seq).orElse("") + " entries.jsonl",
                "openlegion audit verify entries.jsonl --public-key audit.pub");
        var _ = page.raw("</li>\n");
    }

    /* The lines' ends are the page's own: in a text they would be shown as hidden characters are. */
    private static void commands(Html page, String... lines) {
        var _ = page.raw("<pre>");
        for (String line : lines) {
            var _ = page.text(line).raw("\n");
        }
        var _ = page.raw("</pre>");
    }
}
