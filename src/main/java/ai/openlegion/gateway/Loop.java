package ai.openlegion.gateway;

import ai.openlegion.audit.AuditLog;
import ai.openlegion.budget.Ledger;
import ai.openlegion.config.GatewayLimits;
import ai.openlegion.fleet.FleetRegistry;
import ai.openlegion.proxy.Upstream;
import ai.openlegion.routes.RequestIds;
import io.vertx.core.Context;
import io.vertx.core.Vertx;
import java.time.InstantSource;

/// What the calls of one event loop share.
record Loop(
        Vertx vertx,
        Context context,
        FleetRegistry fleets,
        Ledger ledger,
        AuditLog audit,
        InstantSource clock,
        GatewayLimits limits,
        Upstream upstream,
        CallRegistry calls,
        RequestIds requestIds,
        TokenCounts tokenCounts,
        AgentTurns<Translation> translations,
        HeldBytes answers,
        Seats seats,
        ModelHealth health,
        Idempotency idempotency) {}
