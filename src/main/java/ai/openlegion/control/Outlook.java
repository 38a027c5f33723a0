package ai.openlegion.control;

import ai.openlegion.acl.Decision;
import ai.openlegion.acl.Operation;
import ai.openlegion.budget.Budget;
import ai.openlegion.budget.Limits;
import ai.openlegion.catalogue.Model;
import ai.openlegion.fleet.Fleet;
import ai.openlegion.identity.AgentId;
import ai.openlegion.messaging.Messaging;
import ai.openlegion.workflow.model.CostBound;
import ai.openlegion.workflow.model.InputFrom;
import ai.openlegion.workflow.model.KeyTemplate;
import ai.openlegion.workflow.model.Step;
import ai.openlegion.workflow.model.Workflow;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/// What a workflow would meet if it ran now: who does its steps, and what each of them needs to be allowed.
///
/// @param directory which capabilities agents have registered
/// @param accounts what agents and the fleet may spend, with the operator's changes
record Outlook(Fleet fleet, Messaging.Directory directory, Budget.Accounts accounts) {

    private static final String LLM = "llm";

    /// Whether a need is met.
    enum Verdict {
        ALLOWED,
        DENIED,
        /// It depends on what the run is given.
        DEPENDS;

        String word() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /// Something that an agent must be allowed for a step.
    ///
    /// @param rule which decides it
    record Need(AgentId agent, Operation operation, String resource, Verdict verdict, String rule) {}

    /// Who may get a step: its agent, whoever offers its capability, and whom it falls back on.
    List<AgentId> agents(Step step) {
        Set<AgentId> agents = new LinkedHashSet<>();
        AgentId agent = step.agent();
        if (agent != null) {
            agents.add(agent);
        }
        agents.addAll(offering(step));
        AgentId fallback = step.fallbackAgent();
        if (fallback != null) {
            agents.add(fallback);
        }
        return List.copyOf(agents);
    }

    /// Who has registered the capability that a step asks for; empty where it names an agent.
    List<AgentId> offering(Step step) {
        String capability = step.capability();
        if (capability == null || !(directory instanceof Messaging.Registrations(var registered))) {
            return List.of();
        }
        return registered.entrySet().stream()
                .filter(entry -> entry.getValue().capabilities().contains(capability))
                .map(Map.Entry::getKey)
                .filter(fleet.agents()::containsKey)
                .sorted(Comparator.comparing(AgentId::value))
                .toList();
    }

    /// What the agents of a step need: to call models, and to read what the step's input comes from.
    List<Need> needs(Step step) {
        List<Need> needs = new ArrayList<>();
        for (AgentId agent : agents(step)) {
            needs.add(need(agent, Operation.API, LLM, false));
            if (step.input() instanceof InputFrom.Board(KeyTemplate key)) {
                boolean varies = key.parts().stream().anyMatch(part -> part instanceof KeyTemplate.Variable);
                needs.add(need(agent, Operation.READ, key.text(), varies));
            }
        }
        return needs;
    }

    /// The most that a run can cost. Any agent that may call a model may come to offer a capability before its step
    /// begins, so what one of them may spend counts, whoever offers it now.
    CostBound bound(Workflow workflow) {
        Map<AgentId, CostBound.Purse> purses = new HashMap<>();
        Map<String, List<AgentId>> offering = new HashMap<>();
        Map<AgentId, CostBound.Purse> spenders = new HashMap<>();
        for (AgentId agent : fleet.agents().keySet()) {
            CostBound.Purse purse = purse(agent);
            if (purse.picoPerToken() != null) {
                spenders.put(agent, purse);
            }
        }
        for (Step step : workflow.steps()) {
            for (AgentId agent : agents(step)) {
                purses.computeIfAbsent(agent, this::purse);
            }
            String capability = step.capability();
            if (capability != null) {
                purses.putAll(spenders);
                offering.put(capability, List.copyOf(spenders.keySet()));
            }
        }
        long fleetDaily = accounts.fleet().daily().limitPico();
        return CostBound.of(workflow, new CostBound.Money(purses, offering, fleetDaily));
    }

    private CostBound.Purse purse(AgentId agent) {
        AgentId payer = fleet.payer(agent);
        long daily = accounts.agents().stream()
                .filter(account -> account.agent().equals(payer))
                .mapToLong(account -> account.daily().limitPico())
                .findFirst()
                .orElse(Limits.UNLIMITED);
        Long dearest = null;
        for (Model model : fleet.catalogue().models()) {
            if (fleet.policy().decide(agent, Operation.MODEL, model.id()) instanceof Decision.Allowed) {
                long token = Math.max(model.price().worstInput(), model.price().worstOutput());
                dearest = dearest == null ? token : Math.max(dearest, token);
            }
        }
        return new CostBound.Purse(agent, daily, dearest);
    }

    private Need need(AgentId agent, Operation operation, String resource, boolean varies) {
        return switch (fleet.policy().decide(agent, operation, resource)) {
            case Decision.Allowed allowed -> new Need(agent, operation, resource, Verdict.ALLOWED, allowed.rule());
            case Decision.Denied denied ->
                new Need(agent, operation, resource, varies ? Verdict.DEPENDS : Verdict.DENIED, denied.rule());
        };
    }
}
