package ai.openlegion.gateway;

/// Who passes the body of a service's answer on, once its head is out.
interface BodyPassage {

    /// Whether the agent reads too slowly for more.
    boolean isPaused();

    /// Time has passed.
    void onTick(int tick);
}
