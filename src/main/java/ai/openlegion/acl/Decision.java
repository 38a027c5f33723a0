package ai.openlegion.acl;

/// The answer to one question: allowed by a rule, or denied for want of one.
public sealed interface Decision {

    /// The rule that decided, for the audit: `permissions.researcher.allowed_apis["llm"]`; on a denial the list that
    /// held no match, or `no entry`.
    String rule();

    /// The revision of the snapshot that decided.
    long revision();

    /// The operation may be done.
    record Allowed(String rule, long revision) implements Decision {}

    /// The operation may not be done.
    ///
    /// @param message what the agent is told: "Agent researcher cannot publish to deploy"
    record Denied(String rule, long revision, String message) implements Decision {}
}
