package ai.openlegion.runtime;

/// What stands between an agent and the host.
public enum Boundary {
    /// A kernel of its own on virtual hardware: Docker Sandboxes, Kata.
    HYPERVISOR("hypervisor"),
    /// A kernel of its own in user space: gVisor.
    USER_SPACE_KERNEL("user-space kernel"),
    /// The host's kernel, behind namespaces, seccomp and dropped capabilities.
    SHARED_KERNEL("shared kernel"),
    /// Nothing.
    NONE("none");

    private final String shown;

    Boundary(String shown) {
        this.shown = shown;
    }

    /// What `status`, the audit and `/control/agents` call it.
    public String shown() {
        return shown;
    }
}
