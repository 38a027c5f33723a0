package ai.openlegion.runtime.docker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.openlegion.runtime.RuntimeFault;
import io.vertx.core.json.JsonObject;
import org.junit.jupiter.api.Test;

/// Which of its names an engine knows a runtime by.
class OciRuntimeTest {

    @Test
    void kata_is_found_under_each_of_its_names() throws Exception {
        for (String name : new String[] {"kata", "kata-runtime", "io.containerd.kata.v2"}) {
            OciRuntime kata = new OciRuntime("kata", _ -> false);
            assertThat(kata.isOpen()).isTrue();
            kata.require(info("runc", name));
            assertThat(kata.name()).isEqualTo(name);
            assertThat(kata.shown()).isEqualTo("kata");
            assertThat(kata.isOpen()).isFalse();
        }
    }

    @Test
    void a_shim_that_is_installed_needs_no_registration() throws Exception {
        OciRuntime kata = new OciRuntime("kata", "containerd-shim-kata-v2"::equals);
        kata.require(info("runc"));
        assertThat(kata.name()).isEqualTo("io.containerd.kata.v2");
    }

    @Test
    void where_there_is_none_all_names_are_told() {
        OciRuntime kata = new OciRuntime("kata", _ -> false);
        assertThatThrownBy(() -> kata.require(info("runc", "runsc")))
                .isInstanceOf(RuntimeFault.class)
                .hasMessageContaining("kata or kata-runtime or io.containerd.kata.v2");
    }

    private static JsonObject info(String... runtimes) {
        JsonObject known = new JsonObject();
        for (String name : runtimes) {
            known.put(name, new JsonObject());
        }
        return new JsonObject().put("Runtimes", known);
    }
}
