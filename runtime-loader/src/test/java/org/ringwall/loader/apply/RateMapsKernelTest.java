// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.apply;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.ringwall.bpf.kernel.MapFlag;
import org.ringwall.bpf.object.MapType;
import org.ringwall.bpf.state.KeyLayout;
import org.ringwall.bpf.state.LiveType;
import org.ringwall.bpf.state.MapDeclaration;
import org.ringwall.bpf.state.RateLayout;
import org.ringwall.bpf.state.RateText;
import org.ringwall.bpf.state.StateNames;
import org.ringwall.loader.fixtures.KernelBox;
import org.ringwall.loader.fixtures.StateObjects;
import org.ringwall.loader.fixtures.WebInstance;
import org.ringwall.loader.instance.OpenInstance;
import org.ringwall.loader.model.Cgroup;
import org.ringwall.loader.model.InputException;
import org.ringwall.loader.model.InstanceState;
import org.ringwall.loader.state.Counts;
import org.ringwall.sys.Fd;
import org.ringwall.testkit.KernelTest;

/** The maps of rates in the kernel: how commands read them, and how an upgrade treats them. */
@KernelTest
class RateMapsKernelTest {
    private final KernelBox box = new KernelBox();
    private final WebInstance web = new WebInstance(box);

    @AfterEach
    void clean() {
        box.close();
    }

    private static StateObjects objects() {
        return StateObjects.of("web").live(StateObjects.LIVE, LiveType.NET, 16);
    }

    private static RateText text(OpenInstance state, String rate) {
        return Objects.requireNonNull(state.texts().rates().get(rate));
    }

    @Test
    void anUnusedRateHasAllItsTokens() {
        web.apply(
                objects().rate(new RateLayout("slow", new KeyLayout("rate_slow", List.of()), 1_000_000, 7, 1)),
                box.cgroup("a"));
        try (OpenInstance state = OpenInstance.open(box.host.bpf(), box.host.pins(), WebInstance.NAME);
                Fd map = state.map("rate_slow").orElseThrow()) {
            assertThat(new Counts(box.host.bpf())
                            .rate(map, text(state, "slow"), box.host.host().bootTime()))
                    .extracting(InstanceState.Row::values)
                    .containsExactly(Map.of("tokens", BigInteger.valueOf(7)));
        }
    }

    @Test
    void bucketsAreReadByTheirKeys() {
        KeyLayout key = new KeyLayout(
                "rate_each",
                List.of(
                        new KeyLayout.Part("comm", KeyLayout.Kind.COMM),
                        new KeyLayout.Part("proto", KeyLayout.Kind.NUMBER),
                        new KeyLayout.Part("dev.type", KeyLayout.Kind.NUMBER),
                        new KeyLayout.Part("cgroup", KeyLayout.Kind.WIDE)));
        RateLayout each = new RateLayout("each", key, 1_000_000_000L, 7, 4);
        web.apply(objects().rate(each), box.cgroup("a"));
        long now = box.host.host().bootTime();
        int way = each.set().offset("ways") + 2 * each.way().size();
        ByteBuffer set = ByteBuffer.allocate(each.set().size()).order(ByteOrder.nativeOrder());
        set.position(way);
        set.put("a\u001bb".getBytes(StandardCharsets.US_ASCII))
                .putInt(way + key.struct().offset("proto"), 6)
                .putInt(way + key.struct().offset("dev_type"), 2)
                .putLong(way + key.struct().offset("cgroup"), -1)
                .putLong(way + each.way().offset("full"), now + 3_500_000_000L);
        ByteBuffer shared = ByteBuffer.allocate(each.set().size())
                .order(ByteOrder.nativeOrder())
                .putLong(each.set().offset("requests"), 12);
        try (OpenInstance state = OpenInstance.open(box.host.bpf(), box.host.pins(), WebInstance.NAME);
                Fd map = state.map("rate_each").orElseThrow()) {
            box.host.bpf().mapUpdate(map, index(0), set.array());
            box.host.bpf().mapUpdate(map, index(each.shared()), shared.array());
            assertThat(new Counts(box.host.bpf()).shared(map, text(state, "each")))
                    .isEqualTo(12);
            assertThat(box.host
                            .bpf()
                            .mapLookup(map, index(each.seed()), each.set().size())
                            .orElseThrow())
                    .as("the random numbers of the hash")
                    .isNotEqualTo(new byte[each.set().size()]);
            assertThat(new Counts(box.host.bpf()).rate(map, text(state, "each"), now))
                    .extracting(row -> row.key() + " " + row.values())
                    .containsExactly(
                            "{comm=a\\x1bb, proto=tcp, dev.type=char, cgroup=18446744073709551615} {tokens=3}");
        }
    }

    @Test
    void bucketsOfAnotherLayoutAreDiscardedByName() {
        KeyLayout key = new KeyLayout("rate_each", List.of(new KeyLayout.Part("uid", KeyLayout.Kind.NUMBER)));
        RateLayout small = new RateLayout("each", key, 1_000_000_000L, 7, 4);
        RateLayout large = new RateLayout("each", key, 1_000_000_000L, 7, 100);
        MapDeclaration earlier = MapDeclaration.keyed(
                "rate_each", MapType.HASH, 16, MapFlag.NO_PREALLOC.bit(), key.struct(), RateLayout.BUCKET);
        Cgroup cgroup = box.cgroup("a");
        web.apply(objects().map(earlier).text(StateNames.metadata(StateNames.rate("each")), small.text()), cgroup);
        refusedForItsBuckets(small, cgroup);
        web.apply(objects().rate(small), cgroup, "each");
        byte[] seed = seed(small);
        web.apply(objects().rate(small), cgroup);
        assertThat(seed(small)).as("the numbers of a map that is kept").isEqualTo(seed);
        refusedForItsBuckets(large, cgroup);
        web.apply(objects().rate(large), cgroup, "each");
        assertThat(seed(large)).isNotEqualTo(new byte[large.set().size()]);
    }

    private void refusedForItsBuckets(RateLayout next, Cgroup cgroup) {
        assertThatThrownBy(() -> web.apply(objects().rate(next), cgroup))
                .isInstanceOfSatisfying(
                        InputException.class,
                        refused -> assertThat(refused.help()).startsWith("--forget each"))
                .hasMessage("the version in force has `rate_each` with buckets for another key or `max`,"
                        + " or from an earlier compiler");
    }

    private byte[] seed(RateLayout rate) {
        try (OpenInstance state = OpenInstance.open(box.host.bpf(), box.host.pins(), WebInstance.NAME);
                Fd map = state.map("rate_each").orElseThrow()) {
            return box.host
                    .bpf()
                    .mapLookup(map, index(rate.seed()), rate.set().size())
                    .orElseThrow();
        }
    }

    private static byte[] index(int index) {
        return ByteBuffer.allocate(Integer.BYTES)
                .order(ByteOrder.nativeOrder())
                .putInt(index)
                .array();
    }
}
