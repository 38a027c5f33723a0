package ai.openlegion.simulator;

/// Why an answer ends; each dialect has its own words for it.
enum Finish {
    STOP,
    LENGTH,
    TOOLS,
    STOP_SEQUENCE,
    REFUSAL
}
