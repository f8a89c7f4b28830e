// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.apply;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.ringwall.bpf.state.LiveType;
import org.ringwall.loader.fixtures.KernelBox;
import org.ringwall.loader.fixtures.StateObjects;
import org.ringwall.loader.fixtures.WebInstance;
import org.ringwall.loader.model.Cgroup;
import org.ringwall.loader.model.EntryException;
import org.ringwall.loader.model.InputException;
import org.ringwall.loader.model.InstanceState;
import org.ringwall.loader.model.InstanceState.LiveSet;
import org.ringwall.testkit.KernelTest;

/**
 * Live sets of single addresses in the kernel: which entries they accept, and how an upgrade treats
 * them.
 */
@KernelTest
class SingleAddressesKernelTest {
    private static final String LOOPBACK = "127.0.0.0/8";

    private final KernelBox box = new KernelBox();
    private final WebInstance web = new WebInstance(box);

    @AfterEach
    void clean() {
        box.close();
    }

    private static StateObjects nets(int max) {
        return StateObjects.of("web").live(StateObjects.LIVE, LiveType.NET, max);
    }

    private static StateObjects singles(int max, String... within) {
        return StateObjects.of("web").live(StateObjects.LIVE, LiveType.IP, max, within);
    }

    @Test
    void singleAddressesAreAcceptedInEverySpelling() {
        Cgroup cgroup = box.cgroup("a");
        int port = box.listen();
        web.apply(singles(4, LOOPBACK, "2001:db8::/32"), cgroup);
        assertThat(box.connect(cgroup, port)).isEqualTo("ok");
        assertThat(web.add("127.0.0.9/32", "2001:db8::1/128", "::ffff:127.0.0.1")
                        .changed())
                .isEqualTo(3);
        assertThat(web.add("127.0.0.1").already()).containsExactly("127.0.0.1");
        assertThat(web.entries()).containsExactly("127.0.0.1", "127.0.0.9", "2001:db8::1");
        assertThat(box.connect(cgroup, port)).isEqualTo("EPERM");
        assertThatThrownBy(() -> web.add("127.0.0.2", "127.0.0.8/31"))
                .isInstanceOf(EntryException.class)
                .hasMessage("`127.0.0.8/31` is a prefix, but this set contains single addresses");
        assertThatThrownBy(() -> web.add("192.0.2.1"))
                .isInstanceOf(EntryException.class)
                .hasMessage("`192.0.2.1` is outside the ranges of `blocked`");
        assertThat(web.entries()).hasSize(3);
        try (InstanceState state = box.host.change(WebInstance.NAME)) {
            state.live(StateObjects.LIVE, set -> set.remove(List.of("127.0.0.9", "::ffff:127.0.0.1/128")));
            state.live(StateObjects.LIVE, set -> set.replace(List.of("2001:db8::1", "127.0.0.3"), 2000));
            assertThat(state.<List<LiveSet.Held>>live(StateObjects.LIVE, LiveSet::list))
                    .extracting(held -> held.text() + " " + held.since().orElse(0))
                    .containsExactly("127.0.0.3 2000", "2001:db8::1 1000");
        }
        assertThat(box.connect(cgroup, port)).isEqualTo("ok");
    }

    @Test
    void upgradesKeepSingleAddressesButRefuseAnotherType() {
        Cgroup cgroup = box.cgroup("a");
        web.apply(nets(4), cgroup);
        web.add("127.0.0.1");
        assertThatThrownBy(() -> web.apply(singles(4), cgroup))
                .isInstanceOf(InputException.class)
                .hasMessage(
                        "the version in force has `live_blocked` with the map type LPM_TRIE, but the new one needs HASH");
        assertThat(web.entries()).containsExactly("127.0.0.1");
        web.apply(singles(4), cgroup, StateObjects.LIVE);
        assertThat(web.entries()).isEmpty();
        web.add("127.0.0.1", "10.0.0.1", "2001:db8::1");
        assertThat(web.apply(singles(8), cgroup).notes()).isEmpty();
        assertThat(web.entries()).containsExactly("10.0.0.1", "127.0.0.1", "2001:db8::1");
        assertThat(web.apply(singles(8, LOOPBACK), cgroup).notes())
                .containsExactly("removed, because `blocked` no longer accepts them: 10.0.0.1, 2001:db8::1");
        assertThat(web.entries()).containsExactly("127.0.0.1");
        assertThatThrownBy(() -> web.apply(nets(8), cgroup))
                .isInstanceOf(InputException.class)
                .hasMessage(
                        "the version in force has `live_blocked` with the map type HASH, but the new one needs LPM_TRIE");
    }
}
