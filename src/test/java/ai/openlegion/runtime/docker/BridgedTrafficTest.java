package ai.openlegion.runtime.docker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.openlegion.runtime.RuntimeFault;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The kernel's switches, in a folder like the kernel's.
class BridgedTrafficTest {

    @TempDir
    Path folder;

    @BeforeEach
    void on() throws Exception {
        Files.writeString(folder.resolve("bridge-nf-call-iptables"), "1\n");
        Files.writeString(folder.resolve("bridge-nf-call-ip6tables"), "1\n");
    }

    @Test
    void what_is_off_is_turned_on_and_what_is_on_is_left() throws Exception {
        BridgedTraffic bridged = new BridgedTraffic(folder);
        assertThat(bridged.ensure()).isFalse();
        Files.writeString(folder.resolve("bridge-nf-call-ip6tables"), "0\n");
        assertThat(bridged.ensure()).isTrue();
        assertThat(folder.resolve("bridge-nf-call-ip6tables")).hasContent("1");
        assertThat(bridged.ensure()).isFalse();
    }

    @Test
    void a_kernel_without_the_switch_is_told_and_how_to_get_it() throws Exception {
        Files.delete(folder.resolve("bridge-nf-call-iptables"));
        Files.createDirectory(folder.resolve("bridge-nf-call-iptables"));
        assertThatThrownBy(() -> new BridgedTraffic(folder).ensure())
                .isInstanceOf(RuntimeFault.class)
                .hasMessageContaining("modprobe br_netfilter");
    }
}
