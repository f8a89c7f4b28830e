// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.apply;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.ringwall.loader.fixtures.KernelBox;
import org.ringwall.loader.model.Cgroup;
import org.ringwall.loader.model.HostException;
import org.ringwall.loader.object.PolicyObject;
import org.ringwall.testkit.KernelTest;
import org.ringwall.testkit.RunningKernel;

/**
 * Reads of fields of kernel-internal structs at their offset in the running kernel, whatever offset
 * the object has.
 */
@KernelTest
class KernelOffsetsKernelTest {
    private static final String STRUCT = "bpf_sock_addr_kern";

    private final KernelBox box = new KernelBox();

    @AfterEach
    void clean() {
        box.close();
    }

    @Test
    void readsTheAddressLengthThatTheContextLacks() {
        RunningKernel.needs(6, 7, "hooks at unix sockets");
        Cgroup cgroup = box.cgroup("a");
        String name = "ringwall-" + ProcessHandle.current().pid();
        // sun_family, the NUL before an abstract name, and the name.
        apply(CoreObjects.denyLength(CoreObjects.struct(STRUCT, "uaddrlen", 4), 2 + 1 + name.length()), cgroup);
        assertThat(connect(cgroup, name)).isEqualTo("EPERM");
        assertThat(connect(cgroup, name + "-")).isEqualTo("ok");
    }

    @Test
    void refusesAFieldThatThisKernelDoesNotHave() {
        RunningKernel.needs(6, 7, "hooks at unix sockets");
        Cgroup cgroup = box.cgroup("a");
        PolicyObject policy = CoreObjects.denyLength(CoreObjects.struct(STRUCT, "uaddrlen_ringwall", 4), 9);
        assertThatThrownBy(() -> apply(policy, cgroup))
                .isInstanceOf(HostException.class)
                .hasMessage("this kernel has no `bpf_sock_addr_kern.uaddrlen_ringwall`, and the policy reads it");
        assertThat(box.pins()).isEmpty();
    }

    @Test
    void refusesAFieldOfAnotherSize() {
        RunningKernel.needs(6, 7, "hooks at unix sockets");
        Cgroup cgroup = box.cgroup("a");
        PolicyObject policy = CoreObjects.denyLength(CoreObjects.struct(STRUCT, "uaddrlen", 8), 9);
        assertThatThrownBy(() -> apply(policy, cgroup))
                .isInstanceOf(HostException.class)
                .hasMessageContaining("is not what the policy was compiled for");
    }

    /**
     * The hook is checked before anything is loaded, so that the message names the hook and not an
     * errno.
     */
    @Test
    void refusesAHookThatThisKernelDoesNotHave() {
        RunningKernel.needsBefore(6, 7, "a cgroup without hooks at unix sockets");
        Cgroup cgroup = box.cgroup("a");
        PolicyObject policy = CoreObjects.denyLength(CoreObjects.struct(STRUCT, "uaddrlen", 4), 9);
        assertThatThrownBy(() -> apply(policy, cgroup))
                .isInstanceOf(HostException.class)
                .hasMessage("this kernel has no hook connect_unix, which the policy needs");
        assertThat(box.pins()).isEmpty();
    }

    private void apply(PolicyObject policy, Cgroup cgroup) {
        box.host.applier().apply(new ApplyRequest(policy, "main", List.of(cgroup), Map.of(), false));
    }

    /**
     * Returns the result of a connect to a listening socket with this abstract name, from inside
     * the cgroup.
     */
    private String connect(Cgroup cgroup, String name) {
        String script = "import socket,errno,sys\na='\\0'+sys.argv[1]\n"
                + "l=socket.socket(socket.AF_UNIX)\nl.bind(a)\nl.listen(1)\n"
                + "s=socket.socket(socket.AF_UNIX)\ntry:\n s.connect(a)\n print('ok')\n"
                + "except OSError as e:\n print(errno.errorcode[e.errno])\n";
        return KernelBox.script(cgroup, script, name);
    }
}
