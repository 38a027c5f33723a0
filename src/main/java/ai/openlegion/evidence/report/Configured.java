package ai.openlegion.evidence.report;

import java.util.List;

/// The configuration as the files say it now, and whether it is the one that decides.
///
/// @param revision of the policy that decides, or decided last
/// @param runningHash SHA-256, in hex, of the files of that revision
/// @param fileHash the same of the files now; empty where they are not valid
/// @param problems why they are not valid
public record Configured(long revision, String runningHash, String fileHash, List<String> problems) {

    public Configured {
        problems = List.copyOf(problems);
    }

    boolean same() {
        return problems.isEmpty() && fileHash.equals(runningHash);
    }

    /// In a sentence.
    String told() {
        if (!problems.isEmpty()) {
            return "The files on disk are not valid (" + problems.size()
                    + " problems), so what agents may access cannot" + " be shown. Revision " + revision + " decides.";
        }
        return same()
                ? "The files on disk are those of revision " + revision + ", which decides."
                : "The files on disk are NOT those of revision " + revision
                        + ", which decides: they were changed and not loaded since. What agents may access is shown as the"
                        + " files say it.";
    }
}
