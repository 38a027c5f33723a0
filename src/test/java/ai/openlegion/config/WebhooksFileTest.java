package ai.openlegion.config;

import static org.assertj.core.api.Assertions.assertThat;

import ai.openlegion.fleet.Hook;
import ai.openlegion.identity.AgentId;
import ai.openlegion.identity.Tokens;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class WebhooksFileTest {

    @TempDir
    Path folder;

    private HomeFiles files;

    @BeforeEach
    void fill() {
        files = new HomeFiles(folder).environment("OPENLEGION_CRED_CRM_SECRET", "0123456789abcdef0123456789abcdef");
    }

    @Test
    void hooks_stand_in_the_fleet_by_their_ids() throws IOException {
        files.file("config/workflows/any.yaml", "name: pipeline\nsteps: [{id: a, agent: writer, task_type: t}]\n")
                .file("config/webhooks.yaml", """
                hooks:
                  new-lead: {secret: CRM_secret, agent: writer}
                  nightly: {secret: crm_secret, workflow: pipeline}
                """);
        Loaded loaded = files.load();
        assertThat(loaded.fleet(1, Tokens.open(files.home().data())).hooks())
                .containsOnly(
                        java.util.Map.entry(
                                "new-lead", new Hook("new-lead", "CRM_secret", new AgentId("writer"), null)),
                        java.util.Map.entry("nightly", new Hook("nightly", "crm_secret", null, "pipeline")));
        assertThat(loaded.warnings()).isEmpty();
    }

    @Test
    void every_mistake_is_told_with_its_line() {
        files.file("config/webhooks.yaml", """
                hooks:
                  a b: {secret: crm_secret, agent: writer}
                  nobody: {secret: crm_secret, agent: wirter}
                  nothing: {secret: crm_secret}
                  both: {secret: crm_secret, agent: writer, workflow: pipeline}
                  open: {agent: writer}
                  odd: {secret: "a-b", agnet: writer}
                hook: {}
                """);
        assertThat(files.problems())
                .containsExactly(
                        "config/webhooks.yaml:2: hooks.a b: must be 1 to 64 letters, digits, - and _, a letter or digit first",
                        "config/webhooks.yaml:3: hooks.nobody.agent: no such agent in agents.yaml; did you mean writer?",
                        "config/webhooks.yaml:4: hooks.nothing: must name either the agent that gets a message or the"
                                + " workflow that runs",
                        "config/webhooks.yaml:5: hooks.both.workflow: no workflow in config/workflows has this name",
                        "config/webhooks.yaml:5: hooks.both: must name either the agent that gets a message or the"
                                + " workflow that runs",
                        "config/webhooks.yaml:6: hooks.open.secret: is missing",
                        "config/webhooks.yaml:7: hooks.odd.secret: must be the name of a credential: letters, digits and _",
                        "config/webhooks.yaml:7: hooks.odd: must name either the agent that gets a message or the"
                                + " workflow that runs",
                        "config/webhooks.yaml:7: hooks.odd.agnet: unknown key; did you mean agent?",
                        "config/webhooks.yaml:8: hook: unknown key; did you mean hooks?");
    }

    @Test
    void a_workflow_is_triggered_by_one_secret_only() {
        files.file("config/workflows/any.yaml", "name: pipeline\nsteps: [{id: a, agent: writer, task_type: t}]\n")
                .file("config/webhooks.yaml", """
                hooks:
                  one: {secret: crm_secret, workflow: pipeline}
                  two: {secret: crm_secret, workflow: pipeline}
                """);
        assertThat(files.problems())
                .containsExactly("config/webhooks.yaml:3: hooks.two.workflow: has a hook already; its calls could be"
                        + " signed by one secret only");
    }

    @Test
    void a_secret_that_is_missing_or_short_is_warned_of() {
        files.environment("OPENLEGION_CRED_WEAK", "hunter2").file("config/webhooks.yaml", """
                hooks:
                  later: {secret: not_yet, agent: writer}
                  weak: {secret: weak, agent: writer}
                """);
        assertThat(files.load().warnings())
                .containsExactly(
                        "config/webhooks.yaml:3: hooks.weak.secret: is shorter than 16 characters; openssl rand -hex 32"
                                + " makes one",
                        "config/webhooks.yaml:2: hooks.later.secret: is not in the vault, so there is no such hook (404):"
                                + " openlegion vault set not_yet, or OPENLEGION_CRED_NOT_YET in .env or the environment");
    }

    @Test
    void a_key_of_a_provider_or_service_signs_no_hook() {
        files.mesh(HomeFiles.MESH + """
                        services: {crm: {base_url: "https://crm.example", credential: crm_key, usd_per_call: 0}}
                        """).file("config/webhooks.yaml", """
                hooks:
                  own: {secret: SIM_api_key, agent: writer}
                  shipped: {secret: openai_api_key, agent: writer}
                  service: {secret: CRM_KEY, agent: writer}
                """);
        assertThat(files.problems())
                .containsExactly(
                        "config/webhooks.yaml:2: hooks.own.secret: is the key of provider sim, and provider keys are"
                                + " usable only by the LLM path; give the hook a secret of its own",
                        "config/webhooks.yaml:3: hooks.shipped.secret: is the key of provider openai, and provider keys"
                                + " are usable only by the LLM path; give the hook a secret of its own",
                        "config/webhooks.yaml:4: hooks.service.secret: is the key of service crm, and service keys are"
                                + " usable only by their service; give the hook a secret of its own");
    }

    @Test
    void a_workflow_file_that_is_skipped_makes_no_hook_a_mistake() {
        files.mesh(HomeFiles.MESH + "workflows: {skip_invalid: true}\n")
                .file("config/workflows/broken.yaml", "name: [\n")
                .file("config/webhooks.yaml", "hooks: {run: {secret: crm_secret, workflow: pipeline}}\n");
        assertThat(files.load().warnings())
                .contains("config/webhooks.yaml:1: hooks.run.workflow: no workflow in config/workflows has this name");
    }

    @Test
    void without_agents_only_the_shape_is_checked() {
        files.agents("agents: [").file("config/webhooks.yaml", "hooks: {a: {secret: crm_secret, agent: writer}}\n");
        assertThat(files.problems()).hasSize(1);
    }
}
