package ai.openlegion.evidence.report;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/// What the audit's words mean, for a reader who does not know the product.
final class Glossary {

    private static final Map<String, String> ACTIONS = new LinkedHashMap<>();

    static {
        calls();
        fabric();
        work();
        mesh();
        operator();
    }

    private Glossary() {}

    private static void calls() {
        say("llm.chat", "ask a language model");
        say("llm.embed", "have a model turn texts into vectors");
        say("llm.count_tokens", "have the length of a request counted");
        say("service.call", "call an API besides the models");
        say("authenticate", "come without a valid token, from a foreign page, or with too many connections");
        say("identity", "claim to be another agent than the token says");
        say("rate_limit", "ask more often than allowed");
        say("vault.store", "store a credential");
        say("vault.use", "have a stored credential put into a request");
        say("vault.list", "list the names of its credentials");
        say("vault.status", "ask whether a credential is there");
        say("vault.resolve", "ask for the value of a credential, which nobody gets");
    }

    private static void fabric() {
        say("blackboard.read", "read a shared entry");
        say("blackboard.write", "write a shared entry");
        say("blackboard.claim", "write a shared entry if nobody else has");
        say("blackboard.delete", "delete a shared entry");
        say("blackboard.watch", "be told of changes of shared entries");
        say("message", "send a message");
        say("steer", "send a message that interrupts");
        say("publish", "publish to a topic");
        say("subscribe", "subscribe to a topic");
        say("unsubscribe", "end a subscription");
        say("register", "say that it is ready");
        say("cron.add", "make a schedule");
        say("cron.change", "change a schedule");
        say("cron.remove", "remove a schedule");
        say("cron.list", "list schedules");
        say("cron.run", "run what a schedule says");
        say("webhook.hook", "call from outside for an agent");
        say("webhook.trigger", "call from outside for a workflow");
        say("webhook.status", "ask from outside how a run stands");
    }

    private static void work() {
        say("spawn", "have an agent of its own started");
        say("task.dispatch", "give an agent a task");
        say("task.begin", "hand a task over");
        say("task.result", "report the result of a task");
        say("task.end", "end a task");
        say("task.cancel", "cancel a task");
        say("workflow.run", "start a workflow");
        say("workflow.input", "look up what a step is to read");
        say("workflow.dispatch", "give a step to its agent");
        say("workflow.approve", "approve a step");
        say("workflow.reject", "reject a step");
        say("workflow.cancel", "cancel a run");
        say("workflow.announce", "publish the end of a run");
        say("workflow.end", "end a run");
        say("run.approve", "order that a step is approved");
        say("run.reject", "order that a step is rejected");
        say("run.cancel", "order that a run is cancelled");
        say("run.rerun", "order that a run is repeated from a step on");
    }

    private static void mesh() {
        say("start", "the mesh begins, with this configuration");
        say("stop", "the mesh stops");
        say("reload", "read the configuration again");
        say("token.rotate", "give an agent a new token");
        say("budget.freeze", "freeze the account: a bill was beyond what was held");
        say("budget.recover", "set money aside that was in use at a crash");
        say("agent.creating", "it is being created");
        say("agent.adopt", "it ran on while the mesh was away and is taken over");
        say("agent.starting", "it is starting");
        say("agent.ready", "it runs and has registered");
        say("agent.unhealthy", "it does not answer");
        say("agent.restarting", "it is to be started again");
        say("agent.stopping", "it is being stopped");
        say("agent.absent", "it is stopped");
        say("agent.failed", "it is given up until the operator acts");
        say("agent.replace", "what ran in its name is removed");
        say("agent.spawn", "it is spawned by another agent");
        say("runtime.choose", "choose what isolates agents");
        say("runtime.remark", "isolation is less than asked for");
        say("audit.key", "take another key to sign the audit with");
        say("audit.check", "look at the end of the audit at a start");
        say("audit.prune", "remove old entries by the retention settings");
    }

    private static void operator() {
        say("agent.start", "start an agent");
        say("agent.stop", "stop an agent");
        say("agent.restart", "restart an agent");
        say("agent.chat", "talk to an agent");
        say("agent.chat_reset", "have an agent forget a talk");
        say("agent.logs", "read what an agent wrote");
        say("budget.limits", "change a budget");
        say("budget.release", "release unreconciled money");
        say("budget.thaw", "let a frozen account spend again");
        say("control.reload", "have the configuration read again");
        say("control.stop", "stop the mesh");
        say("vault.set", "store a credential as the operator");
        say("vault.remove", "remove a credential");
        say("vault.rotate", "give the vault a new master key");
    }

    private static void say(String action, String meaning) {
        if (ACTIONS.put(action, meaning) != null) {
            throw new IllegalStateException(action + " is explained twice");
        }
    }

    /// What an action is, in a few words; the action itself where it is not known.
    static String action(String action) {
        return ACTIONS.getOrDefault(action, "");
    }

    /// Every action that is explained, in the order of the documentation.
    static Map<String, String> actions() {
        return Collections.unmodifiableMap(ACTIONS);
    }
}
