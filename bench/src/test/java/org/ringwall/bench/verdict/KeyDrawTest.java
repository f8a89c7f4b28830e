package org.ringwall.bench.verdict;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.ringwall.bench.Checkout;
import org.ringwall.compiler.policy.DeviceRange;
import org.ringwall.compiler.policy.Guard;
import org.ringwall.compiler.policy.Policy;
import org.ringwall.compiler.value.Interval;
import org.ringwall.testkit.GoldenCase;

class KeyDrawTest {
    private static final Checkout CHECKOUT = new Checkout(GoldenCase.projectRoot());

    @ParameterizedTest
    @EnumSource(Workload.class)
    void hitsAndMissesAreWhatThePolicySays(Workload workload) {
        Policy policy = Programs.policy(CHECKOUT, workload).policy();
        List<Key> hits = workload.keys(new KeyDraw(policy, 1), true);
        List<Key> misses = workload.keys(new KeyDraw(policy, 1), false);
        boolean hitAllows = KeyDraw.allows(policy, hits.get(0));
        assertThat(hits).allMatch(key -> KeyDraw.allows(policy, key) == hitAllows);
        assertThat(misses).allMatch(key -> KeyDraw.allows(policy, key) != hitAllows);
    }

    @ParameterizedTest
    @EnumSource(Workload.class)
    void everyEntryOfTheListIsAskedFor(Workload workload) {
        Policy policy = Programs.policy(CHECKOUT, workload).policy();
        Set<Object> met = new HashSet<>();
        Set<Object> entries = new HashSet<>();
        List<Key> hits = workload.keys(new KeyDraw(policy, 1), true);
        for (Guard.In atom : Atoms.of(policy, Guard.In.class)) {
            entries.addAll(atom.set().intervals());
        }
        for (Guard.AddressIn atom : Atoms.of(policy, Guard.AddressIn.class)) {
            entries.addAll(atom.set().v4().intervals());
        }
        for (Guard.DeviceIn atom : Atoms.of(policy, Guard.DeviceIn.class)) {
            entries.addAll(atom.ranges());
        }
        for (Key key : hits) {
            entries.stream().filter(entry -> names(entry, key)).forEach(met::add);
        }
        // Guards on the letters of a device access are numbers too, but name no device.
        entries.removeIf(entry -> workload == Workload.DEVICE_LIST && entry instanceof Interval);
        assertThat(entries).isNotEmpty();
        assertThat(met).containsAll(entries);
    }

    private static boolean names(Object entry, Key key) {
        if (key instanceof Key.Access access) {
            return entry instanceof DeviceRange range && range.contains(access.type(), access.major(), access.minor());
        }
        Key.Connect connect = (Key.Connect) key;
        return entry instanceof Interval interval
                && (interval.contains(org.ringwall.compiler.value.U128.of(connect.port()))
                        || interval.contains(
                                org.ringwall.compiler.value.U128.of(Integer.toUnsignedLong(connect.address()))));
    }

    @ParameterizedTest
    @EnumSource(Workload.class)
    void equalSeedsDrawEqualKeys(Workload workload) {
        Policy policy = Programs.policy(CHECKOUT, workload).policy();
        List<Key> once = workload.keys(new KeyDraw(policy, 7), true);
        assertThat(workload.keys(new KeyDraw(policy, 7), true)).isEqualTo(once);
        assertThat(workload.keys(new KeyDraw(policy, 8), true)).isNotEqualTo(once);
    }
}
